import { setOwn, type JsonObject, type JsonValue } from "../json.ts";
import { protobufMessages, type Field, type Messages } from "./messages.ts";
import { specialReader, specialZero } from "./special-types.ts";
import {
  bytesOf,
  readBoolean,
  readDouble,
  readInteger,
  readPart,
  readTag,
  readText,
  skipValue,
  WireProblem,
  type Cursor,
  type WireType,
} from "./wire.ts";

/** The start of every body of the type `application/vnd.kubernetes.protobuf`. */
const magic = [0x6b, 0x38, 0x73, 0x00];
/** JSONSchemaProps nest; nothing that is accepted nests deeper. */
const maxDepth = 128;
/** Objects, lists and scalars together: a few bytes of a message may stand for many. */
const maxValues = 1_000_000;

/**
 * Reads an object of a built-in kind from `application/vnd.kubernetes.protobuf`: what Go's JSON encoder would write of
 * it, apiVersion and kind included. Custom resources have no such encoding. `problem` says in the server's words why
 * the bytes are none; nothing is thrown, whatever the bytes.
 */
export function decodeProtobuf(bytes: Uint8Array): { readonly object: JsonObject } | { readonly problem: string } {
  if (!magic.every((byte, index) => bytes[index] === byte)) {
    return {
      problem: `provided data does not appear to be a protobuf message, expected prefix [${magic.join(" ")}]`,
    };
  }
  return tried(() => readEnvelope({ bytes, at: magic.length, end: bytes.length }));
}

/**
 * Reads a message without an envelope, such as an item of a list: its fields alone, without apiVersion and kind.
 */
export function decodeMessage(name: string, bytes: Uint8Array): ReturnType<typeof decodeProtobuf> {
  const messages = protobufMessages();
  return tried(() => readMessage({ messages, values: 0 }, name, { bytes, at: 0, end: bytes.length }, 0));
}

function tried(read: () => JsonObject): { readonly object: JsonObject } | { readonly problem: string } {
  try {
    return { object: read() };
  } catch (error) {
    if (error instanceof WireProblem) return { problem: error.message };
    throw error;
  }
}

interface Reading {
  readonly messages: Messages;
  values: number;
}

