import { get, isObject, matchesLabelSelector, textOf, type JsonObject, type Labels } from "@fairlead/apimachinery";
import { isAlreadyExists, isNotFound } from "../common/pod-control.ts";
import { splitKey } from "../common/objects.ts";
import type { Api, Controller, ControllerContext, ControllerWatch, Outcome } from "../controller.ts";
import { carryOut, keyOf, serviceOf, slices } from "./carry-out.ts";
import { planEndpoints } from "./plan-endpoints.ts";
import { manager, planSlices, type SliceAction } from "./plan-slices.ts";
import { triggerTimes, withTriggerTime, type TriggerTimes } from "./trigger-times.ts";

/** Keeps the EndpointSlices of Services with a selector. */
export function endpointSliceController(): Controller {
  const times = triggerTimes();
  const isOurs = (slice: JsonObject): boolean =>
    get(get(slice["metadata"], "labels"), "endpointslice.kubernetes.io/managed-by") === manager;
  return {
    name: "endpoint-slice-controller",
    watches: [
      ...servicesAndPods(),
      {
        collection: slices,
        keys: (slice, { previous }) =>
          [slice, ...(previous === undefined ? [] : [previous])].flatMap((one) =>
            isOurs(one) ? [serviceOf(one)] : [],
          ),
      },
      {
        collection: "nodes",
        keys: (node, { kind, previous, api }) =>
          kind === "modified" && zoneOf(node) === zoneOf(previous) ? [] : servicesOn(node, api),
      },
    ],
    reconcile: async (key, { api }) => {
      const service = selecting(key, api);
      if (service === undefined) times.forget(key);
      if (service === undefined || get(service["metadata"], "deletionTimestamp") !== undefined) return undefined;
      const pods = podsOf(service, api);
      const nodes = new Map(api.list("nodes").map((node) => [textOf(get(node["metadata"], "name")), node]));
      const { namespace } = splitKey(key);
      const own = api.list(slices, namespace).filter((slice) => isOurs(slice) && serviceOf(slice) === key);
      const trigger = times.next(key, service, pods);
      for (const action of planSlices({ service, pods, nodes, slices: own }))
        await carryOut(timed(action, trigger), api);
      return undefined;
    },
  };
}

/** Keeps the Endpoints of Services with a selector, which came before EndpointSlices. */
export function endpointsController(): Controller {
  const times = triggerTimes();
  return {
    name: "endpoint-controller",
    watches: [
      ...servicesAndPods(),
      { collection: "endpoints", keys: (endpoints, { kind }) => (kind === "deleted" ? [keyOf(endpoints)] : []) },
    ],
    reconcile: (key, context) => reconcileEndpoints(key, context, times),
  };
}

async function reconcileEndpoints(key: string, { api }: ControllerContext, times: TriggerTimes): Promise<Outcome> {
  const id = splitKey(key);
  if (api.get("services", id) === undefined) {
    times.forget(key);
    if (api.get("endpoints", id) !== undefined) await unless(isNotFound, api.delete("endpoints", id));
    return undefined;
  }
  const service = selecting(key, api);
  if (service === undefined) return undefined;
  const pods = podsOf(service, api);
  const trigger = times.next(key, service, pods);
  const plan = planEndpoints({ service, pods, live: api.get("endpoints", id), trigger });
  if (plan.kind === "create") await unless(isAlreadyExists, api.create("endpoints", plan.object));
  if (plan.kind === "update") await api.update("endpoints", plan.object);
  return undefined;
}

/** Services themselves, and those that select a pod which changes. */
function servicesAndPods(): readonly ControllerWatch[] {
  const ofPod = (pod: JsonObject, api: Api): readonly string[] =>
    api
      .list("services", textOf(get(pod["metadata"], "namespace")))
      .flatMap((service) => (selects(service, pod) ? [keyOf(service)] : []));
  return [
    { collection: "services", keys: (service) => [keyOf(service)] },
    {
      collection: "pods",
      keys: (pod, { previous, api }) => [
        ...new Set([...ofPod(pod, api), ...(previous === undefined ? [] : ofPod(previous, api))]),
      ],
    },
  ];
}

function selects(service: JsonObject, pod: JsonObject): boolean {
  const selector = get(service["spec"], "selector");
  if (!isObject(selector) || get(service["spec"], "type") === "ExternalName") return false;
  return matchesLabelSelector({ matchLabels: selector }, (get(pod["metadata"], "labels") ?? {}) as Labels);
}

/** The Service if it has a selector that counts. */
function selecting(key: string, api: Api): JsonObject | undefined {
  const service = api.get("services", splitKey(key));
  const isSelecting = isObject(get(service?.["spec"], "selector")) && get(service?.["spec"], "type") !== "ExternalName";
  return isSelecting ? service : undefined;
}

function podsOf(service: JsonObject, api: Api): readonly JsonObject[] {
  return api.list("pods", textOf(get(service["metadata"], "namespace"))).filter((pod) => selects(service, pod));
}

function zoneOf(node: JsonObject | undefined): string {
  return textOf(get(get(node?.["metadata"], "labels"), "topology.kubernetes.io/zone"));
}

/** Services with a pod on a node that comes, goes or moves. */
function servicesOn(node: JsonObject, api: Api): readonly string[] {
  const name = get(node["metadata"], "name");
  const pods = api.list("pods").filter((pod) => get(pod["spec"], "nodeName") === name);
  const services = pods.length === 0 ? [] : api.list("services");
  return services.flatMap((service) => {
    const namespace = get(service["metadata"], "namespace");
    const isHere = pods.some((pod) => get(pod["metadata"], "namespace") === namespace && selects(service, pod));
    return isHere ? [keyOf(service)] : [];
  });
}

function timed({ kind, slice }: SliceAction, trigger: string | undefined): SliceAction {
  const metadata = slice["metadata"] as JsonObject;
  return { kind, slice: { ...slice, metadata: withTriggerTime(metadata, trigger) } };
}

async function unless(excused: (error: unknown) => boolean, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!excused(error)) throw error;
  }
}
