import {
  get,
  isObject,
  matchesSelector,
  parseSelector,
  setOwn,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Client, ListOptions, ObjectList, WatchEvent, WatchOptions } from "../src/client/client.ts";
import type { Discovery } from "../src/discovery/discovery.ts";
import { KubeError } from "../src/errors.ts";
import { apiVersionOf, type ObjectKey, type Resource } from "../src/resource.ts";
import { builtinResources } from "./apply-fixtures.ts";
import { fakeStore, kubeError, type FakeStore, type FakeStoreOptions, type StoredEvent } from "./fake-store.ts";

/** What a client was asked: the verb is Kubernetes' own, `apply` among them. */
export interface FakeRequest {
  readonly verb: "get" | "list" | "watch" | "create" | "update" | "patch" | "apply" | "delete" | "deletecollection";
  readonly resource: Resource;
  readonly key?: ObjectKey;
  readonly object?: KrmObject;
  readonly dryRun: boolean;
}

export interface FakeClientOptions extends FakeStoreOptions {
  readonly resources?: readonly Resource[];
  /** What is there before anybody asks. */
  readonly objects?: readonly KrmObject[];
  /** Who created `objects`; `someone` unless told. */
  readonly manager?: string;
  /** Called before each request is carried out: it may throw, wait, or change the store. */
  readonly before?: (request: FakeRequest) => void | Promise<void>;
  /** Called after each request was carried out, before it is answered: throwing loses the answer. */
  readonly after?: (request: FakeRequest) => void | Promise<void>;
  /** The cluster of another client: several clients may share one. */
  readonly store?: FakeStore;
}

export interface FakeClient extends Client {
  readonly store: FakeStore;
  readonly requests: FakeRequest[];
  /** `apply Deployment shop/web`: all that were not reads or dry runs. */
  writes(): string[];
  resource(kind: string): Resource;
}

const reads = new Set<FakeRequest["verb"]>(["get", "list", "watch"]);

/**
 * A cluster in memory behind the `Client` contract: real server-side apply, resource versions, selectors, watches,
 * garbage collection of owners, namespaces and definitions. No controllers, no admission, no validation.
 */
