import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { isConflict, isNotFound } from "../common/pod-control.ts";
import type { Api, Controller, ControllerContext, Dependent, Outcome } from "../controller.ts";

const foreground = "foregroundDeletion";
const orphan = "orphan";

export interface GarbageOptions {
  /** The collection of an owner reference's apiVersion and kind; undefined for a kind that is not served. */
  readonly collectionOf: (
    apiVersion: string,
    kind: string,
  ) => { readonly collection: string; readonly namespaced: boolean } | undefined;
}

/**
 * Deletes what has lost all its owners, holds back owners that are deleted in the foreground until their dependents are
 * gone, and frees the dependents of owners that are deleted alone. Keys are `COLLECTION NAMESPACE/NAME`.
 */
export function garbageCollector(options: GarbageOptions): Controller {
  return {
    name: "garbage-collector-controller",
    watches: [
      {
        collection: "*",
        keys: (object, { collection, kind, api }) =>
          kind === "deleted" ? afterwards(object, api) : ownKeys(collection, object),
      },
    ],
    reconcile: (key, context) => reconcile(key, context, options),
  };
}

function keyOf(collection: string, object: JsonObject): string {
  return `${collection} ${textOf(get(object["metadata"], "namespace"))}/${textOf(get(object["metadata"], "name"))}`;
}

function ownersOf(object: JsonObject): readonly JsonValue[] {
  const list = get(object["metadata"], "ownerReferences");
  return Array.isArray(list) ? list : [];
}

function finalizersOf(object: JsonObject): readonly string[] {
  const list = get(object["metadata"], "finalizers");
  return Array.isArray(list) ? list.map(textOf) : [];
}

function ownKeys(collection: string, object: JsonObject): readonly string[] {
  const isHeld = finalizersOf(object).some((one) => one === foreground || one === orphan);
  return ownersOf(object).length > 0 || isHeld ? [keyOf(collection, object)] : [];
}

/** Its dependents, and its owners that may wait for it. */
function afterwards(object: JsonObject, api: Api): readonly string[] {
  const uid = textOf(get(object["metadata"], "uid"));
  const below = api.dependents(uid).map(dependentKey);
  const namespace = textOf(get(object["metadata"], "namespace"));
  const above = ownersOf(object).map(
    (owner) =>
      `? ${textOf(get(owner, "apiVersion"))} ${textOf(get(owner, "kind"))} ${namespace}/${textOf(get(owner, "name"))}`,
  );
  return [...below, ...above];
}

function dependentKey({ collection, namespace, name }: Dependent): string {
  return `${collection} ${namespace}/${name}`;
}

async function reconcile(key: string, context: ControllerContext, options: GarbageOptions): Promise<Outcome> {
  const target = targetOf(key, options);
  const object = target === undefined ? undefined : context.api.get(target.collection, target);
  if (target === undefined || object === undefined) return undefined;
  if (get(object["metadata"], "deletionTimestamp") !== undefined) {
    if (finalizersOf(object).includes(orphan)) return await orphanDependents(target, object, context);
    if (finalizersOf(object).includes(foreground)) return await deleteDependents(target, object, context);
    return undefined;
  }
  return await collect(target, object, context, options);
}

function targetOf(key: string, options: GarbageOptions): Dependent | undefined {
  const parts = key.split(" ");
  const [namespace = "", name = ""] = parts.at(-1)!.split("/");
  if (parts[0] !== "?") return { collection: parts[0]!, namespace, name };
  const found = options.collectionOf(parts[1]!, parts[2]!);
  return found === undefined
    ? undefined
    : { collection: found.collection, namespace: found.namespaced ? namespace : "", name };
}

