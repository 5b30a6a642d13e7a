import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { groupOf, type KrmObject } from "@fairlead/krm";
import { matches } from "./selector.ts";

/** Objects that belong to one workload and would become one declaration with it. */
export interface Group {
  readonly workload: KrmObject;
  readonly declarationKind: "App" | "Task";
  readonly attachments: readonly Attachment[];
}

export type AttachmentRole = "service" | "account" | "autoscaler" | "budget" | "monitor" | "authentication";

export interface Attachment {
  readonly role: AttachmentRole;
  readonly object: KrmObject;
}

/** An object that import knows and leaves, with the reason. */
export interface Left {
  readonly object: KrmObject;
  readonly reason: string;
}

export interface Grouping {
  readonly groups: readonly Group[];
  readonly left: readonly Left[];
}

/** `apps/Deployment` and so on: what becomes an App or a Task. */
const workloads: { readonly [kind: string]: "App" | "Task" } = {
  "apps/Deployment": "App",
  "apps/StatefulSet": "App",
  "apps/DaemonSet": "App",
  "argoproj.io/Rollout": "App",
  "batch/Job": "Task",
  "batch/CronJob": "Task",
};

const roles: { readonly [kind: string]: AttachmentRole } = {
  "/Service": "service",
  "/ServiceAccount": "account",
  "autoscaling/HorizontalPodAutoscaler": "autoscaler",
  "keda.sh/ScaledObject": "autoscaler",
  "keda.sh/TriggerAuthentication": "authentication",
  "policy/PodDisruptionBudget": "budget",
  "monitoring.coreos.com/PodMonitor": "monitor",
  "monitoring.coreos.com/ServiceMonitor": "monitor",
};

function kindKey(object: KrmObject): string {
  return `${groupOf(object.apiVersion)}/${object.kind}`;
}

export function declarationKind(object: KrmObject): "App" | "Task" | undefined {
  const key = kindKey(object);
  return Object.hasOwn(workloads, key) ? workloads[key] : undefined;
}

export function roleOf(object: KrmObject): AttachmentRole | undefined {
  const key = kindKey(object);
  return Object.hasOwn(roles, key) ? roles[key] : undefined;
}

/** The labels of the pods that a workload makes. */
export function podLabels(workload: KrmObject): JsonObject {
  const spec = workload["spec"];
  const template =
    workload.kind === "CronJob" ? get(get(get(spec, "jobTemplate"), "spec"), "template") : get(spec, "template");
  const labels = get(get(template, "metadata"), "labels");
  return isObject(labels) ? labels : {};
}

function podSpec(workload: KrmObject): JsonValue | undefined {
  const spec = workload["spec"];
  const template =
    workload.kind === "CronJob" ? get(get(get(spec, "jobTemplate"), "spec"), "template") : get(spec, "template");
  return get(template, "spec");
}

/** Finds the one workload that each Service, autoscaler, budget, monitor and account belongs to. */
export function groupObjects(objects: readonly KrmObject[]): Grouping {
  const found = objects.filter((object) => declarationKind(object) !== undefined);
  const byNamespace = Map.groupBy(found, (object) => object.metadata.namespace ?? "");
  const attachments = new Map<KrmObject, Attachment[]>(found.map((object) => [object, []]));
  const left: Left[] = [];
  const owners = new Map<KrmObject, KrmObject>();
  const later: KrmObject[] = [];
  for (const object of objects) {
    const role = roleOf(object);
    if (role === undefined) continue;
    // Monitors of Services and KEDA's credentials belong to what another attachment belongs to.
    if (object.kind === "ServiceMonitor" || role === "authentication") {
      later.push(object);
      continue;
    }
    attach(object, role, candidates(object, role, byNamespace.get(object.metadata.namespace ?? "") ?? []));
  }
  for (const object of later) attach(object, roleOf(object)!, indirect(object, objects, owners));
  const groups = found.map((workload) => ({
    workload,
    declarationKind: declarationKind(workload)!,
    attachments: attachments.get(workload)!,
  }));
  return { groups, left };

  function attach(object: KrmObject, role: AttachmentRole, owner: readonly KrmObject[] | string): void {
    if (typeof owner === "string") {
      left.push({ object, reason: owner });
      return;
    }
    const [workload, second] = owner;
    if (workload === undefined) {
      left.push({ object, reason: "it belongs to no workload of the input" });
      return;
    }
    if (second !== undefined) {
      const names = owner.slice(0, 4).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      left.push({
        object,
        reason: `it belongs to ${owner.length} workloads: ${names.join(", ")}${owner.length > 4 ? ", …" : ""}`,
      });
      return;
    }
    if (declarationKind(workload) === "Task" && role !== "account") {
      left.push({ object, reason: `a Task has no ${object.kind}` });
      return;
    }
    owners.set(object, workload);
    attachments.get(workload)!.push({ role, object });
  }
}

