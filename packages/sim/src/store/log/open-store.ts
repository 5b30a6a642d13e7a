import path from "node:path";
import { assembleStore } from "../memory-store.ts";
import { readState, type State } from "../state.ts";
import { createStoredObjects, sizeOfStored } from "../stored-objects.ts";
import { StoreError } from "../store-error.ts";
import type { Store, StoreOptions } from "../store.ts";
import { appendFile, type AppendFile } from "./append-file.ts";
import type { Files, Release } from "./files.ts";
import { ioError } from "./io-error.ts";
import { createJournal, createLog, type JournalOptions, removeOld } from "./journal.ts";
import { lockName, nameOf, readName } from "./names.ts";
import { nodeFiles } from "./node-files.ts";
import { firstState, readLog, readSnapshot, type RecoverOptions } from "./recover.ts";

export interface OpenOptions extends StoreOptions {
  /**
   * Whether a write lasts through a loss of power when it returns. Without it, it lasts through the end of the process,
   * however that ends, and a loss of power may take the last writes, of `syncBytes` at most: they are cut off, or the log
   * is damaged before its end, which is refused unless `cutDamage` is given.
   */
  readonly fsync?: boolean;
  /** Most bytes of one object with its names; 16 MiB unless told. */
  readonly maxRecordBytes?: number;
  /** How long the log may grow before a snapshot replaces it, if the state is not larger anyway; 16 MiB unless told. */
  readonly rotateBytes?: number;
  /** After how many bytes the log is synced in any case; 8 MiB unless told. */
  readonly syncBytes?: number;
  /**
   * Opens a log that is damaged in its middle, as a loss of power may leave it, with what is before the damage; what
   * follows is cut off and lost.
   */
  readonly cutDamage?: boolean;
  /** Gets what keeps the log from being replaced by a snapshot; writes go on meanwhile. */
  readonly onProblem?: (error: StoreError) => void;
  readonly files?: Files;
}

/** What was found in the folder. */
export interface OpenReport {
  /** It held no store. */
  readonly created: boolean;
  readonly revision: number;
  readonly objects: number;
  /** Applied from logs, after the snapshot. */
  readonly records: number;
  /** The end of the log that was cut off: a write that was never acknowledged, unless `cutDamage` was given. */
  readonly cut: Cut | undefined;
  /** Unfinished and replaced files that are gone now. */
  readonly removed: readonly string[];
}

export interface Cut {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly reason: string;
}

/**
 * Opens the store in a folder, or begins one there. Its revisions go on where they ended; its window begins empty, so
 * that older watches have to list again.
 * @throws StoreError: `locked` if somebody has it open, `corrupt`, `format` or `io`.
 */
export function openStore(
  folder: string,
  options: OpenOptions = {},
): { readonly store: Store; readonly report: OpenReport } {
  const files = options.files ?? nodeFiles;
  const release = attempt(`use the folder ${folder}`, () => lock(files, folder));
  try {
    return attempt(`open the store in ${folder}`, () => openLocked(files, folder, release, options));
  } catch (error) {
    release();
    throw error;
  }
}

function attempt<T>(doing: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw ioError(doing, error);
  }
}

function lock(files: Files, folder: string): Release {
  files.makeFolder(folder);
  const release = files.lock(path.join(folder, lockName));
  if (release === "taken")
    throw new StoreError("locked", `${folder} is in use: another process, or another store of this one, has it open`);
  return release;
}

function openLocked(
  files: Files,
  folder: string,
  release: Release,
  options: OpenOptions,
): { store: Store; report: OpenReport } {
  const objects = createStoredObjects(options.parsedBytes ?? 8 * 1024 * 1024);
  const pathOf = (name: string): string => path.join(folder, name);
  const { maxRecordBytes = 16 * 1024 * 1024, rotateBytes = 16 * 1024 * 1024 } = options;
  const { syncBytes = 8 * 1024 * 1024, fsync = false } = options;
  const onProblem = options.onProblem ?? (() => {});
  const journalOptions: JournalOptions = {
    files,
    folder,
    pathOf,
    fsync,
    maxRecordBytes,
    rotateBytes,
    syncBytes,
    onProblem,
  };
  const recoverOptions = { files, pathOf, objects, cutDamage: options.cutDamage ?? false };
  const found = recover(folder, recoverOptions);
  const { state, generation, records, cut } = found;
  // The first sight of the folder is over: whatever is removed from here on is not needed.
  const removed = removeOld(journalOptions, found.since);
  const log = found.created
    ? createLog(1, state.revision, journalOptions)
    : reopen(found.name, found.offset, cut, journalOptions);
  const size = measure(state);
  const journal = createJournal(log, generation, size.bytes, journalOptions);
  const closing = { ...journal, close: () => finish(journal.close, release) };
  const store = assembleStore({ state, objects, journal: closing }, options);
  return {
    store,
    report: { created: found.created, revision: state.revision, objects: size.objects, records, cut, removed },
  };
}

interface Found {
  readonly state: State;
  readonly created: boolean;
  /** Of the snapshot: what is older is not needed. */
  readonly since: number;
  /** Of the last log. */
  readonly generation: number;
  readonly name: string;
  readonly offset: number;
  readonly records: number;
  readonly cut: Cut | undefined;
}

function recover(folder: string, options: RecoverOptions): Found {
  const parts = options.files.list(folder).flatMap((name) => readName(name) ?? []);
  const snapshots = parts.filter(({ part }) => part === "snapshot").map(({ generation }) => generation);
  const since = Math.max(1, ...snapshots);
  const logs = parts
    .filter(({ part, generation }) => part === "log" && generation >= since)
    .map(({ generation }) => generation);
  const last = Math.max(since, ...logs);
  const state = snapshots.length === 0 ? firstState() : readSnapshot(since, options);
  const created = parts.length === 0;
  let read = { offset: 0, size: 0, damage: undefined as { readonly reason: string } | undefined };
  let records = 0;
  for (let generation = since; generation <= last && !created; generation++) {
    if (!logs.includes(generation)) throw new StoreError("corrupt", `${nameOf("log", generation)} is missing`);
    const one = readLog(generation, generation === last, state, options);
    records += one.records;
    read = one;
  }
  const name = nameOf("log", last);
  const { offset, size, damage } = read;
  const cut = damage === undefined ? undefined : { file: name, offset, bytes: size - offset, reason: damage.reason };
  return { state, created, since, generation: last, name, offset, records, cut };
}

function reopen(
  name: string,
  offset: number,
  cut: Cut | undefined,
  { files, pathOf, fsync }: JournalOptions,
): AppendFile {
  const file = files.open(pathOf(name));
  try {
    if (cut !== undefined) {
      file.truncate(offset);
      file.sync();
    }
  } catch (error) {
    file.close();
    throw error;
  }
  return appendFile(file, name, offset, fsync);
}

function measure(state: State): { readonly objects: number; readonly bytes: number } {
  const reader = readState(state);
  let objects = 0;
  let bytes = 0;
  for (const collection of reader.collections()) {
    for (const stored of reader.range(collection)) {
      objects++;
      bytes += sizeOfStored(stored);
    }
  }
  return { objects, bytes };
}

function finish(close: () => void, release: Release): void {
  try {
    attempt("close the log", close);
  } finally {
    release();
  }
}
