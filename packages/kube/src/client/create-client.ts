import { isObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { ClusterAccess } from "../access/access.ts";
import { createDiscovery } from "../discovery/create-discovery.ts";
import { isKubeError, KubeError } from "../errors.ts";
import type { ObjectKey, Resource } from "../resource.ts";
import { createTransport } from "../transport/create-transport.ts";
import { resolveOptions } from "../transport/options.ts";
import { type Call, createCaller, nameCall } from "./caller.ts";
import * as calls from "./calls.ts";
import type { Client, ListOptions, ObjectList, ReadOptions, WatchOptions } from "./client.ts";
import type { ClientOptions } from "./options.ts";
import { withQuery } from "./paths.ts";
import { mostBodyBytes } from "./read-body.ts";
import { readBytes, readChunks } from "./read-bytes.ts";
import { nextPage, readList } from "./read-list.ts";
import { watchEvents } from "./watch.ts";

const pageSize = 500;
const protobuf = "application/vnd.kubernetes.protobuf";
const defaultMaxEventBytes = 16 * 2 ** 20;

/** A client that connects on its first call. Close it: its connections end, its further calls fail with `closed`. */
export function createClient(access: ClusterAccess, clientOptions: ClientOptions = {}): Client {
  const { clock } = resolveOptions(clientOptions);
  const { maxEventBytes = defaultMaxEventBytes } = clientOptions;
  const { name: cluster, namespace: fallback } = access;
  const transport = createTransport(access, clientOptions);
  const caller = createCaller(transport, cluster, clock, clientOptions);
  const getJson = (path: string, accept?: string) => caller.json({ ...calls.pathCall("GET", path, {}), accept });
  const discovery = createDiscovery(getJson, cluster);

  /** It makes the call itself, so that what cannot be called rejects as well. */
  async function sendForObject<T extends KrmObject>(make: () => Call): Promise<T> {
    const call = make();
    const answer = await caller.json(call);
    if (!isObject(answer)) throw nameCall(new KubeError("protocol", "the answer is not an object", { cluster }), call);
    return answer as T;
  }

  function get<T extends KrmObject>(resource: Resource, key: ObjectKey, options: ReadOptions = {}): Promise<T> {
    return sendForObject<T>(() => {
      const query = { resourceVersion: options.resourceVersion };
      return calls.objectCall("get", "GET", resource, key, fallback, options, query);
    });
  }

  async function list<T extends KrmObject>(resource: Resource, options: ListOptions = {}): Promise<ObjectList<T>> {
    const call = calls.collectionCall("list", "GET", resource, options);
    const answer = await caller.json(call);
    try {
      return readList<T>(answer, resource);
    } catch (error) {
      throw nameCall(error, call);
    }
  }

  return {
    access,
    transport,
    discovery,
    get,
    list,

    async listBytes(resource: Resource, options: ListOptions = {}) {
      const call: Call = { ...calls.collectionCall("list", "GET", resource, options), acceptEncoding: "gzip" };
      const body = await caller.stream(call);
      try {
        return await readBytes(body, clientOptions.maxBodyBytes ?? mostBodyBytes);
      } catch (error) {
        throw nameCall(error, call);
      }
    },

    async listMessages(resource: Resource, options: ListOptions = {}) {
      const call = calls.collectionCall("list", "GET", resource, options);
      const body = await caller.stream({ ...call, accept: protobuf, acceptEncoding: "gzip" });
      return namedErrors(readChunks(body, Number.MAX_SAFE_INTEGER), call);
    },

    async find<T extends KrmObject>(resource: Resource, key: ObjectKey, options?: ReadOptions) {
      try {
        return await get<T>(resource, key, options);
      } catch (error) {
        if (isKubeError(error, "not-found")) return undefined;
        throw error;
      }
    },

    async *pages<T extends KrmObject>(resource: Resource, options: ListOptions = {}) {
      const limit = options.limit ?? pageSize;
      let page = await list<T>(resource, { ...options, limit });
      yield page;
      while (page.continue !== undefined) {
        page = await list<T>(resource, { ...nextPage(options, page.continue), limit });
        yield page;
      }
    },

    watch<T extends KrmObject>(resource: Resource, options: WatchOptions = {}) {
      const call = calls.watchCall(resource, options);
      const open = async () => {
        const body = await caller.stream(call);
        options.onOpen?.();
        return body;
      };
      return watchEvents<T>(open, call, cluster, maxEventBytes);
    },

    create(resource, object, options = {}) {
      return sendForObject(() => calls.createCall(resource, object, fallback, options));
    },

    update(resource, object, options = {}) {
      return sendForObject(() => {
        const query = calls.writeQuery(options);
        const call = calls.objectCall("update", "PUT", resource, calls.keyOf(object), fallback, options, query);
        return { ...call, body: object };
      });
    },

    patch(resource, key, patch, options) {
      return sendForObject(() => {
        const query = calls.writeQuery(options);
        const call = calls.objectCall("patch", "PATCH", resource, key, fallback, options, query);
        return { ...call, body: patch, contentType: calls.contentTypes[options.type] };
      });
    },

    apply(resource, object, options) {
      return sendForObject(() => {
        const query = { ...calls.writeQuery(options), force: options.force === true ? true : undefined };
        const call = calls.objectCall("apply", "PATCH", resource, calls.keyOf(object), fallback, options, query);
        return { ...call, body: object, contentType: calls.contentTypes.apply };
      });
    },

    delete(resource, key, options = {}) {
      return sendForObject(() => {
        const call = calls.objectCall("delete", "DELETE", resource, key, fallback, options);
        return { ...call, body: calls.deleteBody(options) };
      });
    },

    async deleteCollection(resource, options) {
      const call = calls.collectionCall("deletecollection", "DELETE", resource, options);
      await caller.json({ ...call, body: calls.deleteBody(options) });
    },

    async post(path, body, options = {}) {
      const call = calls.pathCall("POST", path, options);
      const query = calls.writeQuery(options);
      return caller.json({ ...call, path: withQuery(path, query), body });
    },

    async getJson(path, options = {}) {
      return caller.json({ ...calls.pathCall("GET", path, options), accept: options.accept });
    },

    async getText(path, options = {}) {
      return caller.text({ ...calls.pathCall("GET", path, options), accept: "*/*" });
    },

    async stream(path, options = {}) {
      return caller.stream({ ...calls.pathCall("GET", path, options), accept: "*/*" });
    },

    close: () => transport.close(),
  };
}

async function* namedErrors(chunks: AsyncIterable<Buffer>, call: Call): AsyncGenerator<Buffer, void> {
  try {
    yield* chunks;
  } catch (error) {
    throw nameCall(error, call);
  }
}
