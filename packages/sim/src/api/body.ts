import { Buffer } from "node:buffer";
import { isObject, parseJson, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { badRequest, unsupportedMediaType } from "../errors.ts";
import { duplicateKeys } from "./duplicate-keys.ts";

export interface DecodedBody {
  readonly object: JsonObject;
  /** Keys that occur twice: `duplicate field "spec.replicas"`. */
  readonly duplicates: readonly string[];
}

/** Reads `application/vnd.kubernetes.protobuf`; undefined if it is no such message. */
export type ProtobufDecoder = (bytes: Uint8Array) => JsonObject | undefined;

export const inputTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

export function mediaTypeOf(header: string | readonly string[] | undefined): string {
  const text = typeof header === "string" ? header : (header?.[0] ?? "");
  return (text.split(";")[0] ?? "").trim().toLowerCase();
}

/** The object of a body by its type, JSON without one. Throws 400 or 415. */
export function decodeBody(bytes: Uint8Array, contentType: string, protobuf: ProtobufDecoder): DecodedBody {
  if (contentType === "" || contentType === "application/json") return objectOf(decodeJson(bytes));
  if (contentType === "application/yaml") return objectOf(decodeYaml(bytes));
  if (contentType !== "application/vnd.kubernetes.protobuf") throw unsupportedMediaType(inputTypes);
  const object = protobuf(bytes);
  if (object === undefined) throw badRequest("the body is no protobuf message of Kubernetes");
  return { object, duplicates: [] };
}

export interface DecodedValue {
  readonly value: JsonValue;
  readonly duplicates: readonly string[];
}

function objectOf({ value, duplicates }: DecodedValue): DecodedBody {
  if (!isObject(value)) throw badRequest("the object provided is unrecognized: it is no JSON object");
  return { object: value, duplicates };
}

/** Throws 400 with the place of what is no JSON. */
export function decodeJson(bytes: Uint8Array): DecodedValue {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  try {
    return { value: parseJson(text), duplicates: duplicateKeys(text) };
  } catch (error) {
    throw badRequest(
      `couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** One document. Throws 400 with what the reader found. */
export function decodeYaml(bytes: Uint8Array): DecodedValue {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const { documents, findings } = parseStream(text);
  const problem = findings.find(({ severity }) => severity === "error");
  if (problem !== undefined) throw badRequest(`error decoding YAML: ${problem.message}`);
  return { value: documents[0]?.value ?? {}, duplicates: [] };
}
