import { get, isObject, matchesLabelSelector, textOf, type JsonObject, type Labels } from "@fairlead/apimachinery";
import { isAlreadyExists, isNotFound } from "../common/pod-control.ts";
import { splitKey } from "../common/objects.ts";
import type { Api, Controller, ControllerContext, Outcome } from "../controller.ts";
import { planEndpoints } from "./plan-endpoints.ts";
import { manager, planSlices, type SliceAction } from "./plan-slices.ts";

const slices = "endpointslices.discovery.k8s.io";

/** Keeps the EndpointSlices of Services with a selector, and their older Endpoints. */
export function endpointSliceController(): Controller {
  const ofPod = (pod: JsonObject, { api }: { readonly api: Api }): readonly string[] =>
    api
      .list("services", textOf(get(pod["metadata"], "namespace")))
      .flatMap((service) => (selects(service, pod) ? [keyOf(service)] : []));
  return {
    name: "endpoint-slice-controller",
    watches: [
      { collection: "services", keys: (service, { kind }) => (kind === "deleted" ? [] : [keyOf(service)]) },
      {
        collection: "pods",
        keys: (pod, change) => [
          ...new Set([...ofPod(pod, change), ...(change.previous === undefined ? [] : ofPod(change.previous, change))]),
        ],
      },
      {
        collection: slices,
        keys: (slice, { kind }) => {
          const service = textOf(get(get(slice["metadata"], "labels"), "kubernetes.io/service-name"));
          return kind === "deleted" && isManaged(slice)
            ? [`${textOf(get(slice["metadata"], "namespace"))}/${service}`]
            : [];
        },
      },
    ],
    reconcile,
  };
}

function keyOf(object: JsonObject): string {
  return `${textOf(get(object["metadata"], "namespace"))}/${textOf(get(object["metadata"], "name"))}`;
}

function isManaged(slice: JsonObject): boolean {
  return get(get(slice["metadata"], "labels"), "endpointslice.kubernetes.io/managed-by") === manager;
}

function selects(service: JsonObject, pod: JsonObject): boolean {
  const selector = get(service["spec"], "selector");
  if (!isObject(selector) || get(service["spec"], "type") === "ExternalName") return false;
  return matchesLabelSelector({ matchLabels: selector }, (get(pod["metadata"], "labels") ?? {}) as Labels);
}

async function reconcile(key: string, { api }: ControllerContext): Promise<Outcome> {
  const { namespace, name } = splitKey(key);
  const service = api.get("services", { namespace, name });
  if (service === undefined || get(service["metadata"], "deletionTimestamp") !== undefined) return undefined;
  if (!isObject(get(service["spec"], "selector")) || get(service["spec"], "type") === "ExternalName") return undefined;
  const pods = api.list("pods", namespace).filter((pod) => selects(service, pod));
  const nodes = new Map(api.list("nodes").map((node) => [textOf(get(node["metadata"], "name")), node]));
  const own = api
    .list(slices, namespace)
    .filter(
      (slice) => isManaged(slice) && get(get(slice["metadata"], "labels"), "kubernetes.io/service-name") === name,
    );
  for (const action of planSlices({ service, pods, nodes, slices: own })) await carryOut(action, api);
  const endpoints = planEndpoints(service, pods, api.get("endpoints", { namespace, name }));
  if (endpoints.kind === "create") await unless(isAlreadyExists, api.create("endpoints", endpoints.object));
  if (endpoints.kind === "update") await api.update("endpoints", endpoints.object);
  return undefined;
}

async function carryOut({ kind, slice }: SliceAction, api: Api): Promise<void> {
  const { namespace, name } = slice["metadata"] as { namespace: string; name: string };
  if (kind === "create") await api.create(slices, slice);
  else if (kind === "update") await api.update(slices, slice);
  else await unless(isNotFound, api.delete(slices, { namespace, name }));
}

async function unless(excused: (error: unknown) => boolean, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!excused(error)) throw error;
  }
}
