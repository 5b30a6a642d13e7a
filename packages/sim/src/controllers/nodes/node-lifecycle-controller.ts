import { equal, get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { formatTime } from "../common/time.ts";
import type { Controller } from "../controller.ts";

/** Keeps the taints of nodes in step with their conditions, so that pods go where they can run. */
export function nodeLifecycleController(): Controller {
  return {
    name: "node-controller",
    watches: [
      {
        collection: "nodes",
        keys: (node, { kind }) => (kind === "deleted" ? [] : [textOf(get(node["metadata"], "name"))]),
      },
    ],
    reconcile: async (name, { api, now }) => {
      const node = api.get("nodes", { namespace: "", name });
      if (node === undefined) return undefined;
      const before = taintsOf(node);
      const taints = planTaints(node, now);
      if (equal([...taints], [...before])) return undefined;
      const spec = isObject(node["spec"]) ? { ...node["spec"] } : {};
      if (taints.length === 0) delete spec["taints"];
      else spec["taints"] = [...taints];
      await api.update("nodes", { ...node, spec });
      return undefined;
    },
  };
}

const prefix = "node.kubernetes.io/";

/** By condition and status: the taint that it means. */
const byCondition: readonly (readonly [type: string, status: string, taint: string])[] = [
  ["Ready", "False", "not-ready"],
  ["Ready", "Unknown", "unreachable"],
  ["MemoryPressure", "True", "memory-pressure"],
  ["DiskPressure", "True", "disk-pressure"],
  ["PIDPressure", "True", "pid-pressure"],
  ["NetworkUnavailable", "True", "network-unavailable"],
];

const managed = new Set([...byCondition.map(([, , taint]) => `${prefix}${taint}`), `${prefix}unschedulable`]);

function taintsOf(node: JsonObject): readonly JsonValue[] {
  const taints = get(node["spec"], "taints");
  return Array.isArray(taints) ? taints : [];
}

/** The taints that a node should have: those of others, those of its conditions, and that of `spec.unschedulable`. */
export function planTaints(node: JsonObject, now: number): readonly JsonValue[] {
  const conditions = get(node["status"], "conditions");
  const list = Array.isArray(conditions) ? conditions : [];
  const holds = byCondition.filter(([type, status]) =>
    list.some((one) => get(one, "type") === type && get(one, "status") === status),
  );
  const wanted = holds.flatMap(([type, , taint]) => {
    const key = `${prefix}${taint}`;
    return [{ key, effect: "NoSchedule" }, ...(type === "Ready" ? [{ key, effect: "NoExecute" }] : [])];
  });
  if (get(node["spec"], "unschedulable") === true) wanted.push({ key: `${prefix}unschedulable`, effect: "NoSchedule" });
  const before = taintsOf(node);
  const isWanted = (one: JsonValue): boolean =>
    wanted.some(({ key, effect }) => get(one, "key") === key && get(one, "effect") === effect);
  const kept = before.filter((one) => !managed.has(textOf(get(one, "key"))) || isWanted(one));
  const added = wanted
    .filter(({ key, effect }) => !before.some((one) => get(one, "key") === key && get(one, "effect") === effect))
    .map((one) => ({ ...one, timeAdded: formatTime(now) }));
  return [...kept, ...added];
}
