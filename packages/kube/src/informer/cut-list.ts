import { parseJson } from "@fairlead/apimachinery";
import { isKubeError, KubeError } from "../errors.ts";
import type { PackedMessage } from "./packed-message.ts";
import { narrow, type Packed, type Places, shortestPart } from "./packed.ts";
import {
  another,
  broken,
  closeList,
  closeObject,
  expect,
  openList,
  openObject,
  peek,
  quote,
  scanner,
  type Scanner,
  skipKey,
  skipValue,
  stringAt,
} from "./scan-json.ts";
import type { TextPool } from "./text-pool.ts";

/** A list as the server sent it, of which only the head was read. */
export interface ListBytes {
  readonly bytes: Buffer;
  readonly resourceVersion: string;
  readonly continue?: string;
  /** Where the items begin, after their bracket; undefined for none (Go writes an empty list as null in places). */
  readonly itemsAt: number | undefined;
}

/** Throws a `protocol` error for what is no list. */
export function readHead(bytes: Buffer): ListBytes {
  const scan = scanner(bytes);
  let metadata: { readonly resourceVersion?: string; readonly continue?: string } | undefined;
  let itemsAt: number | undefined;
  expect(scan, openObject);
  do {
    const { start, end } = skipKey(scan);
    const key = stringAt(bytes, start, end);
    const first = peek(scan);
    if (key === "items" && first === openList) itemsAt = scan.at + 1;
    // Servers write the items last; where they do not, the rest has to be searched for the metadata.
    if (itemsAt !== undefined && metadata !== undefined) break;
    const from = scan.at;
    skipValue(scan);
    if (key === "metadata") metadata = parse(bytes.toString("utf8", from, scan.at), scan) as typeof metadata;
  } while (another(scan, closeObject));
  const token = metadata?.continue;
  return {
    bytes,
    itemsAt,
    resourceVersion: metadata?.resourceVersion ?? "",
    ...(token === undefined || token === "" ? {} : { continue: token }),
  };
}

function parse(text: string, scan: Scanner): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw isKubeError(error) ? error : broken(scan);
  }
}

/** An object that was cut out of a list without being parsed. */
export interface CutItem<P extends Packed | PackedMessage = Packed | PackedMessage> {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly packed: P;
}

export interface Cutter {
  /** Each object packed. Throws a `protocol` error where the list cannot be read: what came before is not all. */
  cut(list: ListBytes): IterableIterator<CutItem<Packed>>;
}

export interface CutterOptions {
  readonly pool: TextPool;
  /** Lists leave these out of their items. */
  readonly apiVersion: string;
  readonly kind: string;
  /** What becomes of `metadata.managedFields`; undefined drops it. Absent: it stays. */
  readonly managedFields?: ((json: string) => string | undefined) | undefined;
}

const usualRest = 64 * 1024;
/** An object without its parts is put together here: one at a time, in whatever list, so all cutters share it. */
let rest: Buffer = Buffer.alloc(0);
const keys = keyTable();

