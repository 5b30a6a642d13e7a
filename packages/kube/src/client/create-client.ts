import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject, ObjectMeta } from "@fairlead/krm";
import type { ClusterAccess } from "../access/access.ts";
import { createDiscovery } from "../discovery/create-discovery.ts";
import { isKubeError, KubeError } from "../errors.ts";
import { apiVersionOf, type ObjectKey, refTo, type Resource } from "../resource.ts";
import { createTransport } from "../transport/create-transport.ts";
import { resolveOptions } from "../transport/options.ts";
import { type Call, createCaller, nameCall } from "./caller.ts";
import type {
  CallOptions,
  Client,
  DeleteOptions,
  ListOptions,
  ObjectList,
  PatchType,
  WatchOptions,
  WriteOptions,
} from "./client.ts";
import type { ClientOptions } from "./options.ts";
import { collectionIn, pathOf, placed, withQuery } from "./paths.ts";
import { watchEvents } from "./watch.ts";

const contentTypes: { readonly [type in PatchType | "apply"]: string } = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

const pageSize = 500;
const maxEventBytes = 16 * 2 ** 20;

/** A client that connects on its first call. Close it: its connections end, its further calls fail with `closed`. */
export function createClient(access: ClusterAccess, options: ClientOptions = {}): Client {
  const { clock } = resolveOptions(options);
  const transport = createTransport(access, options);
  const { name: cluster, namespace: fallback } = access;
  const caller = createCaller(transport, cluster, clock, options);
  const discovery = createDiscovery(
    (path, accept) => caller.json({ verb: "GET", method: "GET", path, accept }),
    cluster,
  );

  /** What every call about one object has in common. */
  function about(
    verb: string,
    resource: Resource,
    key: ObjectKey,
    call: CallOptions,
    query: Parameters<typeof withQuery>[1],
  ) {
    return {
      verb,
      object: refTo(resource, placed(resource, key, fallback)),
      resource: nameOf(resource),
      path: withQuery(pathOf(resource, key, fallback, call.subresource), query),
      signal: call.signal,
      deadlineMs: call.deadlineMs,
      isSecret: isSecret(resource),
    };
  }

  function collection(verb: string, resource: Resource, { namespace, ...options }: ListOptions) {
    return {
      verb,
      object: refTo(resource, namespace === undefined ? {} : { namespace }),
      resource: nameOf(resource),
      signal: options.signal,
      deadlineMs: options.deadlineMs,
      path: withQuery(collectionIn(resource, namespace), {
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
        resourceVersion: options.resourceVersion,
        resourceVersionMatch: options.resourceVersionMatch,
        limit: options.limit,
        continue: options.continue,
      }),
    };
  }

  async function object<T extends KrmObject>(call: Call): Promise<T> {
    const answer = await caller.json(call);
    if (!isObject(answer)) throw nameCall(new KubeError("protocol", "the answer is not an object", { cluster }), call);
    return answer as T;
  }

  const client: Client = {
    access,
    transport,
    discovery,

    async get(resource, key, options = {}) {
      const query = { resourceVersion: options.resourceVersion };
      return object({ ...about("get", resource, key, options, query), method: "GET" });
    },

    async find<T extends KrmObject>(resource: Resource, key: ObjectKey, options = {}) {
      try {
        return await client.get<T>(resource, key, options);
      } catch (error) {
        if (isKubeError(error, "not-found")) return undefined;
        throw error;
      }
    },

    async list<T extends KrmObject>(resource: Resource, options: ListOptions = {}) {
      const call: Call = { ...collection("list", resource, options), method: "GET" };
      return listOf<T>(await caller.json(call), resource, call);
    },

    async *pages<T extends KrmObject>(resource: Resource, options: ListOptions = {}) {
      let page: ObjectList<T> | undefined;
      do {
        // The server keeps the version of the first page; it refuses to hear it again.
        const next = page?.continue === undefined ? options : nextPage(options, page.continue);
        page = await client.list<T>(resource, { ...next, limit: options.limit ?? pageSize });
        yield page;
      } while (page.continue !== undefined);
    },

    async *watch<T extends KrmObject>(resource: Resource, options: WatchOptions = {}) {
      const { namespace, signal } = options;
      const call: Call = {
        verb: "watch",
        method: "GET",
        object: refTo(resource, namespace === undefined ? {} : { namespace }),
        resource: nameOf(resource),
        signal,
        path: withQuery(collectionIn(resource, namespace), {
          watch: true,
          allowWatchBookmarks: options.allowWatchBookmarks ?? true,
          labelSelector: options.labelSelector,
          fieldSelector: options.fieldSelector,
          resourceVersion: options.resourceVersion,
          sendInitialEvents: options.sendInitialEvents,
          resourceVersionMatch: options.sendInitialEvents === undefined ? undefined : "NotOlderThan",
          timeoutSeconds: options.timeoutSeconds,
        }),
      };
      const body = await caller.stream(call);
      try {
        yield* watchEvents<T>(body, call, cluster, clientOptions.maxEventBytes ?? maxEventBytes);
      } catch (error) {
        throw nameCall(error, call);
      } finally {
        body.destroy();
      }
    },

    async create<T extends KrmObject>(resource: Resource, written: T, options: WriteOptions = {}) {
      const namespace = written.metadata.namespace ?? fallback;
      const inside = resource.namespaced ? namespace : undefined;
      const base = collection("create", resource, inside === undefined ? {} : { namespace: inside });
      const path =
        options.subresource === undefined
          ? base.path
          : pathOf(resource, keyOf(written.metadata), fallback, options.subresource);
      return object<T>({
        ...base,
        object: refTo(resource, {
          ...(inside === undefined ? {} : { namespace: inside }),
          name: written.metadata.name ?? "",
        }),
        path: withQuery(path, writeQuery(options)),
        method: "POST",
        body: written,
        signal: options.signal,
        deadlineMs: options.deadlineMs,
        isSecret: isSecret(resource),
      });
    },

    async update(resource, written, options = {}) {
      const call = about("update", resource, keyOf(written.metadata), options, writeQuery(options));
      return object({ ...call, method: "PUT", body: written });
    },

    async patch(resource, key, patch, options) {
      const call = about("patch", resource, key, options, writeQuery(options));
      return object({ ...call, method: "PATCH", body: patch, contentType: contentTypes[options.type] });
    },

    async apply(resource, written, options) {
      const query = { ...writeQuery(options), force: options.force === true ? true : undefined };
      const call = about("apply", resource, keyOf(written.metadata), options, query);
      return object({ ...call, method: "PATCH", body: written, contentType: contentTypes.apply });
    },

    async delete(resource, key, options = {}) {
      return object({ ...about("delete", resource, key, options, {}), method: "DELETE", body: deleteBody(options) });
    },

    async deleteCollection(resource, options) {
      await caller.json({
        ...collection("deletecollection", resource, options),
        method: "DELETE",
        body: deleteBody(options),
      });
    },

    async post(path, body, options = {}) {
      return caller.json({
        ...plain("POST", path, options),
        path: withQuery(path, writeQuery(options)),
        method: "POST",
        body,
        isSecret: true,
      });
    },

    async getJson(path, options = {}) {
      return caller.json({ ...plain("GET", path, options), accept: options.accept });
    },

    async getText(path, options = {}) {
      return caller.text({ ...plain("GET", path, options), accept: "*/*" });
    },

    async stream(path, options = {}) {
      return caller.stream({ ...plain("GET", path, options), accept: "*/*" });
    },

    close: () => transport.close(),
  };
  const clientOptions = options;
  return client;
}

