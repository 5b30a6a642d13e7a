import { canonicalJson, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KindName, Plane } from "./scenario.ts";

/** What a scenario led to, the same on every cluster: without names, times and versions that are made up. */
export interface Summary {
  /** By kind; equal ones once, with how many `times` they are there. */
  readonly objects: { readonly [kind: string]: readonly JsonValue[] };
  /** What controllers said of each object, in this order; what was said again in a row is said once. */
  readonly events: { readonly [object: string]: readonly string[] };
}

const kinds: readonly KindName[] = [
  "Deployment",
  "ReplicaSet",
  "ReplicationController",
  "StatefulSet",
  "DaemonSet",
  "ControllerRevision",
  "Job",
  "CronJob",
  "Pod",
  "PersistentVolumeClaim",
];

interface Meta {
  readonly name: string;
  readonly generateName?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
}

const metaOf = (object: JsonObject): Meta => object["metadata"] as unknown as Meta;

export async function summaryOf(plane: Plane): Promise<Summary> {
  const found = new Map<KindName, readonly JsonObject[]>();
  for (const kind of kinds) found.set(kind, await plane.list(kind));
  const said = (await plane.list("Event"))
    .filter((event) => componentOf(event).endsWith("-controller"))
    .sort((a, b) => (nanosOf(a) < nanosOf(b) ? -1 : 1));
  const rename = renamer(found);
  const objects: { [kind: string]: JsonValue[] } = {};
  for (const [kind, list] of found) {
    if (list.length === 0) continue;
    const texts = list.map((object) => rename(canonicalJson(reduced(kind, object)))).sort();
    objects[kind] = [...new Set(texts)].map((text) => {
      const times = texts.filter((one) => one === text).length;
      return { ...(JSON.parse(text) as JsonObject), ...(times === 1 ? {} : { times }) };
    });
  }
  const events: { [object: string]: string[] } = {};
  for (const event of said) {
    const { type, reason, message, involvedObject } = event as { [key: string]: JsonValue };
    const { kind, name } = involvedObject as { kind: string; name: string };
    if (kind === "PersistentVolumeClaim") continue;
    const line = rename(`${type as string} ${reason as string} ${message as string}`);
    const list = (events[rename(`${kind} ${name}`)] ??= []);
    if (list.at(-1) !== line) list.push(line);
  }
  return { objects, events: mapValues(events, inOrder) };
}

function mapValues<T>(object: { [key: string]: T }, of: (value: T) => T): { [key: string]: T } {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, of(value)]));
}

/** Pods that are created at once are created in any order: lines of one reason in a row are sorted. */
function inOrder(lines: readonly string[]): string[] {
  const runs: string[][] = [];
  let before = "";
  for (const line of lines) {
    const reason = line.split(" ")[1] ?? "";
    const isUnordered = reason === "SuccessfulCreate" || reason === "SuccessfulDelete";
    if (isUnordered && reason === before) runs.at(-1)!.push(line);
    else runs.push([line]);
    before = reason;
  }
  return runs.flatMap((run) => run.sort());
}

function componentOf({ source }: JsonObject): string {
  return (source as { component?: string } | undefined)?.component ?? "";
}

/** Names of Events end with the nanoseconds of when they happened. */
function nanosOf(event: JsonObject): string {
  const { name } = metaOf(event);
  return name.slice(name.lastIndexOf(".") + 1).padStart(20, "0");
}

