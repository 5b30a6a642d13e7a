import { isObject, parseJson, setOwn, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { partsOf } from "../model/keys.ts";
import type { HistoryEntry, Journal, JournalEntry, PauseScope, RunRecord } from "../model/run.ts";
import { journalKey } from "./encode-journal.ts";
import { journalPauser } from "./failures.ts";
import { wavesFinding } from "./findings.ts";
import { mostPauses } from "./results.ts";
import { mostHistory } from "./stages.ts";

export interface DecodedJournal {
  /** For `startRun`; undefined: there was none, everything begins. */
  readonly journal: Journal | undefined;
  readonly findings: readonly Finding[];
}

/** Of a field that is there and not as it should be. */
const wrong: unique symbol = Symbol("wrong");

/** More than anybody writes; what lies beyond is not looked at. */
const mostText = 2 ** 20;
const mostWorkloads = 20_000;

/**
 * Reads what `encodeJournal` wrote, from the data of a ConfigMap (undefined: there is none). Anybody with rights in its
 * namespace may have changed it: whatever of it is not as it was written pauses everything (at clock time `now`), for then
 * nobody knows what was paused and what has been restarted already. What can be read of it is kept.
 */
export function decodeJournal(data: { readonly [key: string]: string } | undefined, now: number): DecodedJournal {
  if (data === undefined) return { journal: undefined, findings: [] };
  const problems: string[] = [];
  const journal = read(Object.hasOwn(data, journalKey) ? data[journalKey] : undefined, problems);
  if (problems.length === 0) return { journal, findings: [] };
  const reason = `the journal cannot be read: ${problems.slice(0, 3).join("; ")}`.slice(0, 1000);
  const pause = { scope: { kind: "all" as const }, by: journalPauser, reason, at: now };
  const pauses = [...journal.pauses.filter(({ by }) => by !== journalPauser), pause];
  return { journal: { ...journal, pauses }, findings: [wavesFinding("FL870", { message: reason })] };
}

function read(source: string | undefined, problems: string[]): Journal {
  const empty: Journal = { version: 1, revision: 0, pauses: [], workloads: {}, history: [], run: undefined };
  if (typeof source !== "string") return (problems.push(`there is no ${journalKey}`), empty);
  if (source.length > mostText) return (problems.push("it is larger than any journal"), empty);
  let value: JsonValue;
  try {
    value = parseJson(source);
  } catch {
    return (problems.push("it is no JSON"), empty);
  }
  if (!isObject(value)) return (problems.push("it is no object"), empty);
  if (value["version"] !== 1) problems.push("its version is not 1");
  return {
    version: 1,
    revision: count(value["revision"]) ?? (problems.push("it has no revision"), 0),
    pauses: list(value["pauses"], "pauses", mostPauses + 1, readPause, problems),
    workloads: readWorkloads(value["workloads"], problems),
    history: list(value["history"], "history", mostHistory, readHistory, problems),
    run: value["run"] === undefined ? undefined : (readRun(value["run"]) ?? (problems.push("run is wrong"), undefined)),
  };
}

function list<T>(
  value: JsonValue | undefined,
  name: string,
  most: number,
  readItem: (value: JsonValue) => T | undefined,
  problems: string[],
): readonly T[] {
  if (!Array.isArray(value) || value.length > most) return (problems.push(`${name} is no list, or too long`), []);
  const items = value.map(readItem);
  if (items.includes(undefined)) problems.push(`an item of ${name} is wrong`);
  return items.flatMap((item) => item ?? []);
}

function readWorkloads(value: JsonValue | undefined, problems: string[]): Journal["workloads"] {
  const workloads: [string, JournalEntry][] = [];
  const entries = isObject(value) ? Object.entries(value) : undefined;
  if (entries === undefined || entries.length > mostWorkloads) problems.push("workloads is no object, or too large");
  let unread = 0;
  for (const [key, one] of entries?.slice(0, mostWorkloads) ?? []) {
    const entry = isKey(key) ? readEntry(one) : undefined;
    if (entry === undefined) unread++;
    else workloads.push([key, entry]);
  }
  if (unread > 0) problems.push(`${unread} of its workloads are wrong`);
  return Object.fromEntries(workloads);
}

function isKey(key: string): boolean {
  const { cluster, namespace, kind, name } = partsOf(key);
  return key.length <= 1024 && cluster !== "" && [namespace, kind, name].every((part) => /^[^\s#]+$/.test(part));
}

const states: readonly JournalEntry["state"][] = ["restarting", "held", "done", "failed", "broken"];

function readEntry(value: JsonValue): JournalEntry | undefined {
  if (!isObject(value)) return undefined;
  const [target, wave, reason] = [text(value["target"], 64), text(value["wave"], 256), text(value["reason"], 2000)];
  const state = states.find((one) => one === value["state"]);
  const startedAt = time(value["startedAt"]);
  const endedAt = optional(value["endedAt"], time);
  const identity = optional(value["identity"], (one) => text(one, 512));
  const evicted = optional(value["evicted"], readEvicted);
  if (target === undefined || wave === undefined || reason === undefined || state === undefined) return undefined;
  if (startedAt === undefined || endedAt === wrong || identity === wrong || evicted === wrong) return undefined;
  return {
    target,
    state,
    wave,
    startedAt,
    endedAt,
    reason,
    ...(identity === undefined ? {} : { identity }),
    ...(value["forgiven"] === true ? { forgiven: true } : {}),
    ...(value["superseded"] === true ? { superseded: true } : {}),
    ...(value["marked"] === true ? { marked: true } : {}),
    ...(evicted === undefined ? {} : { evicted }),
  };
}

function readEvicted(value: JsonValue): JournalEntry["evicted"] | undefined {
  if (!isObject(value)) return undefined;
  const [pods, of] = [count(value["pods"]), count(value["of"])];
  const pod = optional(value["pod"], (one) => text(one, 256));
  if (pods === undefined || of === undefined || pod === wrong) return undefined;
  return { pods, of, ...(pod === undefined ? {} : { pod }) };
}

function readPause(value: JsonValue): Journal["pauses"][number] | undefined {
  if (!isObject(value)) return undefined;
  const [scope, by, reason, at] = [
    readScope(value["scope"]),
    text(value["by"], 512),
    text(value["reason"], 4000),
    time(value["at"]),
  ];
  if (scope === undefined || by === undefined || reason === undefined || at === undefined) return undefined;
  return { scope, by, reason, at };
}

function readScope(value: JsonValue | undefined): PauseScope | undefined {
  if (!isObject(value)) return undefined;
  const [cluster, namespace] = [text(value["cluster"], 256), text(value["namespace"], 256)];
  if (value["kind"] === "all") return { kind: "all" };
  if (value["kind"] === "cluster" && cluster !== undefined) return { kind: "cluster", cluster };
  if (value["kind"] !== "namespace" || cluster === undefined || namespace === undefined) return undefined;
  return { kind: "namespace", cluster, namespace };
}

function readHistory(value: JsonValue): HistoryEntry | undefined {
  if (!isObject(value)) return undefined;
  const startedAt = time(value["startedAt"]);
  const endedAt = optional(value["endedAt"], time);
  const [restarted, failed, reason] = [count(value["restarted"]), count(value["failed"]), text(value["reason"], 2000)];
  if (startedAt === undefined || endedAt === wrong || restarted === undefined) return undefined;
  return failed === undefined || reason === undefined ? undefined : { startedAt, endedAt, restarted, failed, reason };
}

function readRun(value: JsonValue): RunRecord | undefined {
  if (!isObject(value) || !isObject(value["waves"])) return undefined;
  const [wave, region, reason] = [text(value["wave"], 256), text(value["region"], 256), text(value["reason"], 2000)];
  const [startedAt, waveStartedAt] = [time(value["startedAt"]), time(value["waveStartedAt"])];
  const lastEndedAt = optional(value["lastEndedAt"], time);
  const [heldMs, restarted, failed] = [time(value["heldMs"]), count(value["restarted"]), count(value["failed"])];
  const waves: { [wave: string]: number } = {};
  for (const [name, one] of Object.entries(value["waves"])) {
    const number = count(one);
    if (number === undefined) return undefined;
    setOwn(waves, name, number);
  }
  if (wave === undefined || region === undefined || reason === undefined || lastEndedAt === wrong) return undefined;
  if (startedAt === undefined || waveStartedAt === undefined || heldMs === undefined) return undefined;
  if (restarted === undefined || failed === undefined) return undefined;
  return { startedAt, wave, region, waveStartedAt, lastEndedAt, heldMs, restarted, failed, waves, reason };
}

function optional<T>(
  value: JsonValue | undefined,
  readOne: (value: JsonValue) => T | undefined,
): T | undefined | typeof wrong {
  return value === undefined ? undefined : (readOne(value) ?? wrong);
}

function text(value: JsonValue | undefined, most: number): string | undefined {
  return typeof value === "string" && value.length <= most ? value : undefined;
}

function count(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < 2 ** 50 ? value : undefined;
}

function time(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 && value < 2 ** 50 ? value : undefined;
}
