import { isObject, type JsonObject, jsonMerge } from "@fairlead/apimachinery";
import type { Api, Dependent, ObjectKey } from "../controllers/controller.ts";
import { ApiError, internalError, notFound } from "../errors.ts";
import { storeKey, type Kind } from "../resources/kind.ts";
import type { Stored } from "../store/store.ts";
import { typedObject } from "./decode-object.ts";
import { createObject } from "./registry/create.ts";
import { deleteObject } from "./registry/delete.ts";
import { applied, withUpdatedManagers } from "./registry/managers.ts";
import { nameOf, namespaceOf, timeText } from "./registry/metadata.ts";
import { listObjects, type Scope } from "./registry/parts.ts";
import { updateObject } from "./registry/update.ts";
import type { Server } from "./server.ts";
import { requestInfo } from "./request-info.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import type { User } from "./user.ts";

export interface InProcessOptions {
  readonly user: User;
  readonly fieldManager: string;
  readonly dependents: (uid: string) => readonly Dependent[];
}

/** The API server for what runs in its own process: the same rules, without authorization, bytes and sockets. */
export function inProcessApi(server: Server, { user, fieldManager, dependents }: InProcessOptions): Api {
  const resourceOf = (collection: string): Resource => {
    const resource = server.table.preferred(collection);
    if (resource === undefined) throw notFound({ group: "", plural: collection }, "");
    // Its objects are those of the store.
    return resource.definition === undefined ? resource : { ...resource, version: resource.storageVersion };
  };
  const scopeOf = (kind: Kind, namespace: string, subresource: string, options: string): Scope => ({
    kind,
    namespace: kind.resource.namespaced ? namespace : "",
    subresource,
    user,
    dryRun: false,
    fieldManager,
    options: { kind: options, apiVersion: "meta.k8s.io/v1", fieldManager },
    warn: () => {},
  });
  const typed = (kind: Kind, object: JsonObject): JsonObject =>
    typedObject(
      {
        ...object,
        apiVersion: apiVersionOf({ ...kind.resource, version: kind.resource.storageVersion }),
        kind: kind.resource.kind,
      },
      kind,
      [],
      {
        validation: "Ignore",
        warn: () => {},
        refuse: (why) => internalError(why),
      },
    );
  const write = async (collection: string, object: JsonObject, subresource: string): Promise<JsonObject> => {
    const kind = server.kinds.of(resourceOf(collection));
    const scope = scopeOf(kind, namespaceOf(object), subresource, "UpdateOptions");
    const wanted = typed(kind, object);
    const { object: written } = await updateObject(server, scope, nameOf(object), {
      change: (live) => withUpdatedManagers(scope, live, wanted, timeText(server.clock.now())),
    });
    return written;
  };
  const stored = (collection: string, key: ObjectKey): Stored | undefined =>
    server.store.get(collection, storeKey(key.namespace, key.name));
  return {
    get: (collection, key) => stored(collection, key)?.object,
    list: (collection, namespace) => listObjects(server.store, collection, namespace),
    dependents,
    async create(collection, object) {
      const kind = server.kinds.of(resourceOf(collection));
      return await createObject(server, scopeOf(kind, namespaceOf(object), "", "CreateOptions"), typed(kind, object));
    },
    update: (collection, object) => write(collection, object, ""),
    updateStatus: (collection, object) => write(collection, object, "status"),
    async patch(collection, key, patch, subresource = "") {
      const kind = server.kinds.of(resourceOf(collection));
      const scope = scopeOf(kind, key.namespace, subresource, "PatchOptions");
      const { object } = await updateObject(server, scope, key.name, {
        change: (live) => {
          if (live === undefined) throw notFound(kind.resource, key.name);
          const wanted = typed(kind, jsonMerge(live, patch) as JsonObject);
          return withUpdatedManagers(scope, live, wanted, timeText(server.clock.now()));
        },
      });
      return object;
    },
    async apply(collection, key, configuration, manager) {
      const kind = server.kinds.of(resourceOf(collection));
      const scope = { ...scopeOf(kind, key.namespace, "", "PatchOptions"), fieldManager: manager };
      const own = isObject(configuration["metadata"]) ? configuration["metadata"] : {};
      const within = kind.resource.namespaced ? { namespace: key.namespace } : {};
      const wanted = typed(kind, { ...configuration, metadata: { ...own, name: key.name, ...within } });
      const { object } = await updateObject(server, scope, key.name, {
        change: (live) => {
          if (live === undefined) throw notFound(kind.resource, key.name);
          return applied(scope, live, wanted, { force: true, time: timeText(server.clock.now()) });
        },
      });
      return object;
    },
    async createSubresource(collection, key, subresource, body) {
      const resource = resourceOf(collection);
      const kind = server.kinds.of(resource);
      const handler = server.subresources.get(`${resource.plural}/${subresource}`);
      if (handler === undefined) throw notFound(resource, `${key.name}/${subresource}`);
      const path = pathOf(resource, key, subresource);
      const query = new URLSearchParams();
      const request = { method: "POST", path, query, headers: {}, body: new Uint8Array(), user, signal: never };
      const scope = scopeOf(kind, key.namespace, subresource, "CreateOptions");
      const answer = await handler(server, { request, info: requestInfo("POST", path, query), resource, scope, body });
      return answer.kind === "body" && answer.status < 300
        ? (JSON.parse(Buffer.concat(answer.body).toString("utf8")) as JsonObject)
        : fail(answer.kind === "body" ? answer.status : 500, `${path} was refused`);
    },
    async delete(collection, key, options = {}) {
      const kind = server.kinds.of(resourceOf(collection));
      const scope = scopeOf(kind, key.namespace, "", "DeleteOptions");
      await deleteObject(
        server,
        { ...scope, options: { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1" } },
        key.name,
        options,
      );
    },
  };
}

const never = new AbortController().signal;

function fail(code: number, message: string): never {
  throw new ApiError(code, "", message);
}

function pathOf(resource: Resource, { namespace, name }: ObjectKey, subresource: string): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const within = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${within}/${resource.plural}/${encodeURIComponent(name)}/${subresource}`;
}
