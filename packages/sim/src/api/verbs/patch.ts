import { type JsonObject, isObject, textOf } from "@fairlead/apimachinery";
import { ApiError, badRequest, conflict, invalid, notFound, unsupportedMediaType } from "../../errors.ts";
import { apiVersionOf, type Resource } from "../../resources/resource.ts";
import { answerWritten } from "../answers.ts";
import { decodeYaml, mediaTypeOf } from "../body.ts";
import type { Call } from "../call.ts";
import { conversionMismatch } from "../conversion-mismatch.ts";
import { typedObject } from "../decode-object.ts";
import { goText } from "../go-text.ts";
import { typeMismatch } from "../type-mismatch.ts";
import { patchTypes, patchedObject } from "../patch.ts";
import { patchedText } from "../patched-text.ts";
import { applied, goKind, withUpdatedManagers } from "../registry/managers.ts";
import { inNamespace, nameOf, timeText, uidOf } from "../registry/metadata.ts";
import { unknownUid, updateObject } from "../registry/update.ts";
import type { ApiRequest, ApiResponse } from "../request.ts";
import { fromStorage, toStorage, kindIn } from "../versions.ts";
import { authorizeCreate, checkName } from "./write.ts";

export async function patch(call: Call): Promise<ApiResponse> {
  const { server, request, info, scope, resource, kind, validation } = call;
  const contentType = mediaTypeOf(request.headers["content-type"]);
  const accepted: readonly string[] = kind.isCustom
    ? [patchTypes.json, patchTypes.merge, patchTypes.apply]
    : [patchTypes.json, patchTypes.merge, patchTypes.strategic, patchTypes.apply];
  if (!accepted.includes(contentType)) {
    if (kind.isCustom) throw unsupportedMediaType(accepted);
    throw new ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  }
  const time = timeText(server.clock.now());
  const isApply = contentType === patchTypes.apply;
  const force = request.query.get("force") === "true";
  checkPatchOptions(request, isApply);
  const configuration = isApply ? applyBody(call) : undefined;
  const { object, created } = await updateObject(server, scope, info.name, {
    isPatch: true,
    createsMissing: isApply,
    authorizeCreate: () => authorizeCreate(call),
    change: (live) => {
      if (configuration !== undefined) {
        const uid = uidOf(configuration);
        if (live === undefined && uid !== "") throw conflict(resource, info.name, unknownUid(uid));
        const next = inNamespace(applied(scope, live, configuration, { force, time }), scope.namespace);
        checkName(next, info);
        server.checkEscalation?.(scope, next, live);
        return next;
      }
      if (live === undefined) throw notFound(resource, info.name);
      const base = fromStorage(live, resource);
      const own = kindIn(kind, resource);
      const { object: raw, duplicates, patch: said } = patchedObject(request.body, contentType, base, own);
      const isStrategic = contentType === patchTypes.strategic;
      const refuse = (why: string): ApiError => {
        const text = isStrategic ? goText(said) : patchedText(raw, kind.isCustom);
        const message = `Invalid value: ${JSON.stringify(text)}: ${why}`;
        return invalid({ group: "", kind: "" }, "", [{ field: "patch", reason: "FieldValueInvalid", message }]);
      };
      const mismatch = isStrategic ? conversionMismatch : typeMismatch;
      const typed = typedObject(raw, own, duplicates, { validation, warn: scope.warn, mismatch, refuse });
      const next = toStorage(sameKind(typed, resource, isStrategic, refuse), kind);
      if (nameOf(next) !== info.name) checkName(next, info);
      server.checkEscalation?.(scope, next, live);
      return withUpdatedManagers(scope, live, next, time);
    },
  });
  return answerWritten(call, object, created ? 201 : 200);
}

/**
 * A patch does not make another kind of an object: what it leaves out is that of the path, and so is what a strategic
 * patch says, which is applied to a value of that type.
 */
function sameKind(
  object: JsonObject,
  resource: Resource,
  isStrategic: boolean,
  refuse: (why: string) => ApiError,
): JsonObject {
  const expected = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  const apiVersion = textOf(object["apiVersion"]) || expected.apiVersion;
  const kind = textOf(object["kind"]) || expected.kind;
  if (!isStrategic && (apiVersion !== expected.apiVersion || kind !== expected.kind)) {
    throw refuse(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"`,
    );
  }
  const isSaid = object["apiVersion"] === expected.apiVersion && object["kind"] === expected.kind;
  return isSaid ? object : { ...object, ...expected };
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
function applyBody({ request, resource, kind }: Call): JsonObject {
  const { value } = decodeYaml(request.body);
  if (!isObject(value)) throw badRequest("error decoding YAML: the configuration is no object");
  const [apiVersion, name] = [textOf(value["apiVersion"]), textOf(value["kind"])];
  if (name !== resource.kind || apiVersion !== apiVersionOf(resource)) throw wrongKind(apiVersion, name);
  const metadata = value["metadata"];
  if (isObject(metadata) && Array.isArray(metadata["managedFields"]) && metadata["managedFields"].length > 0) {
    throw badRequest("metadata.managedFields must be nil");
  }
  return toStorage(value, kind);
}

function wrongKind(apiVersion: string, kind: string): ApiError {
  return badRequest(`invalid object type: ${goKind(apiVersion, kind)}`);
}