/** Gives made-up names others that tell whose they are. Hashes of templates are not made up. */
function renamer(found: ReadonlyMap<KindName, readonly JsonObject[]>): (text: string) => string {
  const names: [from: string, to: string][] = [];
  for (const pod of found.get("Pod") ?? []) {
    const { name, generateName } = metaOf(pod);
    const isMadeUp = generateName !== undefined && /^[a-z0-9]{5}$/.test(name.slice(generateName.length));
    if (isMadeUp && name.startsWith(generateName)) names.unshift([name, `${generateName}*`]);
  }
  return (text) => {
    let renamed = text;
    for (const [from, to] of names) renamed = renamed.replaceAll(from, to);
    return (
      renamed
        .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID")
        .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)/g, "TIME")
        .replaceAll(
          /"matchFields":\[\{"key":"metadata.name","operator":"In","values":\["node-\d"\]\}\]/g,
          '"matchFields":["NODE"]',
        )
        // Of a Recreate it is either one: kube-controller-manager may meet its own write and not say it of the new one.
        .replaceAll(/ReplicaSet \\"[\w-]+\\" has successfully/g, 'ReplicaSet \\"*\\" has successfully')
        .replaceAll(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-*")
        .replaceAll(/\b(\w+)-29\d{6}\b/g, "$1-MINUTE")
        .replaceAll(/((?:pod: |MINUTE-|-)(?:[a-z0-9-]+-)?)(?:[bcdfghjklmnpqrstvwxz2456789]{5})(?=["\s/]|$)/g, "$1*")
    );
  };
}

/** Without what differs from one run to the next. */
function reduced(kind: KindName, object: JsonObject): JsonObject {
  const {
    uid: _,
    resourceVersion: __,
    managedFields: ___,
    creationTimestamp: ____,
    ...kept
  } = object["metadata"] as JsonObject;
  const { generation: _____, selfLink: ______, ownerReferences, ...metadata } = kept;
  if (Array.isArray(ownerReferences)) {
    metadata["ownerReferences"] = ownerReferences.map((one) => {
      const { uid: _uid, ...reference } = one as JsonObject;
      return reference;
    });
  }
  const { status, ...rest } = object;
  const own: JsonObject = { ...rest, metadata };
  delete own["apiVersion"];
  delete own["kind"];
  if (kind === "Pod") return reducedPod(own, status as JsonObject);
  if (kind === "PersistentVolumeClaim") return reducedClaim(own);
  if (status === undefined) return own;
  const { observedGeneration: _observed, active, ...counts } = status as JsonObject;
  const references = Array.isArray(active)
    ? active.map((one) => {
        const { resourceVersion: _version, ...reference } = one as JsonObject;
        return reference;
      })
    : active;
  const conditions = (counts["conditions"] as JsonObject[] | undefined)
    ?.map((one) => ({
      type: one["type"]!,
      status: one["status"]!,
      reason: one["reason"] ?? "",
      message: one["message"] ?? "",
    }))
    .sort((a, b) => (String(a.type) < String(b.type) ? -1 : 1));
  own["status"] = {
    ...counts,
    ...(references === undefined ? {} : { active: references }),
    ...(conditions === undefined ? {} : { conditions }),
  };
  return own;
}

/** Without where it runs: schedulers spread pods each in their own way. */
function reducedPod(pod: JsonObject, status: JsonObject): JsonObject {
  const { labels, ...metadata } = pod["metadata"] as JsonObject;
  const {
    "topology.kubernetes.io/region": _region,
    "topology.kubernetes.io/zone": _zone,
    ...kept
  } = (labels ?? {}) as JsonObject;
  const { nodeName: _, ...spec } = pod["spec"] as JsonObject;
  if (Array.isArray(spec["volumes"])) spec["volumes"] = withoutToken(spec["volumes"]);
  spec["containers"] = (spec["containers"] as JsonObject[]).map((one) => ({
    ...one,
    volumeMounts: withoutToken((one["volumeMounts"] ?? []) as JsonValue[]),
  }));
  const conditions = (status["conditions"] ?? []) as JsonObject[];
  const isReady = conditions.some((one) => one["type"] === "Ready" && one["status"] === "True");
  const own = Object.keys(kept).length === 0 ? metadata : { ...metadata, labels: kept };
  return { ...pod, metadata: own, spec, status: { phase: status["phase"] ?? "", ready: isReady } };
}

function reducedClaim(claim: JsonObject): JsonObject {
  const { finalizers: _, annotations: __, ...metadata } = claim["metadata"] as JsonObject;
  const { volumeName: ___, storageClassName: ____, ...spec } = claim["spec"] as JsonObject;
  return { metadata, spec };
}

/** The volume with the token of the service account is admission's matter. */
function withoutToken(volumes: readonly JsonValue[]): JsonValue[] {
  return volumes.filter((one) => !String((one as JsonObject)["name"]).startsWith("kube-api-access-"));
}
