import { Buffer } from "node:buffer";
import { isObject, parseJson, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { badRequest, unsupportedMediaType, type ApiError } from "../errors.ts";
import { isTextTooDeep } from "./depth.ts";
import { goJsonError } from "./go-json-error.ts";
import { duplicateKeys } from "./duplicate-keys.ts";

export interface DecodedBody {
  readonly object: JsonObject;
  /** Keys that occur twice: `duplicate field "spec.replicas"`. */
  readonly duplicates: readonly string[];
}

/** Reads `application/vnd.kubernetes.protobuf`; throws 400 for what is no such message. */
export type ProtobufDecoder = (bytes: Uint8Array) => JsonObject;

export const inputTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

export function mediaTypeOf(header: string | readonly string[] | undefined): string {
  const text = typeof header === "string" ? header : (header?.[0] ?? "");
  return (text.split(";")[0] ?? "").trim().toLowerCase();
}

/** The object of a body by its type, JSON without one. Throws 400 or 415. */
export function decodeBody(
  bytes: Uint8Array,
  contentType: string,
  protobuf: ProtobufDecoder,
  kind: string,
): DecodedBody {
  const refuse = (why: string): ApiError =>
    badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(bytes)})`);
  if (contentType === "" || contentType === "application/json") return objectOf(decodeJson(bytes, refuse), refuse);
  if (contentType === "application/yaml") return objectOf(decodeYaml(bytes), refuse);
  if (contentType !== "application/vnd.kubernetes.protobuf") throw unsupportedMediaType(inputTypes);
  return { object: protobuf(bytes), duplicates: [] };
}

/** The bytes as text. */
export function parseBody(bytes: Uint8Array): string {
  return textOf(bytes);
}

export interface DecodedValue {
  readonly value: JsonValue;
  readonly duplicates: readonly string[];
}

const shownBytes = 30;

function summary(bytes: Uint8Array): string {
  if (bytes.length === 0) return "<empty>";
  const shown = bytes.subarray(0, shownBytes);
  // What does not look like an object is shown as bytes.
  const text = bytes[0] === 0x7b ? textOf(shown) : Buffer.from(shown).toString("hex");
  return bytes.length > shownBytes ? `${text} ...` : text;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function objectOf({ value, duplicates }: DecodedValue, refuse: (why: string) => ApiError): DecodedBody {
  if (isObject(value)) return { object: value, duplicates };
  const type = Array.isArray(value)
    ? "array"
    : value === null
      ? "null"
      : typeof value === "boolean"
        ? "bool"
        : typeof value;
  throw refuse(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
  );
}

/** Throws what `refuse` makes of Go's words for what is no JSON. */
export function decodeJson(bytes: Uint8Array, refuse: (why: string) => ApiError = badRequest): DecodedValue {
  const text = textOf(bytes);
  const refused = (why: string): ApiError => refuse(`couldn't get version/kind; json parse error: ${why}`);
  if (isTextTooDeep(text)) throw refused(goJsonError(text) ?? "exceeded max depth");
  try {
    return { value: parseJson(text), duplicates: duplicateKeys(text) };
  } catch (error) {
    throw refused(goJsonError(text) ?? (error instanceof Error ? error.message : String(error)));
  }
}

/** One document. Throws 400 with what the reader found. */
export function decodeYaml(bytes: Uint8Array): DecodedValue {
  const { documents, findings } = parseStream(textOf(bytes));
  const problem = findings.find(({ severity }) => severity === "error");
  if (problem !== undefined) throw badRequest(`error decoding YAML: ${problem.message}`);
  return { value: documents[0]?.value ?? {}, duplicates: [] };
}
