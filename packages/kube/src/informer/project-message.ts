import type { Field } from "@fairlead/apimachinery/protobuf";
import type { Protobuf } from "./message-kinds.ts";
import type { Kept, KeptMembers } from "./strip.ts";

/** Leaves out of a message what is not to be kept. */
export interface Projector {
  /**
   * The bytes are valid until the next call. Throws a WireProblem for what is no message, or has a field that is not
   * known beside one that is to be looked at: its name might be one that is kept.
   */
  project(bytes: Buffer, start: number, end: number): Buffer;
}

/** What becomes of a field, by number: nothing of it is kept, all, some entries of a map, or parts of what it holds. */
type Fate = "none" | "all" | { readonly keys: ReadonlySet<string> } | { readonly inner: readonly Fate[] };

/** As deep as paths are, and so no message that contains itself has a fate without end. */
function fatesOf(protobuf: Protobuf, message: string, kept: KeptMembers): readonly Fate[] {
  const fates: Fate[] = [];
  for (const field of protobuf.messages.message(message).fields) {
    while (fates.length <= field.number) fates.push("none");
    fates[field.number] = fateOf(protobuf, field, kept);
  }
  return fates;
}

function fateOf(protobuf: Protobuf, { name, type, kind }: Field, kept: KeptMembers): Fate {
  // The fields of an embedded struct are the object's own.
  const members: Kept | undefined = name === "" ? kept : kept.get(name);
  if (members === undefined) return "none";
  if (members === true) return "all";
  if (kind === "map") return { keys: new Set(members.keys()) };
  // What is written in JSON in a manner of its own has no members there, or is JSON itself.
  if (type.length === 1) return "all";
  return { inner: fatesOf(protobuf, type, members) };
}

export function messageProjector(protobuf: Protobuf, message: string, kept: KeptMembers): Projector {
  const { WireProblem, readNumber, plan } = protobuf;
  const fates = fatesOf(protobuf, message, kept);
  let out = Buffer.allocUnsafe(4096);
  let length = 0;

  function copy(bytes: Buffer, start: number, end: number): void {
    room(end - start);
    length += bytes.copy(out, length, start, end);
  }

  function room(more: number): void {
    if (length + more <= out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(out.length * 2, length + more));
    out.copy(larger, 0, 0, length);
    out = larger;
  }

  /** Puts a length before what was written since, which it moves. */
  function close(from: number): void {
    const inside = length - from;
    let digits = 1;
    for (let rest = inside; rest >= 0x80; rest >>>= 7) digits++;
    room(digits);
    out.copyWithin(from + digits, from, length);
    length += digits;
    let rest = inside;
    for (let i = 0; i < digits; i++, rest >>>= 7) out[from + i] = (rest & 0x7f) | (i < digits - 1 ? 0x80 : 0);
  }

  function fields(of: readonly Fate[], name: string, bytes: Buffer, start: number, end: number): void {
    const { codes, nested } = plan(name);
    const cursor = { bytes, at: start, end };
    while (cursor.at < end) {
      const from = cursor.at;
      const tag = readNumber(cursor, end);
      const number = Math.floor(tag / 8);
      const fate = number < codes.length && codes[number] !== 0 ? of[number] : undefined;
      if (fate === undefined) throw new WireProblem(`${name} has a field ${number}`);
      const afterTag = cursor.at;
      const type = tag % 8;
      let size = 0;
      if (type === 0) readNumber(cursor, end);
      else if (type === 2) size = readNumber(cursor, end);
      else if (type === 1) size = 8;
      else throw new WireProblem(`proto: illegal wireType ${type}`);
      const inside = cursor.at;
      if (size > end - inside) throw new WireProblem("unexpected EOF");
      cursor.at += size;
      if (fate === "none") continue;
      if (fate === "all" || type !== 2) copy(bytes, from, cursor.at);
      else if ("keys" in fate) {
        if (fate.keys.has(keyOf(bytes, inside, cursor.at))) copy(bytes, from, cursor.at);
      } else {
        copy(bytes, from, afterTag);
        const at = length;
        fields(fate.inner, nested[number]!.name, bytes, inside, cursor.at);
        close(at);
      }
    }
  }

  /** Of a map's entry. */
  function keyOf(bytes: Buffer, start: number, end: number): string {
    const cursor = { bytes, at: start, end };
    if (start === end || readNumber(cursor, end) !== 10) return "";
    const size = readNumber(cursor, end);
    if (size > end - cursor.at) throw new WireProblem("unexpected EOF");
    return bytes.toString("utf8", cursor.at, cursor.at + size);
  }

  return {
    project(bytes, start, end) {
      length = 0;
      fields(fates, message, bytes, start, end);
      return out.subarray(0, length);
    },
  };
}
