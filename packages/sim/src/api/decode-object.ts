import {
  definitionName,
  get,
  isObject,
  normalizeObject,
  prune,
  textOf,
  validate,
  type JsonObject,
  type Problem,
} from "@fairlead/apimachinery";
import { badRequest, invalid, type ApiError } from "../errors.ts";
import { invalidValue } from "../field-problem.ts";
import type { Kind } from "../resources/kind.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import type { DecodedBody } from "./body.ts";
import { fieldOptions } from "./registry/managers.ts";
import { metadataOf, withMetadata } from "./registry/metadata.ts";
import { typeMismatch } from "./type-mismatch.ts";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

export interface DecodeOptions {
  readonly validation: FieldValidation;
  readonly warn: (text: string) => void;
}

/**
 * An object as the server understands it: of the kind that the path names, unknown fields gone (refused or warned of,
 * as the request wants), defaults filled in. Throws 400 for what is not of the kind.
 */
export function decodeObject(body: DecodedBody, resource: Resource, kind: Kind, options: DecodeOptions): JsonObject {
  checkCustomKind(body.object, resource);
  const sent = withKind(body.object, resource);
  return typedObject(sent, kind, body.duplicates, {
    ...options,
    refuse: (why) =>
      badRequest(
        `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: ${why}`,
      ),
  });
}

