import {
  applyScale,
  get,
  isObject,
  managedFieldsOf,
  scaleManagers,
  textOf,
  type FieldManager,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { liveObject } from "../conversions/custom/versioned.ts";
import { ApiError, badRequest, invalid, methodNotAllowed, notFound } from "../errors.ts";
import { invalidValue } from "../field-problem.ts";
import { storeKey, type Kind } from "../resources/kind.ts";
import { scaleTable } from "../tables/scale-table.ts";
import { decodeBody, decodeYaml, mediaTypeOf } from "./body.ts";
import { objectAnswer } from "./encode.ts";
import { patched, patchTypes } from "./patch.ts";
import { applyConflict } from "./registry/managers.ts";
import { inNamespace, metadataOf, nameOf, timeText, withMetadata } from "./registry/metadata.ts";
import { admissionRequest, mutated } from "./registry/parts.ts";
import { updateObject } from "./registry/update.ts";
import { partialMetadata, representationOf, withVersion } from "./representation.ts";
import type { ApiRequest, ApiResponse } from "./request.ts";
import type { Server, SubresourceCall } from "./server.ts";

/** The `scale` subresource: a view of an object's replicas, `autoscaling/v1`. */
export async function handleScale(server: Server, call: SubresourceCall): Promise<ApiResponse> {
  const { info, resource, request, scope } = call;
  const kind = server.kinds.of(resource);
  const stored = server.store.get(kind.collection, storeKey(scope.namespace, info.name))?.object;
  if (stored === undefined) throw notFound(resource, info.name);
  const live = await liveObject(kind, stored);
  const answer = (object: JsonObject): ApiResponse => objectAnswer(represented(server, request, scaleOf(kind, object)));
  if (info.verb === "get") return answer(live);
  if (info.verb !== "update" && info.verb !== "patch") throw methodNotAllowed(resource, info.verb);
  const contentType = mediaTypeOf(request.headers["content-type"]);
  // Scaling goes through the object's own preparation: it is a change of what is wanted.
  const main = { ...scope, subresource: "" };
  const isApply = info.verb === "patch" && contentType === patchTypes.apply;
  // Admission sees Scales.
  const admit = (wanted: JsonObject, before: JsonObject): Promise<JsonObject> =>
    mutated(server, scope, "UPDATE", info.name, wanted, before);
  const { object } = await updateObject(server, main, info.name, {
    isPatch: true,
    validate: async (next, before) => {
      const [wanted, old] = [scaleOf(kind, next), scaleOf(kind, before)];
      await server.admission.validate(admissionRequest(scope, "UPDATE", info.name, wanted, old));
    },
    change: async (current) => {
      if (current === undefined) throw notFound(resource, info.name);
      const scale = scaleOf(kind, current);
      if (isApply) {
        const next = appliedScale(server, call, kind, current);
        const view = scaleOf(kind, next);
        const admitted = await admit(view, scale);
        return admitted === view ? next : scaled(kind, next, admitted, scope.fieldManager);
      }
      const wanted =
        info.verb === "patch"
          ? patched(request.body, contentType, scale, scaleKind(kind))
          : decodeBody(request.body, contentType, server.protobuf, "Scale").object;
      const named = inNamespace({ ...wanted, apiVersion: "autoscaling/v1", kind: "Scale" }, scope.namespace);
      return scaled(kind, current, await admit(named, scale), scope.fieldManager);
    },
  });
  return answer(object);
}

/** As the client wants it: kubectl shows it as a table. */
function represented(server: Server, { headers, query }: ApiRequest, scale: JsonObject): JsonObject {
  const { accept } = headers;
  const representation = representationOf(typeof accept === "string" ? accept : "", query);
  switch (representation.kind) {
    case "object":
      return scale;
    case "table":
      return withVersion(scaleTable(scale, { ...representation, now: server.clock.now() }), scale);
    case "metadata":
      return partialMetadata(scale, representation.version);
  }
}

const scaleSchema = "io.k8s.api.autoscaling.v1.Scale";

function scaleKind(kind: Kind): Kind {
  return { ...kind, isCustom: false, schema: { $ref: scaleSchema } };
}

export function scaleOf(kind: Kind, object: JsonObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadataOf(object);
  const selector = selectorText(kind, object);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name: name!,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: specReplicas(kind, object) === 0 ? {} : { replicas: specReplicas(kind, object) },
    status: { replicas: numberAt(object, statusPath(kind)), ...(selector === "" ? {} : { selector }) },
  };
}

function pathOf(text: string): readonly string[] {
  return text.split(".").filter((part) => part !== "");
}

