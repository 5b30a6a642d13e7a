import { Buffer } from "node:buffer";
import { readState, type State } from "../state.ts";
import type { Stored } from "../store.ts";
import { appendFile } from "./append-file.ts";
import type { Files } from "./files.ts";
import { headContent, nameOf, unfinished } from "./names.ts";
import { encodeChange, encodeNote } from "./record.ts";

/** Writes a snapshot piece by piece; it gets its name when it is complete and on the disk. */
export interface SnapshotWriter {
  /** Writes about so many bytes; true once it is complete. @throws StoreError (`io`): then only `abandon` is left. */
  step(bytes: number): boolean;
  abandon(): void;
}

const syncBytes = 8 * 1024 * 1024;

/** Nobody changes `state` any more. */
export function createSnapshotWriter(
  files: Files,
  folder: string,
  pathOf: (name: string) => string,
  generation: number,
  state: State,
): SnapshotWriter {
  const name = nameOf("snapshot", generation);
  const path = pathOf(name + unfinished);
  const file = files.create(path);
  const output = appendFile(file, name, 0, false);
  const records = encodeState(generation, state);
  let open = true;
  let synced = 0;

  function close(): void {
    if (open) file.close();
    open = false;
  }

  return {
    step(bytes) {
      const batch: Buffer[] = [];
      let size = 0;
      while (size < bytes) {
        const next = records.next();
        if (next.done === true) {
          output.append(Buffer.concat(batch));
          output.sync();
          close();
          files.rename(path, pathOf(name));
          files.syncFolder(folder);
          return true;
        }
        batch.push(next.value);
        size += next.value.length;
      }
      output.append(Buffer.concat(batch));
      // Bit by bit: one sync at the end would stop everything for as long as a disk takes for the whole state.
      if (output.size - synced >= syncBytes) {
        output.sync();
        synced = output.size;
      }
      return false;
    },
    abandon() {
      close();
      files.remove(path);
    },
  };
}

function* encodeState(generation: number, state: State): Generator<Buffer, undefined> {
  const reader = readState(state);
  let objects = 0;
  yield encodeNote("head", headContent({ part: "snapshot", generation, revision: state.revision }));
  for (const collection of reader.collections()) {
    for (const stored of reader.range(collection)) {
      yield recordOf(collection, stored);
      objects++;
    }
  }
  yield encodeNote("end", { objects });
}

function recordOf(collection: string, { revision, key, bytes }: Stored): Buffer {
  return encodeChange(revision, collection, key, bytes);
}
