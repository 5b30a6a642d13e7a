import { canonicalJson, get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { kinds, type KindName, type Plane, type Scenario } from "./scenario.ts";

/** What is there at one moment of a scenario, the same on every cluster: without names, times and versions made up. */
export interface Look {
  readonly objects: { readonly [kind: string]: readonly JsonValue[] };
  /** What was said of each object, in this order; what was said again in a row is said once. */
  readonly events: { readonly [object: string]: readonly string[] };
}

/** Whose Events are compared; what kubelets say differs from what kwok's nodes say. */
const components = new Set([
  "default-scheduler",
  "persistentvolume-controller",
  "endpoint-slice-controller",
  "endpoint-slice-mirroring-controller",
  "horizontal-pod-autoscaler",
  "controllermanager",
  "taint-eviction-controller",
  "resourcequota-controller",
]);

const unseen = new Set([
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubernetes.io/createdby",
  "uid",
  "resourceVersion",
  "managedFields",
  "creationTimestamp",
  "selfLink",
  "generation",
]);

export async function lookAt(plane: Plane, { shows }: Scenario): Promise<Look> {
  const objects: { [kind: string]: JsonValue[] } = {};
  for (const kind of shows) {
    const all = (await plane.list(kind)).filter((one) => kinds[kind].namespaced || isOurs(one, plane.namespace));
    const texts = all
      .filter((one) => !isEverywhere(kind, one))
      .map((one) => JSON.parse(renamed(canonicalJson(reduced(kind, one)), plane.namespace)) as JsonValue)
      // Names and addresses that are made up decide on no order.
      .map((one) => canonicalJson(sortedLists(one)))
      .sort();
    objects[kind] = texts.map((text) => JSON.parse(text) as JsonValue);
  }
  return { objects, events: saidOf(await plane.list("Event"), plane.namespace) };
}

function isOurs(object: JsonObject, namespace: string): boolean {
  const claimed = textOf(get(get(object["spec"], "claimRef"), "namespace"));
  return claimed === namespace || textOf(get(object["metadata"], "name")).includes(namespace);
}

function isEverywhere(kind: KindName, object: JsonObject): boolean {
  return kind === "ConfigMap" && get(object["metadata"], "name") === "kube-root-ca.crt";
}

function saidOf(list: readonly JsonObject[], namespace: string): { [object: string]: string[] } {
  const said = list
    .filter((event) => components.has(textOf(get(event["source"], "component")) || textOf(event["reportingComponent"])))
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  const events: { [object: string]: string[] } = {};
  for (const event of said) {
    const object = event["involvedObject"];
    const name = renamed(`${textOf(get(object, "kind"))} ${textOf(get(object, "name"))}`, namespace);
    const line = [event["type"], event["reason"], event["message"] ?? event["note"]]
      .map((one) => textOf(one))
      .join(" ");
    const lines = (events[name] ??= []);
    const text = renamed(line, namespace).replace(/ to node-\d$/, " to NODE");
    if (!lines.includes(text)) lines.push(text);
  }
  for (const lines of Object.values(events)) {
    // Whether the binder looks between the pod and its placing is luck; where the pod is never placed, it is none.
    const passing = lines.findIndex((line) => line.startsWith("Normal WaitForPodScheduled "));
    if (passing >= 0 && lines.some((line) => line.startsWith("Normal ProvisioningSucceeded ")))
      lines.splice(passing, 1);
  }
  return Object.fromEntries(Object.entries(events).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Names of Events end with the nanoseconds of when they happened. */
function orderOf(event: JsonObject): string {
  const name = textOf(get(event["metadata"], "name"));
  return name.slice(name.lastIndexOf(".") + 1).padStart(20, "0");
}

/** Names that are made up, addresses, times. */
function renamed(text: string, namespace: string): string {
  return text
    .replaceAll(namespace, "scenario")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "TIME")
    .replaceAll(/\b10\.(?:244|6[4-9]|[789]\d|1[01]\d|12[0-7])\.\d+\.\d+\b/g, "IP")
    .replaceAll(/-[bcdfghjklmnpqrstvwxz2456789]{5}(?=["\s/]|$)/g, "-*")
    .replaceAll(/"(nodeName|volume\.kubernetes\.io\/selected-node)":"node-\d"/g, '"$1":"NODE"')
    .replaceAll(/"zone":"real-1[abc]"/g, '"zone":"ZONE"')
    .replaceAll(/kubernetes\.io\/host-path|fairlead\.dev\/embedded/g, "PROVISIONER");
}

function reduced(kind: KindName, object: JsonObject): JsonObject {
  const { apiVersion: _version, kind: _kind, ...rest } = without(object) as JsonObject;
  if (kind === "Pod") return reducedPod(rest);
  if (kind === "PersistentVolume") {
    const { csi: _csi, hostPath: _path, ...spec } = rest["spec"] as JsonObject;
    return { ...rest, spec };
  }
  if (kind === "Deployment") return { metadata: rest["metadata"]!, replicas: get(rest["spec"], "replicas") ?? null };
  return rest;
}

/** Without how the containers fare, which nodes tell differently. */
function reducedPod({ metadata, spec, status }: JsonObject): JsonObject {
  const { labels: _, deletionGracePeriodSeconds: _grace, ...meta } = metadata as JsonObject;
  if (meta["deletionTimestamp"] !== undefined) return { metadata: meta, phase: "ends" };
  const conditions = (get(status, "conditions") ?? []) as JsonObject[];
  const told = conditions
    .filter(
      (one) =>
        !["Initialized", "ContainersReady", "PodReadyToStartContainers", "PodScheduled"].includes(
          textOf(one["type"]),
        ) ||
        one["reason"] === "Unschedulable" ||
        one["reason"] === "SchedulingGated",
    )
    .map((one) =>
      ["type", "status", "reason", "message"]
        .map((key) => textOf(one[key]))
        .join(" ")
        .trim(),
    )
    .sort();
  return {
    metadata: meta,
    node: textOf(get(spec, "nodeName")) === "" ? "" : "NODE",
    phase: get(status, "phase") ?? "",
    conditions: told,
    ...(get(status, "nominatedNodeName") === undefined ? {} : { nominated: "NODE" }),
    ...(get(status, "reason") === undefined ? {} : { reason: get(status, "reason")! }),
    ...(get(status, "message") === undefined ? {} : { message: get(status, "message")! }),
  };
}

/** Lists whose order tells nothing. */
const sorted = new Set(["endpoints", "addresses", "notReadyAddresses", "ports", "subsets", "conditions"]);

function sortedLists(value: JsonValue, key = ""): JsonValue {
  if (Array.isArray(value)) {
    const items = value.map((one) => sortedLists(one));
    return sorted.has(key) ? items.sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1)) : items;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, sortedLists(one, name)]));
}

/** Without what differs from one run to the next, and without what is empty. */
function without(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(without);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([name, one]): [string, JsonValue][] => {
    if (unseen.has(name) || one === undefined || one === null) return [];
    const kept = without(one);
    return name === "annotations" && Object.keys(kept as JsonObject).length === 0 ? [] : [[name, kept]];
  });
  return Object.fromEntries(entries);
}
