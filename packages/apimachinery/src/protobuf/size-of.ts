import { Buffer } from "node:buffer";
import { get, isObject, textOf, type JsonObject, type JsonValue } from "../json.ts";
import { canonicalQuantity } from "../quantity/quantity.ts";
import { protobufMessages, type Field, type Messages } from "./messages.ts";

const maxDepth = 200;

/**
 * How many bytes an object of a built-in kind takes as Protobuf, as the server stores it; undefined for other kinds,
 * which it stores as JSON.
 */
export function protobufSize(object: JsonObject): number | undefined {
  const messages = protobufMessages();
  const [apiVersion, kind] = [textOf(object["apiVersion"]), textOf(object["kind"])];
  const name = messages.ofKind(apiVersion, kind);
  if (name === undefined) return undefined;
  const type = partSize(1, textSize(apiVersion)) + partSize(1, textSize(kind));
  // Of `runtime.Unknown`: the type, the content, and two empty texts.
  return 4 + partSize(1, type) + partSize(2, messageSize(messages, name, object, 0)) + 4;
}

function varintSize(value: number): number {
  if (value < 0) return 10;
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** A part of so many bytes with its number and length. */
function partSize(number: number, bytes: number): number {
  return varintSize(number * 8) + varintSize(bytes) + bytes;
}

function textSize(value: JsonValue | undefined): number {
  return Buffer.byteLength(textOf(value));
}

function numberOf(value: JsonValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

function messageSize(messages: Messages, name: string, value: JsonValue | undefined, depth: number): number {
  if (depth > maxDepth) return 0;
  let size = 0;
  for (const field of messages.message(name).fields) {
    // The fields of an embedded structure are the object's own.
    const own = field.name === "" ? value : get(value, field.name);
    if (field.kind === "list") {
      for (const one of Array.isArray(own) ? own : []) size += fieldSize(messages, field, one, depth);
    } else if (field.kind === "map") {
      for (const [key, one] of Object.entries(isObject(own) ? own : {})) {
        const entry = partSize(1, Buffer.byteLength(key)) + fieldSize(messages, { ...field, number: 2 }, one, depth);
        size += partSize(field.number, entry);
      }
    } else if (own !== undefined && own !== null) size += fieldSize(messages, field, own, depth);
    // What is no pointer is always there.
    else if (field.kind === "one" && field.type !== "y") size += fieldSize(messages, field, undefined, depth);
  }
  return size;
}

function fieldSize(messages: Messages, { type, number }: Field, value: JsonValue | undefined, depth: number): number {
  const tag = varintSize(number * 8);
  switch (type) {
    case "s":
      return partSize(number, textSize(value));
    case "b":
      return tag + 1;
    case "i":
      return tag + varintSize(numberOf(value));
    case "d":
      return tag + 8;
    case "y":
      return partSize(number, Buffer.byteLength(textOf(value), "base64"));
    case "T":
      return partSize(number, value === undefined || value === null ? 0 : 8);
    case "M":
      return partSize(number, value === undefined || value === null ? 0 : 11);
    case "D":
      return partSize(number, 6);
    case "Q": {
      const amount = typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : "0";
      return partSize(number, partSize(1, amount.length));
    }
    case "I": {
      const isText = typeof value === "string";
      const own = 2 + 1 + varintSize(numberOf(value)) + partSize(3, isText ? textSize(value) : 0);
      return partSize(number, own);
    }
    case "R":
    case "F": {
      const raw = value === undefined || value === null ? 0 : partSize(1, Buffer.byteLength(JSON.stringify(value)));
      return partSize(number, raw);
    }
    case "V": {
      const items = Array.isArray(value) ? value : [];
      return partSize(
        number,
        items.reduce((size: number, one) => size + partSize(1, textSize(one)), 0),
      );
    }
    default:
      return partSize(number, messageSize(messages, type, value, depth + 1));
  }
}
