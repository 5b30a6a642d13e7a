import { isObject, type JsonObject } from "@fairlead/apimachinery";
import { internalError, invalid } from "../../errors.ts";
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { field, items, labelsOf, nameOf, refuse, text } from "../objects.ts";
import { compareLevels, levelText, policyOf, type LevelVersion, type Policy } from "../pod-security/policy.ts";
import { violations, violationsText } from "../pod-security/standards.ts";

const templates: ReadonlyMap<string, readonly string[]> = new Map([
  ["/replicationcontrollers", ["spec", "template"]],
  ["/podtemplates", ["template"]],
  ["apps/replicasets", ["spec", "template"]],
  ["apps/deployments", ["spec", "template"]],
  ["apps/statefulsets", ["spec", "template"]],
  ["apps/daemonsets", ["spec", "template"]],
  ["batch/jobs", ["spec", "template"]],
  ["batch/cronjobs", ["spec", "jobTemplate", "spec", "template"]],
]);

const ignored = new Set(["exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"]);
const mostPods = 3000;
const annotationPrefix = "pod-security.kubernetes.io/";

const keyOf = ({ resource }: AdmissionRequest): string => `${resource.group}/${resource.plural}`;

/** Pods of a namespace keep to the Pod Security Standard that its labels name; templates are only warned about. */
export function podSecurity(context: AdmissionContext): AdmissionPlugin {
  return {
    name: "PodSecurity",
    handles: (request) => {
      if (request.operation !== "CREATE" && request.operation !== "UPDATE") return false;
      const key = keyOf(request);
      if (key === "/pods") return !ignored.has(request.subresource);
      return request.subresource === "" && (key === "/namespaces" || templates.has(key));
    },
    validate: (request) => {
      const key = keyOf(request);
      if (key === "/namespaces") return checkNamespace(request, context);
      const namespace = context.get("namespaces", "", request.namespace);
      if (key === "/pods") return checkPod(request, namespace);
      const { policy, problems } = policyOf(labelsOf(namespace));
      const isPrivileged = policy.warn.level === "privileged" && policy.audit.level === "privileged";
      const template = field(request.object, ...templates.get(key)!);
      if ((problems.length === 0 && isPrivileged) || !isObject(template)) return;
      judge(request, policy, template, false);
    },
  };
}

function checkPod(request: AdmissionRequest, namespace: JsonObject | undefined): void {
  if (namespace === undefined) throw internalError(`failed to lookup namespace ${JSON.stringify(request.namespace)}`);
  const { policy } = policyOf(labelsOf(namespace));
  const { object, old } = request;
  if (request.operation === "UPDATE" && old !== undefined && !isSignificant(object!, old)) return;
  judge(request, policy, object!, true);
}

function judge(request: AdmissionRequest, policy: Policy, pod: JsonObject, enforces: boolean): void {
  const annotate = (key: string, value: string): void => request.annotate?.(annotationPrefix + key, value);
  const text_ = (level: LevelVersion): string => violationsText(violations(pod, level));
  const audited = text_(policy.audit);
  if (enforces) annotate("enforce-policy", levelText(policy.enforce));
  if (audited !== "")
    annotate("audit-violations", `would violate PodSecurity "${levelText(policy.audit)}": ${audited}`);
  if (enforces) {
    const refused = text_(policy.enforce);
    if (refused !== "") throw refuse(request, `violates PodSecurity "${levelText(policy.enforce)}": ${refused}`);
  }
  const warned = text_(policy.warn);
  if (warned !== "") request.warn(`would violate PodSecurity "${levelText(policy.warn)}": ${warned}`);
}

/** Whether a change of a Pod changes what runs. */
function isSignificant(pod: JsonObject, old: JsonObject): boolean {
  for (const list of ["containers", "initContainers"]) {
    const [now, before] = [items(pod, "spec", list), items(old, "spec", list)];
    if (now.length !== before.length) return true;
    if (now.some((container, index) => container["image"] !== before[index]!["image"])) return true;
  }
  const before = new Map(items(old, "spec", "ephemeralContainers").map((one) => [text(one, "name"), one]));
  return items(pod, "spec", "ephemeralContainers").some(
    (one) => before.get(text(one, "name"))?.["image"] !== one["image"],
  );
}

function checkNamespace(request: AdmissionRequest, context: AdmissionContext): void {
  const { policy, problems } = policyOf(labelsOf(request.object));
  const refused = () => invalid({ group: "", kind: "Namespace" }, nameOf(request.object), problems);
  if (request.operation === "CREATE") {
    if (problems.length > 0) throw refused();
    return;
  }
  const before = policyOf(labelsOf(request.old));
  if (problems.length > 0 && JSON.stringify(problems) !== JSON.stringify(before.problems)) throw refused();
  const [now, then] = [policy.enforce, before.policy.enforce];
  if (now.level === "privileged" || (now.minor === then.minor && compareLevels(now.level, then.level) <= 0)) return;
  for (const warning of podWarnings(context, nameOf(request.object), now)) request.warn(warning);
}

/** What the Pods that are there already do against a level that is enforced from now on. */
function podWarnings(context: AdmissionContext, namespace: string, level: LevelVersion): string[] {
  const all = byImportance(context.list("pods", namespace));
  const checked = all.slice(0, mostPods);
  const found = new Map<string, { name: string; count: number }>();
  for (const pod of checked) {
    const reasons = violations(pod, level).map(({ reason }) => reason);
    if (reasons.length === 0) continue;
    const warning = reasons.join(", ");
    const seen = found.get(warning);
    const name = nameOf(pod);
    if (seen === undefined) found.set(warning, { name, count: 1 });
    else found.set(warning, { name: name < seen.name ? name : seen.name, count: seen.count + 1 });
  }
  const warnings: string[] = [];
  if (checked.length < all.length)
    warnings.push(
      `new PodSecurity enforce level only checked against the first ${checked.length} of ${all.length} existing pods`,
    );
  if (found.size > 0)
    warnings.push(
      `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level "${levelText(level)}"`,
    );
  const each = [...found].map(([warning, { name, count }]) => {
    const others = count === 1 ? "" : count === 2 ? " (and 1 other pod)" : ` (and ${count - 1} other pods)`;
    return `${name}${others}: ${warning}`;
  });
  return [...warnings, ...each.sort()];
}

/** First one of each controller. */
function byImportance(pods: readonly JsonObject[]): JsonObject[] {
  const seen = new Set<string>();
  const [first, rest]: [JsonObject[], JsonObject[]] = [[], []];
  for (const pod of pods) {
    const owner = items(pod, "metadata", "ownerReferences").find((one) => one["controller"] === true);
    const uid = text(owner, "uid");
    (owner !== undefined && seen.has(uid) ? rest : first).push(pod);
    seen.add(uid);
  }
  return [...first, ...rest];
}
