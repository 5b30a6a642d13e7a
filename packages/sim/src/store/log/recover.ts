import { deleteStored, emptyState, setStored, type State } from "../state.ts";
import { StoreError } from "../store-error.ts";
import type { StoredObjects } from "../stored-objects.ts";
import type { Files } from "./files.ts";
import { checkHead, nameOf, type Part } from "./names.ts";
import { readRecords, type ReadEnd } from "./read-records.ts";
import type { LogRecord } from "./record.ts";

export interface RecoverOptions {
  readonly files: Files;
  /** Joins a name with the folder. */
  readonly pathOf: (name: string) => string;
  readonly objects: StoredObjects;
  /** Takes everything before the first damage of the last log for good, even if something good follows it. */
  readonly cutDamage: boolean;
}

/** The first state of a new folder: at the revision of a new etcd. */
export function firstState(): State {
  return emptyState(1);
}

/**
 * Reads the state of a snapshot.
 * @throws StoreError: it was complete before it got its name, so any damage is one that no crash explains.
 */
export function readSnapshot(generation: number, options: RecoverOptions): State {
  const state = emptyState(0);
  let objects = 0;
  let complete = false;
  const end = readPart("snapshot", generation, options, (record, revision, name) => {
    state.revision = revision;
    if (record.kind === "put" && !complete) {
      apply(state, record, options.objects);
      objects++;
    } else if (record.kind === "end" && record.content["objects"] === objects) complete = true;
    else throw corrupt(name, "holds what does not belong there");
  });
  const name = nameOf("snapshot", generation);
  if (end.damage !== undefined) throw corrupt(name, `is damaged at byte ${end.offset} (${end.damage.reason})`);
  if (!complete) throw corrupt(name, "has no end");
  return state;
}

export interface LogRead extends ReadEnd {
  readonly records: number;
}

/**
 * Applies the records of a log to the state with which it began. The last log may end in the middle of a record, since
 * the process may have ended there; the caller cuts it off.
 * @throws StoreError if there is other damage, or a revision is missing.
 */
export function readLog(generation: number, isLast: boolean, state: State, options: RecoverOptions): LogRead {
  let records = 0;
  const end = readPart("log", generation, options, (record, revision, name, offset) => {
    if (records === 0 && revision !== state.revision) throw gap(name, state.revision, revision);
    if (record.kind !== "put" && record.kind !== "delete") throw corrupt(name, "holds what does not belong there");
    if (record.revision !== state.revision + 1) throw gap(`${name} at byte ${offset}`, state.revision, record.revision);
    apply(state, record, options.objects);
    state.revision = record.revision;
    records++;
  });
  const name = nameOf("log", generation);
  if (records === 0 && end.revision !== state.revision) throw gap(name, state.revision, end.revision);
  if (end.damage === undefined) return { ...end, records };
  const { reason, goodAfter } = end.damage;
  const where = `is damaged at byte ${end.offset} (${reason})`;
  if (!isLast) throw corrupt(name, `${where}, and a later log follows`);
  if (goodAfter !== undefined && !options.cutDamage) {
    throw corrupt(name, `${where}, and good records follow at byte ${goodAfter}: no crash of this process does that`);
  }
  return { ...end, records };
}

/** Checks the head and hands over the records after it with the head's revision. */
function readPart(
  part: Part,
  generation: number,
  { files, pathOf }: RecoverOptions,
  onRecord: (record: LogRecord, revision: number, name: string, offset: number) => void,
): ReadEnd & { readonly revision: number } {
  const name = nameOf(part, generation);
  const file = files.open(pathOf(name));
  try {
    let revision: number | undefined;
    const end = readRecords(file, (record, offset) => {
      if (revision !== undefined) onRecord(record, revision, name, offset);
      else if (record.kind === "head") ({ revision } = checkHead(record.content, part, generation));
      else throw corrupt(name, "does not begin with a head");
    });
    if (revision === undefined) throw corrupt(name, "does not begin with a head");
    return { ...end, revision };
  } finally {
    file.close();
  }
}

function apply(state: State, record: Extract<LogRecord, { kind: "put" | "delete" }>, objects: StoredObjects): void {
  const { collection, key } = record;
  if (record.kind === "delete") deleteStored(state, collection, key);
  else setStored(state, collection, objects.read(key, record.revision, record.bytes));
}

function corrupt(name: string, what: string): StoreError {
  return new StoreError("corrupt", `${name} ${what}`);
}

function gap(place: string, before: number, found: number): StoreError {
  return new StoreError("corrupt", `${place} goes on with revision ${found} after revision ${before}`);
}
