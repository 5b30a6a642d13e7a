import {
  applyConfiguration,
  clone,
  defaultObject,
  equal,
  formatOwnedPath,
  get,
  managedFieldsOf,
  pathsOf,
  type FieldManager,
  type JsonObject,
  updateManagers,
} from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { isCrd, resourcesOfCrd } from "../src/apply/plan/custom-resource.ts";
import { KubeError, type KubeErrorCode } from "../src/errors.ts";
import { apiVersionOf, type ObjectKey, type Resource } from "../src/resource.ts";
import type { Status } from "../src/status.ts";

export interface StoredEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: Resource;
  readonly object: KrmObject;
  readonly resourceVersion: number;
}

export interface WriteContext {
  readonly manager: string;
  readonly subresource?: string;
  readonly dryRun?: boolean;
}

export interface ApplyContext extends WriteContext {
  readonly force?: boolean;
}

export interface FakeStoreOptions {
  /** Namespaces exist without being created; off unless said. */
  readonly anyNamespace?: boolean;
  /** A definition is established at once; else when `establish` is called. */
  readonly establishAtOnce?: boolean;
  /** Of `creationTimestamp` and `managedFields`; fixed unless said. */
  readonly now?: () => string;
}

export type FakeStore = ReturnType<typeof fakeStore>;

export function kubeError(
  code: KubeErrorCode,
  httpStatus: number,
  reason: string,
  message: string,
  more: JsonObject = {},
): KubeError {
  const status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    code: httpStatus,
    ...more,
  };
  return new KubeError(code, message, { httpStatus, status: status as unknown as Status });
}

