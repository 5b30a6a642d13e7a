import type { MessagePlan } from "@fairlead/apimachinery/protobuf";
import type { CutItem } from "./cut-list.ts";
import type { MessageCodec, PackedMessage } from "./packed-message.ts";
import { shortestPart } from "./packed.ts";
import { messageProjector } from "./project-message.ts";
import type { KeptMembers } from "./strip.ts";
import type { TextPool } from "./text-pool.ts";

export interface MessageCutter {
  /** An item of a list, packed. Throws a WireProblem for what is none, or has fields that are not known. */
  cut(bytes: Buffer, start: number, end: number): CutItem<PackedMessage>;
}

export interface MessageCutterOptions {
  readonly codec: MessageCodec;
  readonly pool: TextPool;
  /** Absent: all of `managedFields` stays. */
  readonly keepsManager?: ((manager: string) => boolean) | undefined;
  /** Absent: everything is held. What is not held is not checked either. */
  readonly kept?: KeptMembers | undefined;
}

/** Fields of `ObjectMeta`, and where a message of a kind has it. */
const metadataField = 1;
const identity: { readonly [number: number]: "name" | "namespace" | "uid" | "resourceVersion" } = {
  1: "name",
  3: "namespace",
  5: "uid",
  6: "resourceVersion",
};
const managedFields = 17;
/** Of an entry. */
const manager = 1;

const usualRest = 64 * 1024;
/** An object without its parts is put together here: one at a time, so all cutters share it. */
let rest: Buffer = Buffer.alloc(0);

interface Part {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly plan: MessagePlan;
}

/** Cuts lists into packed objects, as `listCutter` does with JSON. What is in front and what is kept is checked. */
export function messageCutter({ codec, pool, keepsManager, kept }: MessageCutterOptions): MessageCutter {
  const { protobuf } = codec;
  const { WireProblem, checkMessage, readNumber } = protobuf;
  const plan = protobuf.plan(codec.message);
  const projector = kept === undefined ? undefined : messageProjector(protobuf, codec.message, kept);
  let length = 0;
  let lastParts: Part[] = [];
  let parts: Part[] = [];

  function write(from: Buffer, start: number, end: number): void {
    const more = end - start;
    if (length + more + 16 > rest.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(rest.length * 2, length + more + 16, usualRest));
      rest.copy(larger, 0, 0, length);
      rest = larger;
    }
    // What is short is copied faster here than there.
    if (more > 32) from.copy(rest, length, start, end);
    else for (let i = 0; i < more; i++) rest[length + i] = from[start + i]!;
    length += more;
  }

  /** Room for it is left by `write`. */
  function writeTag(number: number, type: number): void {
    let left = number * 8 + type;
    for (; left >= 0x80; left >>>= 7) rest[length++] = (left & 0x7f) | 0x80;
    rest[length++] = left;
  }

  /** A run of fields with one number: by itself when it is large. */
  function keep(of: MessagePlan, number: number, bytes: Buffer, start: number, end: number): void {
    if (end - start < shortestPart) {
      checkMessage(of, { bytes, at: start, end });
      write(bytes, start, end);
      return;
    }
    write(bytes, start, start);
    writeTag(number, 7);
    const last = lastParts[parts.length];
    // Lists are sorted by name: replicas follow each other.
    if (
      last !== undefined &&
      last.plan === of &&
      last.end - last.start === end - start &&
      last.bytes.compare(bytes, start, end, last.start, last.end) === 0
    ) {
      parts.push({ ...last, bytes, start, end });
      return;
    }
    checkMessage(of, { bytes, at: start, end });
    parts.push({ bytes, start, end, text: pool.share(bytes.toString("latin1", start, end)), plan: of });
  }

  return {
    cut(source, sourceStart, sourceEnd) {
      const bytes = projector?.project(source, sourceStart, sourceEnd) ?? source;
      const [start, end] = projector === undefined ? [sourceStart, sourceEnd] : [0, bytes.length];
      const known = { name: "", namespace: "", uid: "", resourceVersion: "" };
      const cursor = { bytes, at: start, end };
      length = 0;
      parts = [];

      /** The end of a field whose tag begins at `cursor.at`; `number` and `inside` tell the rest. */
      let number = 0;
      let inside = 0;
      function skip(until: number): void {
        const tag = readNumber(cursor, until);
        number = Math.floor(tag / 8);
        const type = tag % 8;
        let size = 0;
        if (type === 0) readNumber(cursor, until);
        else if (type === 2) size = readNumber(cursor, until);
        else if (type === 1) size = 8;
        else throw new WireProblem(`proto: illegal wireType ${type}`);
        inside = cursor.at;
        if (size > until - cursor.at) throw new WireProblem("unexpected EOF");
        cursor.at += size;
      }

      function isDropped(): boolean {
        if (keepsManager === undefined) return false;
        const entry = { bytes, at: inside, end: cursor.at };
        let name = "";
        while (entry.at < entry.end) {
          const tag = readNumber(entry, entry.end);
          if (tag % 8 !== 2) {
            if (tag % 8 !== 0) throw new WireProblem("proto: illegal wireType");
            readNumber(entry, entry.end);
            continue;
          }
          const size = readNumber(entry, entry.end);
          if (size > entry.end - entry.at) throw new WireProblem("unexpected EOF");
          if (Math.floor(tag / 8) === manager) name = bytes.toString("utf8", entry.at, entry.at + size);
          entry.at += size;
        }
        return !keepsManager(name);
      }

      /** The fields of a message, run by run. */
      function fields(of: MessagePlan, until: number, opens: boolean, isMetadata: boolean): void {
        while (cursor.at < until) {
          const from = cursor.at;
          skip(until);
          const runNumber = number;
          if (opens && of.single[runNumber] === true) {
            const nextAt = cursor.at;
            const inner = of.nested[runNumber]!;
            write(bytes, from, from);
            writeTag(runNumber, 3);
            cursor.at = inside;
            fields(inner, nextAt, false, runNumber === metadataField);
            write(bytes, nextAt, nextAt);
            writeTag(runNumber, 4);
            continue;
          }
          if (isMetadata) {
            const field = identity[runNumber];
            if (field !== undefined) known[field] = bytes.toString("utf8", inside, cursor.at);
            if (runNumber === managedFields && keepsManager !== undefined) {
              checkMessage(of, { bytes, at: from, end: cursor.at });
              if (!isDropped()) keep(of, runNumber, bytes, from, cursor.at);
              continue;
            }
          }
          let runEnd = cursor.at;
          while (cursor.at < until) {
            // Numbers up to 15 have one byte.
            if (bytes[cursor.at] !== bytes[from]) break;
            skip(until);
            if (number !== runNumber) break;
            runEnd = cursor.at;
          }
          cursor.at = runEnd;
          keep(of, runNumber, bytes, from, runEnd);
        }
      }

      fields(plan, end, true, false);
      if (known.name === "") throw new WireProblem("an item of the list has no name");
      // What a projector has written is overwritten by the next.
      if (projector === undefined) lastParts = parts;
      const packedText = rest.toString("latin1", 0, length);
      // Room for an object of unusual size must not stay.
      if (rest.length > 16 * usualRest) rest = Buffer.alloc(0);
      return {
        ...known,
        packed: { codec, text: packedText, parts: parts.map(({ text }) => text) },
      };
    },
  };
}