export function fakeClient(options: FakeClientOptions = {}): FakeClient {
  const store = options.store ?? fakeStore(options.resources ?? builtinResources, options);
  const requests: FakeRequest[] = [];

  async function carryOut<T>(
    request: Omit<FakeRequest, "dryRun"> & { dryRun?: boolean | undefined },
    work: () => T,
    signal?: AbortSignal,
  ): Promise<T> {
    const full: FakeRequest = { ...request, dryRun: request.dryRun === true };
    refuseAborted(signal);
    requests.push(full);
    await options.before?.(full);
    // What was asked arrives and what is answered leaves in turns of their own, as over a network.
    await Promise.resolve();
    refuseAborted(signal);
    const result = work();
    await options.after?.(full);
    return result;
  }

  const find: Client["find"] = async <T extends KrmObject>(
    resource: Resource,
    key: ObjectKey,
    call?: { signal?: AbortSignal },
  ) => carryOut({ verb: "get", resource, key }, () => store.find(resource, key) as T | undefined, call?.signal);

  const list: Client["list"] = async <T extends KrmObject>(resource: Resource, call: ListOptions = {}) =>
    carryOut({ verb: "list", resource }, () => page<T>(store, resource, call), call.signal);

  const client: FakeClient = {
    access: {
      name: "fake",
      server: new URL("https://fake.invalid"),
      namespace: "default",
      credentials: {
        current: () => Promise.resolve({ headers: {}, tls: {} }),
        rejected: (credential) => Promise.resolve(credential),
      },
    },
    get transport(): never {
      throw new Error("the fake client has no transport");
    },
    discovery: fakeDiscovery(store),
    store,
    requests,
    writes: () =>
      requests
        .filter(({ verb, dryRun }) => !reads.has(verb) && !dryRun)
        .map(({ verb, resource, key, object }) => {
          const { namespace, name } = key ?? (object?.metadata as ObjectKey) ?? { name: "" };
          return `${verb} ${resource.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
        }),
    resource: (kind) => {
      const found = store.resources().find((one) => one.kind === kind);
      if (found === undefined) throw new RangeError(`the fake cluster serves no ${kind}`);
      return found;
    },
    find,
    list,
    async get<T extends KrmObject>(resource: Resource, key: ObjectKey, call?: { signal?: AbortSignal }) {
      const found = await find<T>(resource, key, call);
      if (found === undefined) throw store.notFound(resource, key);
      return found;
    },
    async *pages<T extends KrmObject>(resource: Resource, call: ListOptions = {}) {
      let token: string | undefined;
      do {
        const one = await list<T>(resource, {
          limit: 500,
          ...call,
          ...(token === undefined ? {} : { continue: token }),
        });
        yield one;
        token = one.continue;
      } while (token !== undefined);
    },
    watch: <T extends KrmObject>(resource: Resource, call: WatchOptions = {}) => {
      requests.push({ verb: "watch", resource, dryRun: false });
      return watch<T>(store, resource, call);
    },
    create: (resource, object, call = {}) =>
      carryOut(
        { verb: "create", resource, object, dryRun: call.dryRun },
        () => store.create(resource, object, context(call)) as typeof object,
        call.signal,
      ),
    update: (resource, object, call = {}) =>
      carryOut(
        { verb: "update", resource, object, dryRun: call.dryRun },
        () => store.update(resource, object, context(call)) as typeof object,
        call.signal,
      ),
    patch: <T extends KrmObject>(
      resource: Resource,
      key: ObjectKey,
      patch: JsonValue,
      call: Parameters<Client["patch"]>[3],
    ) =>
      carryOut(
        { verb: "patch", resource, key, dryRun: call.dryRun },
        () => {
          const before = store.find(resource, key);
          if (before === undefined) throw store.notFound(resource, key);
          if (call.type === "json") throw new Error("the fake client knows merge patches only");
          return store.update(resource, merge(before, patch) as KrmObject, context(call)) as T;
        },
        call.signal,
      ),
    apply: (resource, object, call) =>
      carryOut(
        { verb: "apply", resource, object, dryRun: call.dryRun },
        () =>
          store.apply(resource, object, {
            ...context(call),
            ...(call.force === undefined ? {} : { force: call.force }),
          }) as typeof object,
        call.signal,
      ),
    delete: (resource, key, call = {}) =>
      carryOut(
        { verb: "delete", resource, key, dryRun: call.dryRun },
        () => {
          if (call.dryRun !== true) return store.remove(resource, key, call.preconditions);
          const found = store.find(resource, key);
          if (found === undefined) throw store.notFound(resource, key);
          return found;
        },
        call.signal,
      ),
    deleteCollection: (resource, call) =>
      carryOut(
        { verb: "deletecollection", resource, dryRun: call.dryRun },
        () => {
          for (const object of page(store, resource, call).items) store.remove(resource, object.metadata as ObjectKey);
        },
        call.signal,
      ),
    post: () => Promise.reject(new Error("the fake client does not post")),
    getJson: () => Promise.reject(new Error("the fake client reads no paths")),
    getText: () => Promise.reject(new Error("the fake client reads no paths")),
    stream: () => Promise.reject(new Error("the fake client reads no paths")),
    close: () => Promise.resolve(),
  };
  const { manager = "someone" } = options;
  for (const object of options.objects ?? []) {
    const resource = resourceOf(store, object);
    store.create(resource, object, { manager });
    if (object["status"] !== undefined) {
      const current = store.find(resource, object.metadata as ObjectKey)!;
      store.update(resource, { ...current, status: object["status"] }, { manager, subresource: "status" });
    }
  }
  return client;
}

function context(call: { fieldManager?: string; dryRun?: boolean; subresource?: string }): {
  manager: string;
  dryRun: boolean;
  subresource?: string;
} {
  const { fieldManager = "fake-client", dryRun = false, subresource } = call;
  return { manager: fieldManager, dryRun, ...(subresource === undefined ? {} : { subresource }) };
}

function resourceOf(store: FakeStore, { apiVersion, kind }: KrmObject): Resource {
  const found = store.resources().find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  if (found === undefined) throw new RangeError(`the fake cluster serves no ${apiVersion} ${kind}`);
  return found;
}

type Filter = Pick<ListOptions, "namespace" | "labelSelector" | "fieldSelector">;

function filterOf({ namespace, labelSelector, fieldSelector }: Filter): (object: KrmObject) => boolean {
  const parsed = parseSelector(labelSelector ?? "");
  if (labelSelector !== undefined && labelSelector !== "" && parsed.kind === "problem") {
    throw kubeError("bad-request", 400, "BadRequest", parsed.message);
  }
  const fields = (fieldSelector ?? "").split(",").filter((one) => one !== "");
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (parsed.kind === "problem" || matchesSelector(parsed.selector, object.metadata.labels ?? {})) &&
    fields.every((one) => {
      const [path = "", wanted = ""] = one.split("=");
      const found = path.split(".").reduce<JsonValue | undefined>((value, step) => get(value, step), object);
      return String(found ?? "") === wanted;
    });
}

function page<T extends KrmObject>(store: FakeStore, resource: Resource, call: ListOptions): ObjectList<T> {
  const all = store.list(resource, call.namespace).filter(filterOf(call));
  const start = Number(call.continue ?? 0);
  const end = call.limit === undefined || call.limit === 0 ? all.length : start + call.limit;
  const rest = end < all.length ? { continue: String(end), remainingItemCount: all.length - end } : {};
  return { resourceVersion: String(store.version()), ...rest, items: all.slice(start, end) as T[] };
}

async function* watch<T extends KrmObject>(
  store: FakeStore,
  resource: Resource,
  call: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  store.checkServed(resource);
  const matches = filterOf(call);
  const { signal } = call;
  let seen =
    call.resourceVersion === undefined || call.resourceVersion === "0" ? store.version() : Number(call.resourceVersion);
  let next = store.events.findIndex(({ resourceVersion }) => resourceVersion > seen);
  if (next < 0) next = store.events.length;
  if (call.sendInitialEvents === true) {
    seen = store.version();
    next = store.events.length;
    for (const object of store.list(resource, call.namespace).filter(matches))
      yield { type: "ADDED", object: object as T };
    yield { type: "BOOKMARK", resourceVersion: String(seen), initialEventsEnd: true };
  }
  const inside = new Set<string>();
  const concerns = (event: StoredEvent): boolean =>
    event.resource.group === resource.group && event.resource.kind === resource.kind;
  for (const event of store.events.slice(0, next).filter(concerns)) {
    if (event.type !== "DELETED" && matches(event.object)) inside.add(nameOf(event.object));
    else inside.delete(nameOf(event.object));
  }
  while (true) {
    while (next < store.events.length) {
      const event = store.events[next++]!;
      // A kind goes with its definition, and the watches of it end.
      if (event.type === "DELETED" && event.resource.kind === "CustomResourceDefinition") store.checkServed(resource);
      if (!concerns(event)) continue;
      const key = nameOf(event.object);
      const apiVersion = apiVersionOf(resource);
      const object = { ...event.object, apiVersion } as T;
      // An object that stops matching is gone for this watch, as the server tells it.
      const was = inside.has(key);
      const is = event.type !== "DELETED" && matches(object);
      if (is) inside.add(key);
      else inside.delete(key);
      if (is) yield { type: was || event.type === "MODIFIED" ? "MODIFIED" : "ADDED", object };
      else if (was || (event.type === "DELETED" && matches(object))) yield { type: "DELETED", object };
    }
    if (isAborted(signal)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    store.watchers.add(resolve);
    signal?.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    store.watchers.delete(resolve);
    if (isAborted(signal)) return;
  }
}

function nameOf({ metadata }: KrmObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function refuseAborted(signal: AbortSignal | undefined): void {
  if (isAborted(signal)) throw new KubeError("aborted", "the call was aborted");
}

/** RFC 7386. */
function merge(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setOwn(result, key, merge(get(target, key), value));
  }
  return result;
}

function fakeDiscovery(store: FakeStore): Discovery {
  // As a real one it remembers until it is told to forget.
  let cached: readonly Resource[] | undefined;
  const resources = (): readonly Resource[] => (cached ??= store.resources());
  const known = (kind: { apiVersion: string; kind: string }): Resource | undefined =>
    resources().find((one) => one.kind === kind.kind && apiVersionOf(one) === kind.apiVersion);
  const search = (kind: { apiVersion: string; kind: string }): Resource | undefined => {
    const found = known(kind);
    if (found !== undefined) return found;
    cached = undefined;
    return known(kind);
  };
  return {
    resources: () => Promise.resolve(resources()),
    find: (kind) => Promise.resolve(search(kind)),
    resource: (kind) => {
      const found = search(kind);
      if (found !== undefined) return Promise.resolve(found);
      return Promise.reject(new KubeError("unknown-kind", `${kind.apiVersion} ${kind.kind} is not served`));
    },
    lookup: (text) =>
      Promise.resolve(
        resources().find(({ kind, plural }) => plural === text || kind.toLowerCase() === text.toLowerCase()),
      ),
    schema: () => Promise.resolve(undefined),
    version: () => Promise.resolve("1.36.3"),
    failures: () => Promise.resolve(new Map()),
    invalidate: () => {
      cached = undefined;
    },
  };
}