/** `runtime.Unknown`. */
function readEnvelope(cursor: Cursor): JsonObject {
  let apiVersion = "";
  let kind = "";
  let raw: Cursor | undefined;
  for (let tag = readTag(cursor); tag !== undefined; tag = readTag(cursor)) {
    if (tag.type !== "bytes" || tag.number > 2) {
      skipValue(cursor, tag.type);
      continue;
    }
    const part = readPart(cursor);
    if (tag.number === 2) {
      raw = part;
      continue;
    }
    for (let inner = readTag(part); inner !== undefined; inner = readTag(part)) {
      if (inner.number === 1 && inner.type === "bytes") apiVersion = readText(part);
      else if (inner.number === 2 && inner.type === "bytes") kind = readText(part);
      else skipValue(part, inner.type);
    }
  }
  const messages = protobufMessages();
  if (kind === "") throw new WireProblem("Object 'Kind' is missing in protobuf message");
  const name = messages.ofKind(apiVersion, kind);
  if (name === undefined) {
    throw new WireProblem(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  }
  const content = readMessage({ messages, values: 0 }, name, raw ?? { bytes: cursor.bytes, at: 0, end: 0 }, 0);
  return { kind, apiVersion, ...content };
}

function count(reading: Reading): void {
  if (++reading.values > maxValues) throw new WireProblem("the message has too many values");
}

function readMessage(reading: Reading, name: string, cursor: Cursor, depth: number): JsonObject {
  if (depth > maxDepth) throw new WireProblem("the message nests too deep");
  const { fields, byNumber } = reading.messages.message(name);
  const seen = new Map<Field, JsonValue>();
  for (let tag = readTag(cursor); tag !== undefined; tag = readTag(cursor)) {
    const field = byNumber.get(tag.number);
    if (field === undefined) {
      skipValue(cursor, tag.type);
      continue;
    }
    count(reading);
    if (field.kind === "map") {
      const map = (seen.get(field) ?? {}) as JsonObject;
      readEntry(reading, field, cursor, depth, map);
      seen.set(field, map);
    } else if (field.kind === "list") {
      const list = (seen.get(field) ?? []) as JsonValue[];
      list.push(readValue(reading, field, tag.type, cursor, depth));
      seen.set(field, list);
    } else {
      seen.set(field, readValue(reading, field, tag.type, cursor, depth));
    }
  }
  const object: JsonObject = {};
  for (const field of fields) write(reading, object, field, seen.get(field), depth);
  return object;
}

function readEntry(reading: Reading, field: Field, cursor: Cursor, depth: number, into: JsonObject): void {
  const part = readPart(cursor);
  let key = "";
  let value: JsonValue | undefined;
  for (let tag = readTag(part); tag !== undefined; tag = readTag(part)) {
    if (tag.number === 1 && tag.type === "bytes") key = readText(part);
    else if (tag.number === 2) value = readValue(reading, field, tag.type, part, depth);
    else skipValue(part, tag.type);
  }
  setOwn(into, key, value ?? (field.type === "y" ? "" : zeroOf(reading, field.type, depth)));
}

/** One value of the field's type: of a list or map, one of its values. */
function readValue(reading: Reading, field: Field, wire: WireType, cursor: Cursor, depth: number): JsonValue {
  const { type } = field;
  const wanted: WireType = type === "b" || type === "i" ? "varint" : type === "d" ? "fixed64" : "bytes";
  if (wire !== wanted) throw new WireProblem(`proto: wrong wireType for field ${field.name}`);
  switch (type) {
    case "s":
      return readText(cursor);
    case "b":
      return readBoolean(cursor);
    case "i":
      return integer(readInteger(cursor));
    case "d":
      return double(readDouble(cursor));
    case "y":
      return bytesOf(readPart(cursor)).toString("base64");
    default:
      return readNested(reading, type, readPart(cursor), depth);
  }
}

function readNested(reading: Reading, type: string, part: Cursor, depth: number): JsonValue {
  switch (type) {
    case "A":
    case "B":
    case "C":
      return readChoice(reading, type, part, depth);
    default: {
      const special = specialReader(type);
      return special === undefined ? readMessage(reading, type, part, depth + 1) : special(part);
    }
  }
}

/** Of a JSONSchemaProps: a schema, or else schemas (`A`), a boolean (`B`) or texts (`C`). */
function readChoice(reading: Reading, type: "A" | "B" | "C", part: Cursor, depth: number): JsonValue {
  const schemaField = type === "B" ? 2 : 1;
  let schema: JsonValue = null;
  let allows = false;
  const list: JsonValue[] = [];
  for (let tag = readTag(part); tag !== undefined; tag = readTag(part)) {
    count(reading);
    if (tag.type === "bytes" && tag.number === schemaField) {
      schema = readMessage(reading, schemaMessage, readPart(part), depth + 1);
    } else if (tag.type === "bytes" && tag.number === 2 && type === "A") {
      list.push(readMessage(reading, schemaMessage, readPart(part), depth + 1));
    } else if (tag.type === "bytes" && tag.number === 2 && type === "C") {
      list.push(readText(part));
    } else if (tag.type === "varint" && tag.number === 1 && type === "B") {
      allows = readBoolean(part);
    } else {
      skipValue(part, tag.type);
    }
  }
  if (type === "B") return schema ?? allows;
  return list.length > 0 ? list : schema;
}

const schemaMessage = "apiextensions.v1.JSONSchemaProps";

/** Writes a field as Go's JSON encoder does, zero values and embedded structs included. */
function write(reading: Reading, object: JsonObject, field: Field, value: JsonValue | undefined, depth: number): void {
  const { name, type, kind, omitEmpty, omitZero } = field;
  if (name === "") {
    Object.assign(object, value ?? (kind === "pointer" ? {} : zeroOf(reading, type, depth)));
    return;
  }
  if (kind !== "one") {
    if (value !== undefined) object[name] = kind === "map" ? sortedKeys(value as JsonObject) : value;
    else if (!omitEmpty && !omitZero) object[name] = null;
    return;
  }
  if (value === undefined && omitZero) return;
  if (omitZero && value === null) return;
  const written = value ?? zeroOf(reading, type, depth);
  if (omitEmpty && isEmpty(type, written)) return;
  object[name] = written;
}

/** Go leaves out no struct, and so none of the types that are structs there. */
function isEmpty(type: string, value: JsonValue): boolean {
  if (type === "y" || type === "V") return value === null || value === "";
  return type.length === 1 && "sbid".includes(type) && (value === "" || value === false || value === 0);
}

function sortedKeys(map: JsonObject): JsonObject {
  const sorted: JsonObject = {};
  for (const key of Object.keys(map).sort()) setOwn(sorted, key, map[key]!);
  return sorted;
}

function zeroOf(reading: Reading, type: string, depth: number): JsonValue {
  count(reading);
  switch (type) {
    case "s":
      return "";
    case "b":
      return false;
    case "i":
    case "d":
      return 0;
    case "y":
    case "A":
    case "C":
      return null;
    case "B":
      return false;
    default: {
      const zero = specialZero(type);
      return zero === undefined ? readMessage(reading, type, { bytes: empty, at: 0, end: 0 }, depth + 1) : zero;
    }
  }
}

const empty = new Uint8Array();

function integer(value: bigint): JsonValue {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(value.toString());
}

function double(value: number): JsonValue {
  if (!Number.isFinite(value)) throw new WireProblem(`json: unsupported value: ${value}`);
  return value;
}
