import type { Journal } from "../memory-store.ts";
import { forkState, type State } from "../state.ts";
import { StoreError } from "../store-error.ts";
import { sizeOfStored } from "../stored-objects.ts";
import type { StoreEvent } from "../store.ts";
import { appendFile, type AppendFile } from "./append-file.ts";
import type { Files } from "./files.ts";
import { ioError } from "./io-error.ts";
import { headContent, nameOf, readName, unfinished } from "./names.ts";
import { encodeChange, encodeNote } from "./record.ts";
import { createSnapshotWriter, type SnapshotWriter } from "./snapshot-writer.ts";

export interface JournalOptions {
  readonly files: Files;
  readonly folder: string;
  readonly pathOf: (name: string) => string;
  readonly fsync: boolean;
  readonly maxRecordBytes: number;
  /** A log may grow to this, or to the size of the state if that is more, before a snapshot replaces it. */
  readonly rotateBytes: number;
  /** After so many bytes the log is synced in any case: what a loss of power takes, and how long a sync lasts, is bounded. */
  readonly syncBytes: number;
  /** Gets what keeps the log from being replaced: writes go on, the log grows. */
  readonly onProblem: (error: StoreError) => void;
}

/** Of a snapshot, with each write: many times what a write adds, so that it ends long before the next one is due. */
const stepBytes = 256 * 1024;

/** Makes a new log, which gets its name when its head is on the disk. */
export function createLog(
  generation: number,
  revision: number,
  { files, folder, pathOf, fsync }: JournalOptions,
): AppendFile {
  const name = nameOf("log", generation);
  const path = pathOf(name + unfinished);
  const file = files.create(path);
  const log = appendFile(file, name, 0, fsync);
  try {
    log.append(encodeNote("head", headContent({ part: "log", generation, revision })));
    log.sync();
    files.rename(path, pathOf(name));
    files.syncFolder(folder);
  } catch (error) {
    file.close();
    files.remove(path);
    files.remove(pathOf(name));
    throw error;
  }
  return log;
}

/** Removes what a snapshot has replaced, and what was never completed. The names that are gone. */
export function removeOld({ files, folder, pathOf }: JournalOptions, generation: number): string[] {
  const old = files.list(folder).filter((name) => {
    const read = readName(name);
    if (read !== undefined) return read.generation < generation;
    return name.endsWith(unfinished) && readName(name.slice(0, -unfinished.length)) !== undefined;
  });
  for (const name of old) files.remove(pathOf(name));
  return old;
}

/** Keeps the writes of a store in `log`, of the given generation; `stateBytes` is the size of all objects. */
export function createJournal(
  first: AppendFile,
  generation: number,
  stateBytes: number,
  options: JournalOptions,
): Journal {
  const { files, folder, pathOf, maxRecordBytes, rotateBytes, syncBytes, onProblem } = options;
  let log = first;
  let snapshot: SnapshotWriter | undefined;
  let rotateAt = Math.max(rotateBytes, stateBytes);
  let synced = first.size;

  function begin(state: State): void {
    // What a crash of the machine loses must be at the end of the last log, or a revision would be missing.
    log.sync();
    const full = log;
    log = createLog(generation + 1, state.revision, options);
    generation++;
    synced = log.size;
    full.close();
    snapshot = createSnapshotWriter(files, folder, pathOf, generation, forkState(state));
  }

  function proceed(): void {
    if (snapshot?.step(stepBytes) !== true) return;
    snapshot = undefined;
    removeOld(options, generation);
  }

  return {
    append({ kind, revision, collection, stored, previous }: StoreEvent) {
      const bytes = kind === "deleted" ? undefined : stored.bytes;
      const record = encodeChange(revision, collection, stored.key, bytes);
      if (record.length > maxRecordBytes) {
        const limit = `${record.length} bytes, more than the ${maxRecordBytes} of a record`;
        throw new StoreError("too-large", `${collection} ${stored.key} takes ${limit}`);
      }
      log.append(record);
      stateBytes += (bytes?.length ?? 0) - (previous === undefined ? 0 : sizeOfStored(previous));
    },
    applied(state) {
      try {
        if (log.size - synced >= syncBytes) {
          synced = log.size;
          log.sync();
        }
        if (snapshot !== undefined) proceed();
        else if (log.size >= rotateAt) {
          begin(state);
          rotateAt = Math.max(rotateBytes, stateBytes);
        }
      } catch (error) {
        // The logs that are there still hold everything: there will be a snapshot later. Where a sync has failed, the next
        // write is refused.
        abandon();
        rotateAt = log.size + rotateBytes;
        onProblem(ioError(`look after the log in ${folder}`, error));
      }
    },
    close() {
      abandon();
      try {
        log.sync();
      } finally {
        log.close();
      }
    },
  };

  function abandon(): void {
    try {
      snapshot?.abandon();
    } catch (error) {
      onProblem(ioError(`remove an unfinished snapshot in ${folder}`, error));
    }
    snapshot = undefined;
  }
}
