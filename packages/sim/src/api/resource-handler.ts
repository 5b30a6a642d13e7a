import { isObject, textOf, type JsonArray, type JsonObject } from "@fairlead/apimachinery";
import { ApiError, badRequest, invalid, methodNotAllowed, notFound, unsupportedMediaType } from "../errors.ts";
import { unsupportedValue } from "../field-problem.ts";
import { storeKey, type Kind } from "../resources/kind.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import type { Stored } from "../store/store.ts";
import { decodeBody, decodeYaml, mediaTypeOf } from "./body.ts";
import { decodeObject, typedObject, type FieldValidation } from "./decode-object.ts";
import { encode, itemBytes, json, listBytes } from "./encode.ts";
import { listOptions } from "./list-options.ts";
import { patched, patchTypes } from "./patch.ts";
import { createObject } from "./registry/create.ts";
import { deleteObject, deleteRequest } from "./registry/delete.ts";
import { applied, withUpdatedManagers } from "./registry/managers.ts";
import { nameOf, namespaceOf, timeText, withoutRepeatedOwners } from "./registry/metadata.ts";
import type { Scope } from "./registry/parts.ts";
import { updateObject } from "./registry/update.ts";
import { partialMetadata, representationOf, type Representation } from "./representation.ts";
import type { ApiRequest, ApiResponse, RequestInfo } from "./request.ts";
import type { Server } from "./server.ts";
import { handleScale } from "./scale.ts";
import { listStored } from "./verbs/list.ts";
import { frameOf, openWatch } from "./verbs/watch.ts";
import { fromStorage, toStorage } from "./versions.ts";

interface Call {
  readonly server: Server;
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  /** In the version of the path. */
  readonly resource: Resource;
  readonly kind: Kind;
  readonly scope: Scope;
  readonly validation: FieldValidation;
  readonly representation: Representation;
  readonly warnings: string[];
}

/** A request about a resource that there is, from somebody who may. */
export async function handleResource(
  server: Server,
  request: ApiRequest,
  info: RequestInfo,
  resource: Resource,
): Promise<ApiResponse> {
  const kind = server.kinds.of(resource);
  const call = callOf(server, request, info, resource, kind);
  const { subresource } = info;
  if (subresource !== "") {
    const known = resource.subresources.get(subresource);
    if (known === undefined) return notServed();
    const handler = server.subresources.get(`${info.resource}/${subresource}`);
    if (handler !== undefined) {
      const { scope } = call;
      return await handler(server, {
        request,
        info,
        resource,
        scope,
        body: bodyOf(call, { ...known, version: known.version || resource.version }),
      });
    }
    if (subresource === "scale")
      return await handleScale(server, { request, info, resource, scope: call.scope, body: undefined });
  } else if (!resource.verbs.includes(info.verb)) {
    throw methodNotAllowed(resource, info.verb);
  }
  const virtual = server.virtual.get(kind.collection);
  if (virtual !== undefined) {
    const body = bodyOf(call, resource);
    return answerObject(call, await virtual(server, { request, info, resource, scope: call.scope, body }), 201);
  }
  switch (info.verb) {
    case "get":
      return answerStored(call, find(call));
    case "list":
      return list(call);
    case "watch":
      return watch(call);
    case "create":
      return await create(call);
    case "update":
      return await update(call);
    case "patch":
      return await patch(call);
    case "delete":
      return await deleteOne(call);
    case "deletecollection":
      return await deleteCollection(call);
    default:
      throw methodNotAllowed(resource, info.verb);
  }
}

function notServed(): ApiResponse {
  return {
    kind: "body",
    status: 404,
    contentType: "text/plain; charset=utf-8",
    body: [Buffer.from("404 page not found\n")],
  };
}

const optionKinds: Readonly<Record<string, string>> = {
  create: "CreateOptions",
  update: "UpdateOptions",
  patch: "PatchOptions",
  delete: "DeleteOptions",
  deletecollection: "DeleteOptions",
};

