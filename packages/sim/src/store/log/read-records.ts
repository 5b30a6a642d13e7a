import { Buffer } from "node:buffer";
import type { OpenFile } from "./files.ts";
import { decodeRecord, frameBytes, lengthOfRecord, type LogRecord, marker } from "./record.ts";

export interface ReadEnd {
  /** Where the last good record ends. */
  readonly offset: number;
  readonly size: number;
  /** Undefined if the file ends with a good record. */
  readonly damage: Damage | undefined;
}

export interface Damage {
  readonly reason: "incomplete record" | "no record" | "wrong checksum";
  /** Where a good record begins after it: then it is no write that a crash has cut off. */
  readonly goodAfter: number | undefined;
}

/** The file, with the part that was read last kept in memory. */
interface Reader {
  readonly size: number;
  /** So many bytes from there; fewer where the file ends. Valid until the next call. */
  at(offset: number, length: number): Buffer;
}

const chunkBytes = 1024 * 1024;

/**
 * Reads records to the end or to the first one that is not good, and looks for good ones after it. `onRecord` gets the
 * offset of each; it may throw.
 */
export function readRecords(file: OpenFile, onRecord: (record: LogRecord, offset: number) => void): ReadEnd {
  const reader = createReader(file);
  let offset = 0;
  while (offset < reader.size) {
    const found = recordAt(reader, offset);
    if (typeof found === "string") {
      const damage = { reason: found, goodAfter: findGood(reader, offset + 1) };
      return { offset, size: reader.size, damage };
    }
    onRecord(found.record, offset);
    offset += found.length;
  }
  return { offset, size: reader.size, damage: undefined };
}

function recordAt(
  reader: Reader,
  offset: number,
): { readonly record: LogRecord; readonly length: number } | Damage["reason"] {
  const frame = reader.at(offset, frameBytes);
  const length = lengthOfRecord(frame);
  if (length === undefined) return frame.length < frameBytes ? "incomplete record" : "no record";
  if (offset + length > reader.size) return "incomplete record";
  const record = decodeRecord(reader.at(offset, length));
  return record === undefined ? "wrong checksum" : { record, length };
}

function findGood(reader: Reader, from: number): number | undefined {
  for (let offset = from; offset < reader.size;) {
    const chunk = reader.at(offset, chunkBytes);
    const found = chunk.indexOf(marker);
    if (found >= 0) {
      if (typeof recordAt(reader, offset + found) !== "string") return offset + found;
      offset += found + 1;
    } else {
      // A marker may lie across the border.
      offset += Math.max(1, chunk.length - marker.length + 1);
    }
  }
  return undefined;
}

function createReader(file: OpenFile): Reader {
  const size = file.size();
  let chunk = Buffer.alloc(0);
  let start = 0;

  function load(offset: number, length: number): void {
    const wanted = Math.min(Math.max(length, chunkBytes), size - offset);
    const next = Buffer.allocUnsafe(wanted);
    let got = 0;
    while (got < wanted) {
      const count = file.read(next.subarray(got), offset + got);
      if (count === 0) break;
      got += count;
    }
    chunk = next.subarray(0, got);
    start = offset;
  }

  return {
    size,
    at(offset, length) {
      const end = Math.min(offset + length, size);
      if (offset < start || end > start + chunk.length) load(offset, length);
      return chunk.subarray(offset - start, end - start);
    },
  };
}
