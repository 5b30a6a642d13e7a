import { compareText } from "@fairlead/apimachinery";
import { goQuoteList } from "./go-quote.ts";
import { type PolicyRule, urlCovers } from "./policy-rule.ts";

const rule = (parts: Partial<PolicyRule>): PolicyRule => ({
  verbs: [],
  apiGroups: [],
  resources: [],
  resourceNames: [],
  nonResourceURLs: [],
  ...parts,
});

/** The smallest rules that say the same: one group, resource, verb and name each, or one URL and verb. */
function* breakDown({
  verbs,
  apiGroups,
  resources,
  resourceNames,
  nonResourceURLs,
}: PolicyRule): Generator<PolicyRule> {
  const names = resourceNames.length === 0 ? [[]] : resourceNames.map((name) => [name]);
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs) {
        for (const name of names) {
          yield rule({ apiGroups: [group], resources: [resource], verbs: [verb], resourceNames: name });
        }
      }
    }
  }
  for (const url of nonResourceURLs) {
    for (const verb of verbs) yield rule({ nonResourceURLs: [url], verbs: [verb] });
  }
}

const coversAll = (owned: readonly string[], wanted: readonly string[]): boolean =>
  owned.includes("*") || wanted.every((one) => owned.includes(one));

function coversResource(owned: readonly string[], resource: string): boolean {
  if (owned.includes("*") || owned.includes(resource)) return true;
  const slash = resource.indexOf("/");
  return slash >= 0 && owned.includes(`*${resource.slice(slash)}`);
}

function covers(owner: PolicyRule, wanted: PolicyRule): boolean {
  const all = owner.resourceNames.length === 0;
  return (
    coversAll(owner.verbs, wanted.verbs) &&
    coversAll(owner.apiGroups, wanted.apiGroups) &&
    wanted.resources.every((resource) => coversResource(owner.resources, resource)) &&
    (all ||
      (wanted.resourceNames.length > 0 && wanted.resourceNames.every((one) => owner.resourceNames.includes(one)))) &&
    wanted.nonResourceURLs.every((path) => owner.nonResourceURLs.some((url) => urlCovers(url, path)))
  );
}

/** What of `wanted`, broken down, no single rule of `owned` covers. */
export function uncoveredRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  const missing: PolicyRule[] = [];
  for (const whole of wanted) {
    for (const one of breakDown(whole)) if (!owned.some((owner) => covers(owner, one))) missing.push(one);
  }
  return missing;
}

/** Rules of one group, one resource and at most one name are joined by their verbs, in the order they come. */
export function compactRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const compacted: PolicyRule[] = [];
  const simple = new Map<string, PolicyRule>();
  for (const one of rules) {
    if (!isSimple(one)) {
      compacted.push(one);
      continue;
    }
    const key = JSON.stringify([one.apiGroups, one.resources, one.resourceNames]);
    const known = simple.get(key);
    simple.set(key, known === undefined ? one : { ...known, verbs: [...known.verbs, ...one.verbs] });
  }
  return [...compacted, ...simple.values()];
}

const isSimple = ({ apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): boolean =>
  apiGroups.length === 1 && resources.length === 1 && resourceNames.length < 2 && nonResourceURLs.length === 0;

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}` */
export function ruleText({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  const parts: [string, readonly string[]][] = [
    ["APIGroups", apiGroups],
    ["Resources", resources],
    ["NonResourceURLs", nonResourceURLs],
    ["ResourceNames", resourceNames],
    ["Verbs", verbs],
  ];
  const said = parts.filter(([, texts]) => texts.length > 0).map(([name, texts]) => `${name}:${goQuoteList(texts)}`);
  return `{${said.join(", ")}}`;
}

/** The rules, joined and sorted, a line each. */
export function rulesText(rules: readonly PolicyRule[]): string {
  return [...new Set(compactRules(rules).map(ruleText))].sort(compareText).join("\n");
}