function callOf(server: Server, request: ApiRequest, info: RequestInfo, resource: Resource, kind: Kind): Call {
  const { query, headers, user } = request;
  const warnings: string[] = [];
  const warn = (text: string): void => {
    if (!warnings.includes(text)) warnings.push(text);
  };
  const accept = headers["accept"];
  const dryRun = query.getAll("dryRun");
  const optionsKind = optionKinds[info.verb] ?? "CreateOptions";
  const badDryRun = dryRun.find((one) => one !== "All" && one !== "");
  const problems = badDryRun === undefined ? [] : [unsupportedValue("dryRun", dryRun, ["All"])];
  const validation = query.get("fieldValidation") ?? "";
  if (!["", "Ignore", "Warn", "Strict"].includes(validation)) {
    problems.push(unsupportedValue("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]));
  }
  if (problems.length > 0 && info.verb !== "get" && info.verb !== "list" && info.verb !== "watch") {
    throw invalid({ group: "meta.k8s.io", kind: optionsKind }, "", problems);
  }
  const manager = query.get("fieldManager") ?? "";
  const options: JsonObject = {
    kind: optionsKind,
    apiVersion: "meta.k8s.io/v1",
    ...(dryRun.includes("All") ? { dryRun: ["All"] } : {}),
    ...(manager === "" ? {} : { fieldManager: manager }),
    ...(validation === "" ? {} : { fieldValidation: validation }),
  };
  const scope: Scope = {
    kind,
    namespace: resource.namespaced ? info.namespace : "",
    subresource: info.subresource,
    user,
    dryRun: dryRun.includes("All"),
    fieldManager: manager === "" ? managerOf(headers["user-agent"]) : manager,
    options,
    warn,
  };
  return {
    server,
    request,
    info,
    resource,
    kind,
    scope,
    validation: validation === "" ? "Warn" : (validation as FieldValidation),
    representation: representationOf(typeof accept === "string" ? accept : "", query),
    warnings,
  };
}

/** The name of a program, of its user agent: what stands before the first slash. */
function managerOf(userAgent: string | readonly string[] | undefined): string {
  const name = (typeof userAgent === "string" ? userAgent : "").split("/")[0]!;
  // eslint-disable-next-line no-control-regex
  return name.replaceAll(/[^\x20-\x7e]/g, "").slice(0, 128);
}

function bodyOf(
  { request, scope, validation }: Call,
  resource: { readonly group: string; readonly version: string; readonly kind: string },
): JsonObject | undefined {
  if (request.body.length === 0) return undefined;
  void scope;
  void validation;
  const { object } = decodeBody(request.body, mediaTypeOf(request.headers["content-type"]), () => undefined);
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}

function find({ server, kind, scope, info, resource }: Call): Stored {
  const stored = server.store.get(kind.collection, storeKey(scope.namespace, info.name));
  if (stored === undefined) throw notFound(resource, info.name);
  return stored;
}

function answerStored(call: Call, stored: Stored, status = 200): ApiResponse {
  const { resource, representation, warnings } = call;
  if (
    representation.kind !== "object" ||
    resource.version !== resource.storageVersion ||
    resource.group === "events.k8s.io"
  ) {
    return answerObject(call, stored.object, status);
  }
  return { kind: "body", status, contentType: json, body: [stored.bytes], warnings };
}

/** An object in storage version, as the client wants it. */
function answerObject(call: Call, object: JsonObject, status: number): ApiResponse {
  const { server, resource, representation, warnings } = call;
  const own = object["kind"] === resource.kind ? fromStorage(object, resource) : object;
  let body = own;
  if (object["kind"] !== "Status") {
    if (representation.kind === "table") {
      const { includeObject, version } = representation;
      body = server.tableOf(resource, [own], { includeObject, version, now: server.clock.now() });
    } else if (representation.kind === "metadata") body = partialMetadata(own, representation.version);
  }
  return { kind: "body", status, contentType: json, body: [encode(body)], warnings };
}

/** What was written: its bytes are in the store, unless it was a dry run. */
function answerWritten(call: Call, object: JsonObject, status: number): ApiResponse {
  const { server, kind, scope } = call;
  const stored = server.store.get(kind.collection, storeKey(scope.namespace, nameOf(object)));
  return stored?.object === object ? answerStored(call, stored, status) : answerObject(call, object, status);
}

function list(call: Call): ApiResponse {
  const { server, kind, scope, resource, request, info, representation, warnings } = call;
  const options = listOptions(request.query, kind, info.name, false);
  const { items, revision, continueToken, remaining } = listStored(server.store, kind, scope.namespace, options);
  const metadata: JsonObject = {
    resourceVersion: String(revision),
    ...(continueToken === "" ? {} : { continue: continueToken }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
  const isStored = resource.version === resource.storageVersion && resource.group !== "events.k8s.io";
  if (representation.kind === "object" && isStored) {
    const bytes = itemBytes(resource);
    return {
      kind: "body",
      status: 200,
      contentType: json,
      body: listBytes(resource, metadata, items.map(bytes)),
      warnings,
    };
  }
  const objects = items.map((one) => fromStorage(one.object, resource));
  if (representation.kind === "object") {
    const body = {
      kind: `${resource.kind}List`,
      apiVersion: apiVersionOf(resource),
      metadata,
      items: objects.map(withoutType),
    };
    return { kind: "body", status: 200, contentType: json, body: [encode(body)], warnings };
  }
  const body: JsonObject =
    representation.kind === "table"
      ? {
          ...server.tableOf(resource, objects, {
            includeObject: representation.includeObject,
            version: representation.version,
            now: server.clock.now(),
          }),
          metadata,
        }
      : {
          kind: "PartialObjectMetadataList",
          apiVersion: `meta.k8s.io/${representation.version}`,
          metadata,
          items: objects.map((one) => partialMetadata(one, representation.version)),
        };
  return { kind: "body", status: 200, contentType: json, body: [encode(body)], warnings };
}

function withoutType({ kind: _, apiVersion: __, ...rest }: JsonObject): JsonObject {
  return rest;
}

function watch(call: Call): ApiResponse {
  const { server, kind, scope, resource, request, info, representation, warnings } = call;
  const options = listOptions(request.query, kind, info.name, true);
  const isStored = resource.version === resource.storageVersion && resource.group !== "events.k8s.io";
  const shareAs =
    representation.kind === "object"
      ? apiVersionOf(resource)
      : representation.kind === "metadata"
        ? `${apiVersionOf(resource)} metadata ${representation.version}`
        : undefined;
  const start = openWatch(server, {
    kind,
    namespace: scope.namespace,
    options,
    shareAs,
    encode: (type, stored, first) => {
      if (representation.kind === "object" && isStored) return frameOf(type, stored.bytes);
      const object = fromStorage(stored.object, resource);
      if (representation.kind === "object") return frameOf(type, encode(object));
      if (representation.kind === "metadata")
        return frameOf(type, encode(partialMetadata(object, representation.version)));
      const { includeObject, version } = representation;
      const table = server.tableOf(resource, [object], { includeObject, version, now: server.clock.now() });
      // Only the first table of a watch says its columns.
      if (!first) table["columnDefinitions"] = null;
      return frameOf(type, encode(table));
    },
  });
  return { kind: "stream", contentType: json, warnings, start };
}

function decoded(call: Call): JsonObject {
  const { server, request, resource, kind, validation, scope } = call;
  const body = decodeBody(request.body, mediaTypeOf(request.headers["content-type"]), server.protobuf);
  return toStorage(decodeObject(body, resource, kind, { validation, warn: scope.warn }), kind);
}

async function create(call: Call): Promise<ApiResponse> {
  const { server, scope, info } = call;
  if (info.name !== "" && info.subresource === "") throw methodNotAllowed(call.resource, "create");
  const object = decoded(call);
  server.checkEscalation?.(scope, object, undefined);
  return answerWritten(call, await createObject(server, scope, object), 201);
}

async function update(call: Call): Promise<ApiResponse> {
  const { server, scope, info } = call;
  const object = decoded(call);
  checkName(object, info);
  const { object: written, created } = await updateObject(server, scope, info.name, {
    change: (live) => {
      const unique = withoutRepeatedOwners(object, scope.warn, false);
      server.checkEscalation?.(scope, unique, live);
      return withUpdatedManagers(scope, live, unique, timeText(server.clock.now()));
    },
    authorizeCreate: () => authorizeCreate(call),
  });
  return answerWritten(call, written, created ? 201 : 200);
}

function checkName(object: JsonObject, { name, namespace }: RequestInfo): void {
  const own = nameOf(object);
  if (own === "") {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (own !== name) {
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  }
  const other = namespaceOf(object);
  if (namespace !== "" && other !== "" && other !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}

function authorizeCreate({ server, request, info }: Call): void {
  const { group, version, resource, subresource, namespace, name } = info;
  const { user } = request;
  const attributes = {
    kind: "resource",
    user,
    verb: "create",
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
  } as const;
  const { allowed, reason } = server.authorizer.decide(attributes);
  if (allowed) return;
  throw new ApiError(403, "Forbidden", reason);
}

async function patch(call: Call): Promise<ApiResponse> {
  const { server, request, info, scope, resource, kind, validation } = call;
  const contentType = mediaTypeOf(request.headers["content-type"]);
  const accepted: readonly string[] = kind.isCustom
    ? [patchTypes.json, patchTypes.merge, patchTypes.apply]
    : [patchTypes.json, patchTypes.merge, patchTypes.strategic, patchTypes.apply];
  if (!accepted.includes(contentType)) throw unsupportedMediaType(accepted);
  const time = timeText(server.clock.now());
  const isApply = contentType === patchTypes.apply;
  const force = request.query.get("force") === "true";
  checkPatchOptions(request, isApply);
  const configuration = isApply ? applyBody(call) : undefined;
  const { object, created } = await updateObject(server, scope, info.name, {
    createsMissing: isApply,
    authorizeCreate: () => authorizeCreate(call),
    change: (live) => {
      if (configuration !== undefined) {
        const next = applied(scope, live, configuration, { force, time });
        server.checkEscalation?.(scope, next, live);
        return next;
      }
      if (live === undefined) throw notFound(resource, info.name);
      const base = fromStorage(live, resource);
      const raw = patched(request.body, contentType, base, kind);
      const typed = typedObject(raw, kind, [], {
        validation,
        warn: scope.warn,
        refuse: (why) => {
          const message = `Invalid value: ${JSON.stringify(JSON.stringify(raw))}: ${why}`;
          return invalid({ group: "", kind: "" }, "", [{ field: "patch", reason: "FieldValueInvalid", message }]);
        },
      });
      const next = toStorage(typed, kind);
      if (nameOf(next) !== info.name) checkName(next, info);
      server.checkEscalation?.(scope, next, live);
      return withUpdatedManagers(scope, live, next, time);
    },
  });
  return answerWritten(call, object, created ? 201 : 200);
}

function checkPatchOptions({ query }: ApiRequest, isApply: boolean): void {
  const problems = [];
  if (isApply && (query.get("fieldManager") ?? "") === "") {
    problems.push({
      field: "fieldManager",
      reason: "FieldValueRequired",
      message: "Required value: is required for apply patch",
    });
  }
  if (!isApply && query.has("force")) {
    problems.push({
      field: "force",
      reason: "FieldValueForbidden",
      message: "Forbidden: may not be specified for non-apply patch",
    });
  }
  if (problems.length > 0) throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", problems);
}

/** The configuration of an apply: YAML or JSON, of the path's kind. */
function applyBody({ request, resource, info, kind }: Call): JsonObject {
  const { value } = decodeYaml(request.body);
  if (!isObject(value)) throw badRequest("error decoding YAML: the configuration is no object");
  const [apiVersion, name] = [textOf(value["apiVersion"]), textOf(value["kind"])];
  if (apiVersion === "" || name === "") {
    throw badRequest(`invalid object type: ${apiVersion === "" ? "apiVersion" : "kind"} is not set`);
  }
  const expected = apiVersionOf(resource);
  if (name !== resource.kind || apiVersion !== expected) {
    const [got, want] = [
      apiVersion === expected ? name : apiVersion,
      apiVersion === expected ? resource.kind : expected,
    ];
    throw badRequest(
      `the ${apiVersion === expected ? "kind" : "API version"} in the data (${got}) does not match the expected ${apiVersion === expected ? "kind" : "API version"} (${want})`,
    );
  }
  const metadata = value["metadata"];
  if (isObject(metadata) && Array.isArray(metadata["managedFields"]) && metadata["managedFields"].length > 0) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const own = isObject(metadata) ? metadata : {};
  checkName({ ...value, metadata: { ...own, name: own["name"] ?? info.name } }, info);
  return toStorage(
    {
      ...value,
      metadata: {
        ...own,
        name: info.name,
        ...(info.namespace === "" || !resource.namespaced ? {} : { namespace: info.namespace }),
      },
    },
    kind,
  );
}

function deleteOptions({ request, scope }: Call): { options: JsonObject; dryRun: boolean } {
  const { query, body } = request;
  const sent =
    body.length === 0
      ? fromQuery(query)
      : decodeBody(body, mediaTypeOf(request.headers["content-type"]), () => undefined).object;
  const { kind: _, apiVersion: __, ...own } = sent;
  const dryRun = Array.isArray(own["dryRun"]) && own["dryRun"].includes("All");
  return { options: own, dryRun: dryRun || scope.dryRun };
}

function fromQuery(query: URLSearchParams): JsonObject {
  const options: JsonObject = {};
  const grace = query.get("gracePeriodSeconds");
  if (grace !== null && /^-?\d+$/.test(grace)) options["gracePeriodSeconds"] = Number(grace);
  const policy = query.get("propagationPolicy");
  if (policy !== null) options["propagationPolicy"] = policy;
  const orphan = query.get("orphanDependents");
  if (orphan !== null) options["orphanDependents"] = orphan === "true";
  return options;
}

function withDeleteOptions(call: Call): { scope: Scope; asked: ReturnType<typeof deleteRequest> } {
  const { options, dryRun } = deleteOptions(call);
  const scope: Scope = {
    ...call.scope,
    dryRun,
    options: { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1", ...options },
  };
  return { scope, asked: deleteRequest(options) };
}

async function deleteOne(call: Call): Promise<ApiResponse> {
  const { server, info, resource, kind } = call;
  const { scope, asked } = withDeleteOptions(call);
  const { object, gone } = await deleteObject(server, scope, info.name, asked);
  const status = !gone && asked.orphanDependents === false ? 202 : 200;
  if (!gone || kind.strategy.answersDeleted === true) return answerObject(call, object, status);
  const { metadata } = object;
  const uid = isObject(metadata) ? textOf(metadata["uid"]) : "";
  const details: JsonObject = {
    name: info.name,
    ...(resource.group === "" ? {} : { group: resource.group }),
    kind: resource.plural,
    ...(uid === "" ? {} : { uid }),
  };
  const body: JsonObject = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
  return answerObject(call, body, status);
}

async function deleteCollection(call: Call): Promise<ApiResponse> {
  const { server, kind, resource, request } = call;
  const { scope, asked } = withDeleteOptions(call);
  const options = listOptions(request.query, kind, "", false);
  const { items, revision } = listStored(server.store, kind, scope.namespace, options);
  const deleted: JsonArray = [];
  for (const { object } of items) {
    const own: Scope = { ...scope, namespace: namespaceOf(object) };
    try {
      await deleteObject(server, own, nameOf(object), asked);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error;
    }
    const converted = fromStorage(object, resource);
    deleted.push(resource.definition === undefined ? withoutType(converted) : converted);
  }
  const body: JsonObject = {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: { resourceVersion: String(revision) },
    items: deleted,
  };
  return { kind: "body", status: 200, contentType: json, body: [encode(body)], warnings: call.warnings };
}