/** The objects of a cluster, with what the API server and its garbage collector do to them, and nothing else. */
export function fakeStore(builtin: readonly Resource[], options: FakeStoreOptions = {}) {
  const now = options.now ?? (() => "2026-01-01T00:00:00Z");
  const objects = new Map<string, { resource: Resource; object: KrmObject }>();
  const events: StoredEvent[] = [];
  const watchers = new Set<() => void>();
  let version = 0;
  let uids = 0;

  const keyOf = ({ group, kind }: Resource, { namespace, name }: ObjectKey): string =>
    `${group}|${kind}|${namespace ?? ""}|${name}`;
  const notFound = (resource: Resource, { name }: ObjectKey): KubeError =>
    kubeError("not-found", 404, "NotFound", `${resource.plural} "${name}" not found`);

  function record(type: StoredEvent["type"], resource: Resource, object: KrmObject): void {
    events.push({ type, resource, object, resourceVersion: version });
    for (const wake of watchers) wake();
  }

  function inVersion(resource: Resource, object: KrmObject): KrmObject {
    const apiVersion = apiVersionOf(resource);
    return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
  }

  function find(resource: Resource, key: ObjectKey): KrmObject | undefined {
    const entry = objects.get(keyOf(resource, key));
    return entry === undefined ? undefined : inVersion(resource, entry.object);
  }

  function checkServed(resource: Resource): void {
    const custom = !builtin.some(({ group, kind }) => group === resource.group && kind === resource.kind);
    if (
      custom &&
      !resources().some(
        ({ group, version: v, kind }) => group === resource.group && v === resource.version && kind === resource.kind,
      )
    ) {
      throw kubeError("not-found", 404, "NotFound", "the server could not find the requested resource");
    }
  }

  function checkNamespace(resource: Resource, namespace: string | undefined): void {
    if (!resource.namespaced || options.anyNamespace === true) return;
    const found = [...objects.values()].find(
      ({ object }) => object.kind === "Namespace" && object.metadata.name === namespace,
    );
    if (found === undefined) throw kubeError("not-found", 404, "NotFound", `namespaces "${namespace}" not found`);
    if (typeof found.object.metadata["deletionTimestamp"] === "string") {
      const message = `unable to create new content in namespace ${namespace} because it is being terminated`;
      throw kubeError("forbidden", 403, "Forbidden", message);
    }
  }

  /** Stores an object that differs from what is there. */
  function commit(resource: Resource, object: KrmObject, before: KrmObject | undefined): KrmObject {
    version++;
    const changedSpec = before !== undefined && !equal(withoutMeta(before), withoutMeta(object));
    const generation = before === undefined ? 1 : Number(before.metadata["generation"] ?? 1) + (changedSpec ? 1 : 0);
    const stored: KrmObject = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: before?.metadata["uid"] ?? `uid-${++uids}`,
        resourceVersion: String(version),
        generation,
        creationTimestamp: before?.metadata["creationTimestamp"] ?? now(),
      },
    };
    const finalizers = stored.metadata["finalizers"];
    const done =
      typeof stored.metadata["deletionTimestamp"] === "string" &&
      (!Array.isArray(finalizers) || finalizers.length === 0);
    const key = keyOf(resource, stored.metadata as ObjectKey);
    if (done) {
      objects.delete(key);
      record("DELETED", resource, stored);
      collectGarbage(stored);
    } else {
      objects.set(key, { resource, object: stored });
      record(before === undefined ? "ADDED" : "MODIFIED", resource, stored);
      if (isCrd(stored) && before === undefined && options.establishAtOnce !== false) establish(stored.metadata.name!);
    }
    return find(resource, stored.metadata as ObjectKey) ?? stored;
  }

  function establish(name: string): void {
    const entry = [...objects.values()].find(({ object }) => isCrd(object) && object.metadata.name === name);
    if (entry === undefined) return;
    const status = {
      conditions: [
        { type: "NamesAccepted", status: "True" },
        { type: "Established", status: "True" },
      ],
    };
    commit(entry.resource, { ...entry.object, status }, entry.object);
  }

  function collectGarbage(gone: KrmObject): void {
    const dependents = [...objects.values()].filter(({ resource, object }) => {
      if (gone.kind === "Namespace") return resource.namespaced && object.metadata.namespace === gone.metadata.name;
      if (isCrd(gone))
        return resourcesOfCrd(gone).some(({ group, kind }) => group === resource.group && kind === resource.kind);
      const owners = object.metadata["ownerReferences"];
      return Array.isArray(owners) && owners.some((owner) => get(owner, "uid") === gone.metadata["uid"]);
    });
    for (const { resource, object } of dependents) remove(resource, object.metadata as ObjectKey);
  }

  function defaulted(object: KrmObject): KrmObject {
    const result = defaultObject(object) as KrmObject;
    return object.kind === "Namespace" && object.apiVersion === "v1"
      ? { ...result, status: { phase: "Active" } }
      : result;
  }

  function create(resource: Resource, object: KrmObject, context: WriteContext): KrmObject {
    checkServed(resource);
    const given = object.metadata;
    const name = given.name ?? `${given.generateName ?? ""}${(version + 1).toString(36)}`;
    const key: ObjectKey = resource.namespaced ? { namespace: given.namespace ?? "default", name } : { name };
    checkNamespace(resource, key.namespace);
    if (find(resource, key) !== undefined) {
      throw kubeError("already-exists", 409, "AlreadyExists", `${resource.plural} "${name}" already exists`);
    }
    const fresh = defaulted({ ...clone(object), metadata: { ...clone(given), ...key } });
    const owned = withManagers(fresh, updateManagers({ updated: fresh, manager: context.manager, time: now() }));
    return context.dryRun === true ? owned : commit(resource, owned, undefined);
  }

  function update(resource: Resource, object: KrmObject, context: WriteContext): KrmObject {
    checkServed(resource);
    const key = object.metadata as ObjectKey;
    const before = find(resource, key);
    if (before === undefined) throw notFound(resource, key);
    const given = object.metadata["resourceVersion"];
    if (given !== undefined && given !== "" && given !== before.metadata["resourceVersion"]) {
      throw kubeError(
        "conflict",
        409,
        "Conflict",
        `Operation cannot be fulfilled on ${resource.plural} "${key.name}": the object has been modified`,
      );
    }
    const onlyStatus = context.subresource === "status";
    const merged = onlyStatus
      ? { ...before, status: object["status"] ?? {} }
      : { ...clone(object), ...(before["status"] === undefined ? {} : { status: before["status"] }) };
    const metadata = onlyStatus ? before.metadata : { ...merged.metadata, ...kept(before) };
    const after = defaulted({ ...merged, metadata } as KrmObject);
    if (before["status"] !== undefined && !onlyStatus) after["status"] = before["status"];
    const owned = withManagers(
      after,
      updateManagers({
        live: withFieldsOf(before, object),
        updated: after,
        manager: context.manager,
        time: now(),
        ...(context.subresource === undefined ? {} : { subresource: context.subresource }),
      }),
    );
    if (equal(withoutVersion(owned), withoutVersion(before))) return before;
    return context.dryRun === true ? owned : commit(resource, owned, before);
  }

  function kept({ metadata }: KrmObject): JsonObject {
    const result: JsonObject = {};
    for (const key of ["uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp"]) {
      if (metadata[key] !== undefined) result[key] = metadata[key];
    }
    return result;
  }

  function apply(resource: Resource, object: KrmObject, context: ApplyContext): KrmObject {
    checkServed(resource);
    const key: ObjectKey = resource.namespaced
      ? { namespace: object.metadata.namespace!, name: object.metadata.name! }
      : { name: object.metadata.name! };
    const before = find(resource, key);
    for (const field of ["uid", "resourceVersion"] as const) {
      const wanted = object.metadata[field];
      if (wanted === undefined || wanted === before?.metadata[field]) continue;
      const message = `Operation cannot be fulfilled on ${resource.plural} "${key.name}": the object has been modified`;
      throw kubeError("conflict", 409, "Conflict", message);
    }
    if (before === undefined) checkNamespace(resource, key.namespace);
    const { uid: _, resourceVersion: __, ...metadata } = object.metadata;
    const result = applyConfiguration({
      ...(before === undefined ? {} : { live: before }),
      applied: { ...object, metadata },
      manager: context.manager,
      time: now(),
      ...(context.force === undefined ? {} : { force: context.force }),
      ...(context.subresource === undefined ? {} : { subresource: context.subresource }),
    });
    if (result.conflicts.length > 0) {
      const causes = result.conflicts.flatMap(({ owner, fields }) =>
        [...pathsOf(fields)].map((path) => ({
          reason: "FieldManagerConflict",
          message: `conflict with "${owner.manager}" using ${owner.apiVersion}`,
          field: formatOwnedPath(path),
        })),
      );
      throw kubeError("conflict", 409, "Conflict", `Apply failed with ${causes.length} conflicts`, {
        details: { causes },
      });
    }
    let after = result.object as KrmObject;
    if (before === undefined && after.kind === "Namespace") after = { ...after, status: { phase: "Active" } };
    if (before !== undefined && !result.changed && !result.managersChanged) return before;
    const owned = withManagers(after, result.managers);
    return context.dryRun === true ? owned : commit(resource, owned, before);
  }

  function remove(
    resource: Resource,
    key: ObjectKey,
    preconditions: { uid?: string; resourceVersion?: string } = {},
  ): KrmObject {
    const before = find(resource, key);
    if (before === undefined) throw notFound(resource, key);
    for (const field of ["uid", "resourceVersion"] as const) {
      const wanted = preconditions[field];
      if (wanted !== undefined && wanted !== before.metadata[field]) {
        throw kubeError("conflict", 409, "Conflict", `Precondition failed: ${field} in precondition: ${wanted}`);
      }
    }
    if (typeof before.metadata["deletionTimestamp"] === "string") return before;
    const dying = { ...before, metadata: { ...before.metadata, deletionTimestamp: now() } };
    return commit(resource, dying, before);
  }

  /** What is served: the built-in kinds, and those of established definitions. */
  function resources(): Resource[] {
    const custom = [...objects.values()].flatMap(({ object }) => {
      const conditions = get(object["status"], "conditions");
      const established =
        Array.isArray(conditions) &&
        conditions.some((one) => get(one, "type") === "Established" && get(one, "status") === "True");
      return isCrd(object) && established ? resourcesOfCrd(object) : [];
    });
    return [...builtin, ...custom];
  }

  function list(resource: Resource, namespace?: string): KrmObject[] {
    checkServed(resource);
    return [...objects.values()]
      .filter((entry) => entry.resource.group === resource.group && entry.resource.kind === resource.kind)
      .filter(({ object }) => namespace === undefined || object.metadata.namespace === namespace)
      .map(({ object }) => inVersion(resource, object))
      .sort((a, b) => (keyOf(resource, a.metadata as ObjectKey) < keyOf(resource, b.metadata as ObjectKey) ? -1 : 1));
  }

  return {
    find,
    list,
    create,
    update,
    apply,
    remove,
    resources,
    checkServed,
    establish,
    events,
    watchers,
    notFound,
    version: () => version,
    all: () => [...objects.values()].map(({ object }) => object),
  };
}

function withManagers(object: KrmObject, managers: readonly FieldManager[]): KrmObject {
  return { ...object, metadata: { ...object.metadata, managedFields: managedFieldsOf(managers) } };
}

/** Whoever writes other managedFields changes who owns what; none at all leaves them as they are. */
function withFieldsOf(before: KrmObject, sent: KrmObject): KrmObject {
  const managedFields = sent.metadata["managedFields"] ?? before.metadata["managedFields"] ?? [];
  return { ...before, metadata: { ...before.metadata, managedFields } };
}

/** What has a generation. */
function withoutMeta(object: KrmObject): JsonObject {
  return { ...object, metadata: {}, status: {} };
}

function withoutVersion(object: KrmObject): JsonObject {
  const { resourceVersion: _, generation: __, ...metadata } = object.metadata;
  return { ...object, metadata };
}
