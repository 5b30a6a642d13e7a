import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Attributes } from "./authorizer.ts";

/** One rule of a Role or ClusterRole. What is absent is empty. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

export function textsOf(value: JsonValue | undefined): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.every((one) => typeof one === "string") ? value : value.filter((one) => typeof one === "string");
}

/** The rules of a Role or ClusterRole. Parts of a wrong shape are passed over: validation reports them. */
export function rulesOf(role: JsonObject): readonly PolicyRule[] {
  const rules = get(role, "rules");
  return (Array.isArray(rules) ? rules : []).filter(isObject).map((rule) => ({
    verbs: textsOf(get(rule, "verbs")),
    apiGroups: textsOf(get(rule, "apiGroups")),
    resources: textsOf(get(rule, "resources")),
    resourceNames: textsOf(get(rule, "resourceNames")),
    nonResourceURLs: textsOf(get(rule, "nonResourceURLs")),
  }));
}

const matches = (wanted: readonly string[], asked: string): boolean => wanted.includes("*") || wanted.includes(asked);

/** Whether the rule allows what is asked, as RBAC of Kubernetes reads it. */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!matches(rule.verbs, attributes.verb)) return false;
  if (attributes.kind === "path") return rule.nonResourceURLs.some((url) => urlCovers(url, attributes.path));
  return (
    matches(rule.apiGroups, attributes.group) &&
    resourceMatches(rule.resources, attributes.resource, attributes.subresource) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(attributes.name))
  );
}

function resourceMatches(wanted: readonly string[], resource: string, subresource: string): boolean {
  if (subresource === "") return matches(wanted, resource);
  return matches(wanted, `${resource}/${subresource}`) || wanted.includes(`*/${subresource}`);
}

/** Whether `path` is `url`, or starts with it where `url` ends in `*`. */
export function urlCovers(url: string, path: string): boolean {
  return url === path || (url.endsWith("*") && path.startsWith(url.replace(/\*+$/, "")));
}