function specPath({ scale }: Kind): readonly string[] {
  return pathOf(scale?.specReplicasPath ?? ".spec.replicas");
}

function statusPath({ scale }: Kind): readonly string[] {
  return pathOf(scale?.statusReplicasPath ?? ".status.replicas");
}

function valueAt(object: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const key of path) value = get(value, key);
  return value;
}

function numberAt(object: JsonObject, path: readonly string[]): number {
  const value = valueAt(object, path);
  return typeof value === "number" ? value : 0;
}

function specReplicas(kind: Kind, object: JsonObject): number {
  return numberAt(object, specPath(kind));
}

function selectorText(kind: Kind, object: JsonObject): string {
  if (kind.isCustom) {
    const path = kind.scale?.labelSelectorPath;
    return path === undefined ? "" : textOf(valueAt(object, pathOf(path)));
  }
  const selector = get(object["spec"], "selector");
  if (!isObject(selector)) return "";
  const labels = kind.resource.kind === "ReplicationController" ? selector : selector["matchLabels"];
  const pairs = Object.entries(isObject(labels) ? labels : {}).map(([key, value]) => `${key}=${textOf(value)}`);
  return [...pairs.sort(), ...expressionTexts(selector["matchExpressions"])].join(",");
}

function expressionTexts(expressions: JsonValue | undefined): string[] {
  if (!Array.isArray(expressions)) return [];
  return expressions.map((one) => {
    const [key, operator] = [textOf(get(one, "key")), textOf(get(one, "operator"))];
    const values = get(one, "values");
    const list = Array.isArray(values) ? values.map(textOf).sort().join(",") : "";
    switch (operator) {
      case "In":
        return `${key} in (${list})`;
      case "NotIn":
        return `${key} notin (${list})`;
      case "Exists":
        return key;
      default:
        return `!${key}`;
    }
  });
}

function scaled(kind: Kind, live: JsonObject, wanted: JsonObject, manager: string): JsonObject {
  const name = nameOf(live);
  const own = nameOf(wanted);
  if (own !== "" && own !== name) {
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  }
  const replicas = get(wanted["spec"], "replicas") ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) throw badRequest("spec.replicas must be an integer");
  if (replicas < 0 && !kind.isCustom) {
    const problem = invalidValue("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid({ group: "autoscaling", kind: "Scale" }, name, [problem]);
  }
  const version = textOf(metadataOf(wanted)["resourceVersion"]);
  const before = specReplicas(kind, live);
  const path = specPath(kind);
  const managers = scaleManagers({
    live,
    replicasPath: path.map((part) => ({ kind: "field", name: part })),
    before,
    replicas,
    manager,
  });
  return withReplicas(kind, live, replicas, managers, version);
}

function withReplicas(
  kind: Kind,
  live: JsonObject,
  replicas: number,
  managers: readonly FieldManager[],
  version: string,
): JsonObject {
  const next = withAt(live, specPath(kind), replicas);
  if (!isObject(next)) {
    throw new ApiError(
      500,
      "InternalError",
      `the object of group ${kind.resource.group} has no place for its replicas`,
    );
  }
  const managedFields = managedFieldsOf(managers);
  return withMetadata(next, {
    managedFields: managedFields.length === 0 ? undefined : managedFields,
    // An update of a custom resource must say its version, one of its scale need not.
    resourceVersion: version !== "" ? version : kind.isCustom ? metadataOf(live)["resourceVersion"] : undefined,
  });
}

function appliedScale(server: Server, { request, scope }: SubresourceCall, kind: Kind, live: JsonObject): JsonObject {
  const { value } = decodeYaml(request.body);
  if (!isObject(value)) throw badRequest("error decoding YAML: the configuration is no object");
  const { replicas, managers, conflicts } = applyScale({
    live,
    replicasPath: specPath(kind).map((part) => ({ kind: "field", name: part })),
    before: specReplicas(kind, live),
    applied: value,
    manager: scope.fieldManager,
    force: request.query.get("force") === "true",
    time: timeText(server.clock.now()),
  });
  if (conflicts.length > 0) throw applyConflict(conflicts);
  return withReplicas(kind, live, replicas, managers, textOf(metadataOf(value)["resourceVersion"]));
}

function withAt(value: JsonValue | undefined, path: readonly string[], leaf: JsonValue): JsonValue {
  const [key, ...rest] = path;
  if (key === undefined) return leaf;
  const object = isObject(value) ? value : {};
  return { ...object, [key]: withAt(object[key], rest, leaf) };
}