async function withoutFinalizer(
  { collection, namespace, name }: Dependent,
  object: JsonObject,
  finalizer: string,
  api: Api,
): Promise<void> {
  const finalizers = finalizersOf(object).filter((one) => one !== finalizer);
  const metadata = { finalizers, resourceVersion: get(object["metadata"], "resourceVersion") ?? "" };
  try {
    await api.patch(collection, { namespace, name }, { metadata });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function orphanDependents(target: Dependent, object: JsonObject, { api }: ControllerContext): Promise<Outcome> {
  const uid = textOf(get(object["metadata"], "uid"));
  for (const one of api.dependents(uid)) {
    const dependent = api.get(one.collection, one);
    if (dependent !== undefined) await withoutOwners(one, dependent, (owner) => get(owner, "uid") === uid, api);
  }
  await withoutFinalizer(target, object, orphan, api);
  return undefined;
}

async function withoutOwners(
  { collection, namespace, name }: Dependent,
  object: JsonObject,
  drops: (owner: JsonValue) => boolean,
  api: Api,
): Promise<void> {
  const kept = ownersOf(object).filter((owner) => !drops(owner));
  const metadata = { ownerReferences: kept.length === 0 ? null : [...kept], uid: get(object["metadata"], "uid") ?? "" };
  try {
    await api.patch(collection, { namespace, name }, { metadata });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** The owner goes when nothing that blocks it is left; what is left is deleted in the foreground, too. */
async function deleteDependents(target: Dependent, object: JsonObject, { api }: ControllerContext): Promise<Outcome> {
  const uid = textOf(get(object["metadata"], "uid"));
  let isBlocked = false;
  for (const one of api.dependents(uid)) {
    const dependent = api.get(one.collection, one);
    if (dependent === undefined) continue;
    const blocks = ownersOf(dependent).some(
      (owner) => get(owner, "uid") === uid && get(owner, "blockOwnerDeletion") === true,
    );
    isBlocked ||= blocks;
    if (get(dependent["metadata"], "deletionTimestamp") !== undefined) continue;
    const hasOthers = ownersOf(dependent).some((owner) => get(owner, "uid") !== uid);
    if (!hasOthers) await remove(one, dependent, "Foreground", api);
    else await withoutOwners(one, dependent, (owner) => get(owner, "uid") === uid, api);
  }
  if (!isBlocked) await withoutFinalizer(target, object, foreground, api);
  return undefined;
}

async function remove(
  { collection, namespace, name }: Dependent,
  object: JsonObject,
  propagationPolicy: "Foreground" | "Background" | "Orphan",
  api: Api,
): Promise<void> {
  const uid = textOf(get(object["metadata"], "uid"));
  try {
    await api.delete(collection, { namespace, name }, { propagationPolicy, preconditions: { uid } });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

/** Deletes an object whose owners are all gone; one that has another owner left forgets those that are gone. */
async function collect(
  target: Dependent,
  object: JsonObject,
  { api }: ControllerContext,
  options: GarbageOptions,
): Promise<Outcome> {
  const owners = ownersOf(object);
  if (owners.length === 0) return undefined;
  const states = owners.map((owner) => stateOf(owner, target.namespace, api, options));
  if (states.includes("unknown")) return undefined;
  const gone = owners.filter((_, index) => states[index] === "absent");
  const waits = owners.filter((_, index) => states[index] === "waiting");
  if (states.includes("there")) {
    const dropped = new Set([...gone, ...waits].map((owner) => get(owner, "uid")));
    if (dropped.size > 0) await withoutOwners(target, object, (owner) => dropped.has(get(owner, "uid")), api);
    return undefined;
  }
  const finalizers = finalizersOf(object);
  const policy = finalizers.includes(orphan)
    ? "Orphan"
    : waits.length > 0 || finalizers.includes(foreground)
      ? "Foreground"
      : "Background";
  await remove(target, object, policy, api);
  return undefined;
}

function stateOf(
  owner: JsonValue,
  namespace: string,
  api: Api,
  { collectionOf }: GarbageOptions,
): "there" | "absent" | "waiting" | "unknown" {
  const found = collectionOf(textOf(get(owner, "apiVersion")), textOf(get(owner, "kind")));
  // What lies in a namespace cannot own what does not: such a reference is never resolved.
  if (found === undefined || (found.namespaced && namespace === "")) return "unknown";
  const key = { namespace: found.namespaced ? namespace : "", name: textOf(get(owner, "name")) };
  const object = api.get(found.collection, key);
  if (object === undefined || get(object["metadata"], "uid") !== get(owner, "uid")) return "absent";
  const isWaiting =
    get(object["metadata"], "deletionTimestamp") !== undefined && finalizersOf(object).includes(foreground);
  return isWaiting && isObject(owner) ? "waiting" : "there";
}