/** A custom resource must say its kind: no other kind is read as one. */
function checkCustomKind(object: JsonObject, resource: Resource): void {
  if (resource.definition === undefined) return;
  const kind = textOf(object["kind"]);
  if (kind === "") {
    const text = JSON.stringify(object);
    const start = text.length > 30 ? `${text.slice(0, 30)} ...` : text;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing in '${text}' (${start})`,
    );
  }
  if (kind === resource.kind || textOf(object["apiVersion"]) !== apiVersionOf(resource)) return;
  const name = textOf(metadataOf(object)["name"]);
  throw invalid({ group: resource.group, kind }, name, [invalidValue("kind", kind, `must be ${resource.kind}`)]);
}

/** `apiVersion` and `kind` of the path, where the object does not say them; throws 400 where it says others. */
function withKind(object: JsonObject, resource: Resource): JsonObject {
  const expected = apiVersionOf(resource);
  const apiVersion = textOf(object["apiVersion"]) || expected;
  const kind = textOf(object["kind"]) || resource.kind;
  if (apiVersion === expected && kind === resource.kind) return { ...object, apiVersion, kind };
  const [said, version] = [`${kind} in version ${JSON.stringify(versionOf(apiVersion))}`, versionOf(apiVersion)];
  const isRegistered = definitionName(apiVersion, kind) !== undefined || noLongerServed.has(apiVersion);
  if (!isRegistered && resource.definition === undefined) {
    throw badRequest(
      `${said} cannot be handled as a ${resource.kind}: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  if (kind === resource.kind || resource.definition !== undefined) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  const internal = resource.group === "" ? "core" : resource.group.split(".")[0]!;
  throw badRequest(
    `${said} cannot be handled as a ${resource.kind}: converting (${version}.${kind}) to (${internal}.${resource.kind}): unknown conversion`,
  );
}

/** Versions that the server still reads, as it may find them in its store. */
const noLongerServed: ReadonlySet<string> = new Set([
  "admissionregistration.k8s.io/v1beta1",
  "apps/v1beta1",
  "apps/v1beta2",
  "autoscaling/v2beta1",
  "autoscaling/v2beta2",
  "batch/v1beta1",
  "certificates.k8s.io/v1beta1",
  "coordination.k8s.io/v1beta1",
  "discovery.k8s.io/v1beta1",
  "events.k8s.io/v1beta1",
  "extensions/v1beta1",
  "networking.k8s.io/v1beta1",
  "node.k8s.io/v1beta1",
  "policy/v1beta1",
  "rbac.authorization.k8s.io/v1beta1",
  "scheduling.k8s.io/v1beta1",
  "storage.k8s.io/v1beta1",
]);

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

export interface TypeOptions extends DecodeOptions {
  /** Says what is wrong with the value at a path; as Go's JSON decoder unless told. */
  readonly mismatch?: typeof typeMismatch;
  readonly refuse: (why: string) => ApiError;
}

/** The part that patches share: types, unknown and repeated fields, defaults. */
export function typedObject(
  object: JsonObject,
  kind: Kind,
  duplicates: readonly string[],
  { validation, warn, refuse, mismatch = typeMismatch }: TypeOptions,
): JsonObject {
  const { schema, resolve } = kind;
  if (!isObject(object["metadata"] ?? {})) throw refuse(mismatch(object, kind, ["metadata"]));
  if (schema === undefined) return object;
  const wrong = kind.isCustom ? metadataMismatch(object) : mismatchOf(object, kind, mismatch);
  if (wrong !== undefined) throw refuse(wrong);
  const corrupt = base64Problem(object, kind);
  if (corrupt !== undefined) throw refuse(corrupt);
  if (validation !== "Ignore") {
    const options = { resource: true, ...(resolve === undefined ? {} : { resolve }) };
    const unknown = prune(object, schema, options).removed.map(
      (path) => `unknown field ${JSON.stringify(pathText(path))}`,
    );
    if (kind.isCustom) unknown.sort();
    const strict = [...duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`), ...unknown];
    if (strict.length > 0 && validation === "Strict") throw refuse(`strict decoding error: ${strict.join(", ")}`);
    for (const one of strict) warn(one);
  }
  const typed = normalizeObject(object, schema, fieldOptions(kind, ""));
  const { managedFields } = metadataOf(object);
  // An empty list of managers says that there shall be none, which no other empty list says.
  const isReset = !kind.isCustom && Array.isArray(managedFields) && managedFields.length === 0;
  return isReset ? withMetadata(typed, { managedFields: [] }) : typed;
}

function pathText(path: readonly (string | number)[]): string {
  let text = "";
  for (const step of path) text += typeof step === "number" ? `[${step}]` : `${text === "" ? "" : "."}${step}`;
  return text;
}

const byteFields: Readonly<Record<string, string>> = { configmaps: "binaryData", secrets: "data" };

/** Bytes that are no base64, in the words of Go's decoder. */
function base64Problem(object: JsonObject, { collection }: Kind): string | undefined {
  const field = byteFields[collection];
  const bytes = field === undefined ? undefined : object[field];
  if (!isObject(bytes)) return undefined;
  for (const value of Object.values(bytes)) {
    if (typeof value !== "string" || /^(?:[A-Za-z0-9+/\r\n]*)={0,2}[\r\n]*$/.test(value)) continue;
    const at = value.search(/[^A-Za-z0-9+/\r\n]/);
    return `illegal base64 data at input byte ${at}`;
  }
  return undefined;
}

const metadataSchema = { $ref: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" };

/** Of a custom resource only the metadata is typed. */
function metadataMismatch(object: JsonObject): string | undefined {
  const metadata = metadataOf(object);
  const problem = validate(metadata, metadataSchema, { limit: 50 }).find(
    (one) => one.kind === "type" && !isNull(metadata, one.path),
  );
  if (problem === undefined) return undefined;
  const value = valueAt(metadata, problem.path);
  const found = Array.isArray(value)
    ? "array"
    : isObject(value)
      ? "object"
      : typeof value === "boolean"
        ? "bool"
        : typeof value;
  const field = problem.path.find((step) => typeof step === "string") ?? "";
  const type = problem.expected === "text" ? "string" : problem.expected;
  return `json: cannot unmarshal ${found} into Go struct field ObjectMeta.${field} of type ${type}`;
}

function valueAt(object: JsonObject, path: readonly (string | number)[]): unknown {
  let value: unknown = object;
  for (const step of path)
    value = typeof step === "number" ? (Array.isArray(value) ? value[step] : undefined) : get(value, step);
  return value;
}

/** The first value that is not of its field's type, in the words of Go's decoder. */
function mismatchOf(object: JsonObject, kind: Kind, describe: typeof typeMismatch): string | undefined {
  const problem = validate(object, kind.schema!, { limit: 50 }).find(
    (one) => (one.kind === "type" || isTime(one)) && !isNull(object, one.path),
  );
  if (problem === undefined) return undefined;
  if (problem.kind === "type") return describe(object, kind, problem.path);
  const text = JSON.stringify(valueAt(object, problem.path));
  return `parsing time ${text} as "2006-01-02T15:04:05Z07:00": cannot parse ${text} as "2006"`;
}

function isTime({ kind, expected }: Problem): boolean {
  return kind === "format" && expected.startsWith("a time such as");
}

function isNull(object: JsonObject, path: readonly (string | number)[]): boolean {
  return valueAt(object, path) === null;
}