/** The workloads that an object points at. */
function candidates(
  object: KrmObject,
  role: AttachmentRole,
  near: readonly KrmObject[],
): readonly KrmObject[] | string {
  const spec = object["spec"];
  switch (role) {
    case "service": {
      const selector = get(spec, "selector");
      if (!isObject(selector) || Object.keys(selector).length === 0) return "it selects no pods";
      return near.filter((workload) => matches({ matchLabels: selector }, podLabels(workload)));
    }
    case "budget":
    case "monitor": {
      const selector = get(spec, "selector");
      if (!isObject(selector)) return "it has no selector";
      if (role === "monitor" && get(spec, "namespaceSelector") !== undefined) return "it watches other namespaces too";
      return near.filter((workload) => matches(selector, podLabels(workload)));
    }
    case "autoscaler": {
      const target = get(spec, "scaleTargetRef");
      const kind = get(target, "kind") ?? "Deployment";
      return near.filter((workload) => workload.kind === kind && workload.metadata.name === get(target, "name"));
    }
    default:
      return near.filter((workload) => accountOf(workload) === object.metadata.name);
  }
}

function accountOf(workload: KrmObject): JsonValue | undefined {
  const pod = podSpec(workload);
  return get(pod, "serviceAccountName") ?? get(pod, "serviceAccount");
}

/** The workloads whose Service a ServiceMonitor selects, or whose ScaledObject uses a TriggerAuthentication. */
function indirect(
  object: KrmObject,
  objects: readonly KrmObject[],
  owners: ReadonlyMap<KrmObject, KrmObject>,
): readonly KrmObject[] | string {
  const same = objects.filter((other) => other.metadata.namespace === object.metadata.namespace);
  if (object.kind === "TriggerAuthentication") {
    const users = same.filter(
      (other) => other.kind === "ScaledObject" && namesAuthentication(other, object.metadata.name),
    );
    if (users.some((user) => !owners.has(user))) return "a ScaledObject that stays as it is uses it";
    return [...new Set(users.map((user) => owners.get(user)!))];
  }
  const selector = get(object["spec"], "selector");
  if (!isObject(selector)) return "it has no selector";
  if (get(object["spec"], "namespaceSelector") !== undefined) return "it watches other namespaces too";
  const services = same.filter(
    (other) => roleOf(other) === "service" && matches(selector, other.metadata.labels ?? {}),
  );
  if (services.some((service) => !owners.has(service))) return "it watches a Service that stays as it is";
  return [...new Set(services.map((service) => owners.get(service)!))];
}

function namesAuthentication(scaledObject: KrmObject, name: string | undefined): boolean {
  const triggers = get(scaledObject["spec"], "triggers");
  return (
    Array.isArray(triggers) &&
    triggers.some((trigger) => {
      const reference = get(trigger, "authenticationRef");
      return (
        get(reference, "name") === name &&
        (get(reference, "kind") ?? "TriggerAuthentication") === "TriggerAuthentication"
      );
    })
  );
}