function plain(method: "GET" | "POST", path: string, { signal, deadlineMs }: CallOptions): Call {
  if (!path.startsWith("/"))
    throw new KubeError("bad-request", `the path ${JSON.stringify(path)} does not begin with a slash`);
  return { verb: method, method, path, signal, deadlineMs };
}

function nextPage({ resourceVersion, resourceVersionMatch, ...options }: ListOptions, token: string): ListOptions {
  return { ...options, continue: token };
}

function keyOf({ name = "", namespace }: ObjectMeta): ObjectKey {
  return namespace === undefined ? { name } : { name, namespace };
}

function nameOf({ plural, group }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function isSecret({ group, kind }: Resource): boolean {
  return group === "" && kind === "Secret";
}

function writeQuery({ dryRun, fieldManager, fieldValidation }: WriteOptions) {
  return { dryRun: dryRun === true ? "All" : undefined, fieldManager, fieldValidation };
}

/** In the body: the server ignores the query when there is one. */
function deleteBody({ dryRun, propagation, gracePeriodSeconds, preconditions }: DeleteOptions): JsonValue {
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(dryRun === true ? { dryRun: ["All"] } : {}),
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(preconditions === undefined ? {} : { preconditions: { ...preconditions } }),
  };
}

function listOf<T extends KrmObject>(answer: JsonValue, resource: Resource, call: Call): ObjectList<T> {
  const items = get(answer, "items");
  const metadata = get(answer, "metadata");
  const resourceVersion = get(metadata, "resourceVersion");
  if (items !== null && !Array.isArray(items))
    throw nameCall(new KubeError("protocol", "the answer is not a list"), call);
  const apiVersion = apiVersionOf(resource);
  for (const item of items ?? []) {
    if (!isObject(item)) throw nameCall(new KubeError("protocol", "an item of the list is not an object"), call);
    item["apiVersion"] ??= apiVersion;
    item["kind"] ??= resource.kind;
  }
  const token = get(metadata, "continue");
  const remaining = get(metadata, "remainingItemCount");
  return {
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
    ...(typeof token === "string" && token !== "" ? { continue: token } : {}),
    ...(typeof remaining === "number" ? { remainingItemCount: remaining } : {}),
    items: (items ?? []) as T[],
  };
}