interface Part {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Cuts lists into packed objects. Most of what an informer lists is never looked at: parsing all of it, to write it as
 * text again, takes four times as long as finding where the parts of the text begin and end.
 */
export function listCutter({ pool, apiVersion, kind, managedFields }: CutterOptions): Cutter {
  let length = 0;
  let restIsWide = false;
  let lastPlaces: Places = [];
  let lastParts: Part[] = [];
  let lastBytes: Buffer | undefined;
  const missing = {
    apiVersion: Buffer.from(`"apiVersion":${JSON.stringify(apiVersion)}`),
    kind: Buffer.from(`"kind":${JSON.stringify(kind)}`),
  };

  function room(more: number): void {
    if (length + more <= rest.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(rest.length * 2, length + more, usualRest));
    rest.copy(larger, 0, 0, length);
    rest = larger;
  }

  function write(from: Buffer, start: number, end: number): void {
    room(end - start + 2);
    from.copy(rest, length, start, end);
    length += end - start;
  }

  function writeByte(byte: number): void {
    room(1);
    rest[length++] = byte;
  }

  /** A comma before each member but the first. */
  function separate(): void {
    if (length > 0 && rest[length - 1] !== openObject) writeByte(0x2c);
  }

  /** Its value is a part: a 0 takes its place. */
  function writeHole(bytes: Buffer, key: { readonly start: number; readonly end: number }): void {
    separate();
    write(bytes, key.start - 1, key.end + 1);
    writeByte(0x3a);
    writeByte(0x30);
  }

  function writeMember(bytes: Buffer, key: { readonly start: number }, end: number): void {
    separate();
    write(bytes, key.start - 1, end);
  }

  function partAt(bytes: Buffer, start: number, end: number, isWide: boolean, index: number): Part {
    const last = lastParts[index];
    // Lists are sorted by name: replicas follow each other.
    if (
      last !== undefined &&
      lastBytes === bytes &&
      last.end - last.start === end - start &&
      bytes.compare(bytes, last.start, last.end, start, end) === 0
    ) {
      return { start, end, text: last.text };
    }
    const text = isWide ? narrow(bytes.toString("utf8", start, end)) : bytes.toString("latin1", start, end);
    return { start, end, text: pool.share(text) };
  }

  function one(scan: Scanner): CutItem<Packed> {
    const { bytes } = scan;
    const places: [string, string?][] = [];
    const parts: Part[] = [];
    const known = { namespace: "", name: "", uid: "", resourceVersion: "" };
    let hasVersion = false;
    let hasKind = false;
    length = 0;
    restIsWide = false;

    /** Takes a value apart, or leaves it in the text. */
    function member(key: { readonly start: number; readonly end: number }, field: string, inside?: string): void {
      const name = inside ?? field;
      const first = peek(scan);
      const start = scan.at;
      const before = scan.wide;
      scan.wide = false;
      skipValue(scan);
      const isWide = scan.wide;
      scan.wide = before;
      const apart = scan.at - start >= shortestPart && (first === quote || first === openObject || first === openList);
      if (inside === "managedFields" && field === "metadata" && managedFields !== undefined) {
        const kept = managedFields(bytes.toString("utf8", start, scan.at));
        if (kept === undefined) return;
        writeHole(bytes, key);
        places.push([field, inside]);
        parts.push({ start: 0, end: 0, text: pool.share(narrow(kept)) });
      } else if (apart && name !== "__proto__") {
        writeHole(bytes, key);
        places.push(inside === undefined ? [field] : [field, inside]);
        parts.push(partAt(bytes, start, scan.at, isWide, parts.length));
      } else {
        writeMember(bytes, key, scan.at);
        if (isWide) restIsWide = true;
      }
      if (field === "metadata" && first === quote && Object.hasOwn(known, name)) {
        known[name as keyof typeof known] = stringAt(bytes, start + 1, scan.at - 1);
      }
    }

    writeByte(openObject);
    expect(scan, openObject);
    if (peek(scan) === closeObject) throw broken(scan);
    do {
      const key = skipKey(scan);
      const field = keys.text(bytes, key.start, key.end);
      if (field === "apiVersion") hasVersion = true;
      if (field === "kind") hasKind = true;
      if (peek(scan) !== openObject || field === "__proto__") {
        member(key, field);
        continue;
      }
      separate();
      write(bytes, key.start - 1, key.end + 1);
      writeByte(0x3a);
      writeByte(openObject);
      scan.at++;
      if (peek(scan) === closeObject) scan.at++;
      else {
        do {
          const inner = skipKey(scan);
          member(inner, field, keys.text(bytes, inner.start, inner.end));
        } while (another(scan, closeObject));
      }
      writeByte(closeObject);
    } while (another(scan, closeObject));
    if (!hasVersion) writeWhole(missing.apiVersion);
    if (!hasKind) writeWhole(missing.kind);
    writeByte(closeObject);
    if (known.name === "") throw new KubeError("protocol", "an item of the list has no name");

    lastParts = parts;
    lastBytes = bytes;
    if (!samePlaces(places, lastPlaces)) lastPlaces = pool.places(places);
    const text =
      restIsWide || scan.wide ? narrow(rest.toString("utf8", 0, length)) : rest.toString("latin1", 0, length);
    scan.wide = false;
    return { ...known, packed: { text, places: lastPlaces, parts: parts.map((part) => part.text) } };
  }

  function writeWhole(memberBytes: Buffer): void {
    separate();
    write(memberBytes, 0, memberBytes.length);
  }

  return {
    *cut({ bytes, itemsAt }) {
      if (itemsAt === undefined) return;
      const scan = scanner(bytes, itemsAt);
      if (peek(scan) === closeList) scan.at++;
      else
        do yield one(scan);
        while (another(scan, closeList));
      // What is cut off must not pass for a complete list.
      while (another(scan, closeObject)) {
        skipKey(scan);
        skipValue(scan);
      }
      // The page must not live as long as the cutter, nor room for an object of unusual size.
      lastBytes = undefined;
      lastParts = [];
      if (rest.length > 16 * usualRest) rest = Buffer.alloc(0);
    },
  };
}

function samePlaces(a: Places, b: Places): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i]![0] !== b[i]![0] || a[i]![1] !== b[i]![1]) return false;
  return true;
}

/** The texts of keys, of which there are few: making a string of each would cost more than all else. */
function keyTable(): { text(bytes: Buffer, start: number, end: number): string } {
  const size = 1024;
  const table: (string | undefined)[] = Array.from({ length: size });
  return {
    text(bytes, start, end) {
      const length = end - start;
      if (length === 0 || length > 64) return stringAt(bytes, start, end);
      const slot = (length * 131 + bytes[start]! * 31 + bytes[end - 1]! * 7 + bytes[start + (length >> 1)]!) % size;
      const known = table[slot];
      if (known !== undefined && known.length === length) {
        let at = 0;
        while (at < length && known.charCodeAt(at) === bytes[start + at]) at++;
        if (at === length) return known;
      }
      const text = stringAt(bytes, start, end);
      // Others would not be found again by their bytes.
      if (text.length === length) table[slot] = text;
      return text;
    },
  };
}
