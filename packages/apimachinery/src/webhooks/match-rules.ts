import { get, isObject, type JsonObject, type JsonValue } from "../json.ts";
import { labelSelector, matchesSelector, type Labels, type Selector } from "../selector/selector.ts";

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  /** The plural. */
  readonly resource: string;
}

/** A request as webhooks and admission policies are matched against it. */
export interface MatchRequest {
  /** `CREATE`, `UPDATE`, `DELETE` or `CONNECT`. */
  readonly operation: string;
  readonly resource: GroupVersionResource;
  /** Empty for the object itself. */
  readonly subresource: string;
  /** Empty for what lies in no namespace; of a Namespace its own name. */
  readonly namespace: string;
  readonly name: string;
  /** Of the namespace, as it is stored; undefined if there is none. Asked only by selectors that say something. */
  readonly namespaceLabels: () => Labels | undefined;
  /** Undefined for a request without object. */
  readonly labels: Labels | undefined;
  readonly oldLabels: Labels | undefined;
  /** The same resource in other versions (and groups), for `matchPolicy: Equivalent`. */
  readonly equivalents: () => readonly GroupVersionResource[];
}

export type MatchResult =
  | { readonly kind: "no" }
  /** `resource` is the one that a rule names: an equivalent of the request's if the rule names that. */
  | { readonly kind: "yes"; readonly resource: GroupVersionResource }
  /** The rules match, but the namespace whose labels decide is not there. */
  | { readonly kind: "unknown-namespace" };

interface Rule {
  readonly operations: readonly string[];
  readonly groups: readonly string[];
  readonly versions: readonly string[];
  readonly resources: readonly (readonly [resource: string, subresource: string])[];
  readonly scope: string;
  /** None: all. */
  readonly names: readonly string[];
}

/** What decides whether a webhook or a policy is concerned, read once. */
export interface Matcher {
  readonly rules: readonly Rule[];
  readonly excluded: readonly Rule[];
  /** Without rules everything matches (a policy's) or nothing does (a webhook's). */
  readonly matchesAll: boolean;
  readonly namespaces: Selector;
  readonly objects: Selector;
  readonly isEquivalent: boolean;
}

/** Of an item of `webhooks` in a ValidatingWebhookConfiguration or MutatingWebhookConfiguration. */
export function webhookMatcher(webhook: JsonObject): Matcher {
  return { ...matcher(webhook, "rules"), matchesAll: false, excluded: [] };
}

/** Of `matchConstraints` of an admission policy or `matchResources` of its binding. */
export function policyMatcher(resources: JsonObject): Matcher {
  const found = matcher(resources, "resourceRules");
  return { ...found, matchesAll: found.rules.length === 0 };
}

function matcher(from: JsonObject, rules: string): Matcher {
  return {
    rules: rulesOf(get(from, rules)),
    excluded: rulesOf(get(from, "excludeResourceRules")),
    matchesAll: false,
    namespaces: labelSelector(get(from, "namespaceSelector")) ?? [],
    objects: labelSelector(get(from, "objectSelector")) ?? [],
    // What the API server fills in where nothing is said.
    isEquivalent: (get(from, "matchPolicy") ?? "Equivalent") === "Equivalent",
  };
}

function rulesOf(value: JsonValue | undefined): Rule[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map((rule) => {
    const texts = (key: string): string[] => {
      const list = get(rule, key);
      return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
    };
    const scope = get(rule, "scope");
    return {
      operations: texts("operations"),
      groups: texts("apiGroups"),
      versions: texts("apiVersions"),
      resources: texts("resources").map(splitResource),
      scope: typeof scope === "string" ? scope : "*",
      names: texts("resourceNames"),
    };
  });
}

function splitResource(text: string): readonly [string, string] {
  const slash = text.indexOf("/");
  return slash < 0 ? [text, ""] : [text.slice(0, slash), text.slice(slash + 1)];
}

/**
 * Whether a webhook or a policy is concerned by a request: its selectors, its rules, and with `matchPolicy: Equivalent`
 * its rules for the same resource in another version. In the order in which kube-apiserver asks, so that a namespace
 * that is not there matters only to a rule that matches.
 */
export function matchRequest(found: Matcher, request: MatchRequest): MatchResult {
  const inNamespace = namespaceMatches(found.namespaces, request);
  if (inNamespace === false) return no;
  if (!objectMatches(found.objects, request)) return no;
  if (found.excluded.length > 0 && ruleFor(found.excluded, found.isEquivalent, request) !== undefined) return no;
  const resource = found.matchesAll ? request.resource : ruleFor(found.rules, found.isEquivalent, request);
  if (resource === undefined) return no;
  return inNamespace === undefined ? { kind: "unknown-namespace" } : { kind: "yes", resource };
}

const no: MatchResult = { kind: "no" };

/** Undefined: the namespace is not there. */
function namespaceMatches(selector: Selector, request: MatchRequest): boolean | undefined {
  if (selector.length === 0) return true;
  const { resource, namespace, operation, subresource } = request;
  if (namespace === "" && resource.resource !== "namespaces") return true;
  const isWritten = operation === "CREATE" || operation === "UPDATE";
  const isOwn = resource.resource === "namespaces" && subresource === "" && isWritten;
  const labels = isOwn ? (request.labels ?? {}) : request.namespaceLabels();
  return labels === undefined ? undefined : matchesSelector(selector, labels);
}

function objectMatches(selector: Selector, { labels, oldLabels }: MatchRequest): boolean {
  if (selector.length === 0) return true;
  return [labels, oldLabels].some((one) => one !== undefined && matchesSelector(selector, one));
}

function ruleFor(
  rules: readonly Rule[],
  isEquivalent: boolean,
  request: MatchRequest,
): GroupVersionResource | undefined {
  if (rules.some((rule) => holds(rule, request, request.resource))) return request.resource;
  if (!isEquivalent || rules.length === 0) return undefined;
  const { group, version, resource } = request.resource;
  const others = request
    .equivalents()
    .filter((one) => one.group !== group || one.version !== version || one.resource !== resource);
  for (const rule of rules) {
    const other = others.find((one) => holds(rule, request, one));
    if (other !== undefined) return other;
  }
  return undefined;
}

function holds(rule: Rule, request: MatchRequest, asked: GroupVersionResource): boolean {
  return (
    inScope(rule, request, asked) &&
    names(rule.operations, request.operation) &&
    names(rule.groups, asked.group) &&
    names(rule.versions, asked.version) &&
    rule.resources.some(
      ([resource, subresource]) =>
        (resource === "*" || resource === asked.resource) &&
        (subresource === "*" || subresource === request.subresource),
    ) &&
    (rule.names.length === 0 || rule.names.includes(request.name))
  );
}

const names = (list: readonly string[], wanted: string): boolean => list.includes("*") || list.includes(wanted);

function inScope({ scope }: Rule, { namespace }: MatchRequest, asked: GroupVersionResource): boolean {
  if (scope === "*") return true;
  const isNamespace = asked.group === "" && asked.version === "v1" && asked.resource === "namespaces";
  const isClustered = isNamespace || namespace === "";
  return scope === "Cluster" ? isClustered : scope === "Namespaced" && !isClustered;
}
