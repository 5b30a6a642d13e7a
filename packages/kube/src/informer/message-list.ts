import type { Protobuf } from "./message-kinds.ts";

/** What stands before the items of a list. */
export interface MessageListHead {
  readonly resourceVersion: string;
  readonly continue: string;
}

/** Reads a list in Protobuf from pieces of any size. */
export interface MessageList {
  /**
   * Calls `item` for each object that is complete now, with the bytes it lies in. Throws what `Protobuf` names a
   * WireProblem for what is no list of the kind, or has fields that are not known.
   */
  push(chunk: Buffer, item: (bytes: Buffer, start: number, end: number) => void): void;
  /** Known before the first item. */
  head(): MessageListHead | undefined;
  /** Whether the list was read to its end. */
  isComplete(): boolean;
}

/** As much as an event of a watch may have; no API server stores objects as large. */
const mostItemBytes = 16 << 20;

/** Before the list: `k8s\\0`, apiVersion and kind, and the length of the list. */
const mostPreludeBytes = 1024;

export function messageList(protobuf: Protobuf, apiVersion: string, listKind: string): MessageList {
  const { WireProblem, readNumber } = protobuf;
  const headPlan = protobuf.plan("meta.v1.ListMeta");
  let kept: Buffer = Buffer.alloc(0);
  let phase: "prelude" | "list" | "after" = "prelude";
  /** Of the list, what has not been read. */
  let left = 0;
  let head: MessageListHead | undefined;

  /** The list begins where the envelope's content does. -1: more is needed. */
  function prelude(bytes: Buffer): number {
    if (bytes.length < 4) return -1;
    if (bytes.readUInt32BE(0) !== 0x6b387300) throw new WireProblem("not Protobuf");
    const cursor = { bytes, at: 4, end: bytes.length };
    try {
      if (readNumber(cursor, cursor.end) !== tagOf(1)) throw new WireProblem("no apiVersion and kind");
      const type = readNumber(cursor, cursor.end);
      if (type > mostPreludeBytes) throw new WireProblem("no apiVersion and kind");
      const from = cursor.at;
      const wanted = [part(1, apiVersion), part(2, listKind)];
      if (cursor.end < from + type) throw new WireProblem("cut");
      if (!bytes.subarray(from, from + type).equals(Buffer.concat(wanted))) throw new WireProblem("another kind");
      cursor.at = from + type;
      if (readNumber(cursor, cursor.end) !== tagOf(2)) throw new WireProblem("no content");
      left = readNumber(cursor, cursor.end);
    } catch (error) {
      // Incomplete, most probably: what is not will not be better with more of it.
      if (bytes.length < mostPreludeBytes) return -1;
      throw error;
    }
    phase = "list";
    return cursor.at;
  }

  return {
    head: () => head,
    isComplete: () => phase === "after" && kept.length === 0,
    push(chunk, item) {
      const bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      kept = bytes;
      let at = 0;
      if (phase === "prelude") {
        at = prelude(bytes);
        if (at < 0) return;
      }
      const cursor = { bytes, at, end: bytes.length };
      while (phase === "list" && left > 0) {
        at = cursor.at;
        // A tag of one byte and a length of up to four.
        if (bytes.length - at < Math.min(5, left)) break;
        const tag = bytes[cursor.at++]!;
        const length = readNumber(cursor, cursor.end);
        const start = cursor.at;
        if (length > mostItemBytes || start - at + length > left) throw new WireProblem("unexpected length");
        if (bytes.length - start < length) {
          cursor.at = at;
          break;
        }
        if (tag === tagOf(1) && head === undefined) head = readHead(bytes, start, start + length);
        else if (tag === tagOf(2) && head !== undefined) item(bytes, start, start + length);
        else throw new WireProblem(`a list with a field ${tag >> 3}`);
        cursor.at = start + length;
        left -= cursor.at - at;
      }
      if (phase === "list" && left === 0) phase = "after";
      if (phase === "after") {
        // The envelope's encoding and content type, both empty.
        const rest = bytes.subarray(cursor.at);
        if (rest.length > emptyEnd.length || !emptyEnd.subarray(0, rest.length).equals(rest)) {
          throw new WireProblem("an envelope with more than its content");
        }
        kept = rest.length === emptyEnd.length ? empty : rest;
        return;
      }
      kept = cursor.at === bytes.length ? empty : bytes.subarray(cursor.at);
    },
  };

  function readHead(bytes: Buffer, start: number, end: number): MessageListHead {
    protobuf.checkMessage(headPlan, { bytes, at: start, end });
    const decoded = protobuf.decodeMessage("meta.v1.ListMeta", bytes.subarray(start, end));
    if ("problem" in decoded) throw new WireProblem(decoded.problem);
    const { resourceVersion, continue: token } = decoded.object;
    return {
      resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
      continue: typeof token === "string" ? token : "",
    };
  }
}

const empty = Buffer.alloc(0);
const emptyEnd = Buffer.from([tagOf(3), 0, tagOf(4), 0]);

/** Of a field that is a part. */
function tagOf(number: number): number {
  return number * 8 + 2;
}

function part(number: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([tagOf(number), bytes.length]), bytes]);
}
