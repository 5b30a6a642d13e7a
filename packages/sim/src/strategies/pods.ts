import { get, isObject, parseQuantity, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { timeText } from "../api/registry/metadata.ts";
import { addLabelKeys } from "./pod-label-keys.ts";
import { keepSizes } from "./pod-resize.ts";
import type { Strategy } from "./strategy.ts";

const field =
  (...path: readonly string[]) =>
  (object: JsonObject): string => {
    let value: JsonValue | undefined = object;
    for (const key of path) value = get(value, key);
    return typeof value === "boolean" ? String(value) : textOf(value);
  };

export const podStrategy: Strategy = {
  prepareForCreate: (pod, { now }) => {
    pod["status"] = { phase: "Pending", qosClass: qosClassOf(pod) };
    const gates = get(pod["spec"], "schedulingGates");
    if (Array.isArray(gates) && gates.length > 0) {
      const message = "Scheduling is blocked due to non-empty scheduling gates";
      pod["status"] = {
        ...pod["status"],
        conditions: [
          {
            type: "PodScheduled",
            status: "False",
            reason: "SchedulingGated",
            message,
            lastProbeTime: null,
            lastTransitionTime: timeText(now),
          },
        ],
      };
    }
    addLabelKeys(pod);
  },
  prepareForUpdate: (pod, old, { subresource }) => {
    if (subresource === "resize") keepSizes(pod, old);
    if (subresource !== "status") return;
    const status = isObject(pod["status"]) ? pod["status"] : {};
    // Who clears the class may not: it is given once.
    if (status["qosClass"] === undefined) status["qosClass"] = get(old["status"], "qosClass") ?? qosClassOf(old);
    pod["status"] = status;
  },
  gracePeriod: (pod, asked) => {
    const { spec, status } = pod;
    const own = get(spec, "terminationGracePeriodSeconds");
    const phase = get(status, "phase");
    if (textOf(get(spec, "nodeName")) === "" || phase === "Failed" || phase === "Succeeded") return 0;
    const period = asked ?? (typeof own === "number" ? own : 0);
    return period < 0 ? 1 : period;
  },
  selectableFields: {
    "spec.nodeName": field("spec", "nodeName"),
    "spec.restartPolicy": field("spec", "restartPolicy"),
    "spec.schedulerName": field("spec", "schedulerName"),
    "spec.serviceAccountName": field("spec", "serviceAccountName"),
    "spec.hostNetwork": (pod) => String(get(pod["spec"], "hostNetwork") === true),
    "status.phase": field("status", "phase"),
    "status.podIP": field("status", "podIP"),
    "status.nominatedNodeName": field("status", "nominatedNodeName"),
  },
};

const resources = ["cpu", "memory"] as const;

/** `Guaranteed`, `Burstable` or `BestEffort`, by what the containers ask for (pkg/apis/core/helper/qos). */
export function qosClassOf(pod: JsonObject): string {
  const spec = pod["spec"];
  const own = get(spec, "resources");
  const holders =
    isObject(own) && Object.keys(own).length > 0 ? [own] : containersOf(spec).map((one) => get(one, "resources"));
  const hasAny = holders.some((one) =>
    resources.some((name) => isSet(get(get(one, "requests"), name)) || isSet(get(get(one, "limits"), name))),
  );
  if (!hasAny) return "BestEffort";
  const isGuaranteed = holders.every((one) =>
    resources.every((name) => {
      const limit = get(get(one, "limits"), name);
      const request = get(get(one, "requests"), name) ?? limit;
      return isSet(limit) && request === limit;
    }),
  );
  return isGuaranteed ? "Guaranteed" : "Burstable";
}

function containersOf(spec: JsonValue | undefined): readonly JsonValue[] {
  return ["containers", "initContainers"].flatMap((key) => {
    const list = get(spec, key);
    return Array.isArray(list) ? list : [];
  });
}

function isSet(value: JsonValue | undefined): boolean {
  if (typeof value !== "string" && typeof value !== "number") return false;
  const quantity = parseQuantity(value);
  return quantity !== undefined && quantity.mantissa > 0n;
}
