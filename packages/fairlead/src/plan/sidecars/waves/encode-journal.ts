import type { Journal, JournalEntry } from "../model/run.ts";

/** Bytes that a journal takes at most: a ConfigMap holds 1 MiB, its other fields included. */
export const mostBytes = 900 * 1024;

/** The key of the ConfigMap's data. */
export const journalKey = "journal.json";

export interface EncodedJournal {
  /** `data` of the ConfigMap. */
  readonly data: { readonly [key: string]: string };
  /** How many workloads did not fit. */
  readonly left: number;
}

/** The text of a journal: JSON with a line for each workload. What is finished gives way first, the oldest of it. */
export function encodeJournal(journal: Journal): EncodedJournal {
  const { version, revision, pauses, run, history, workloads } = journal;
  const head = [
    `{"version":${version},"revision":${revision}`,
    `"pauses":${JSON.stringify(pauses)}`,
    ...(run === undefined ? [] : [`"run":${JSON.stringify(run)}`]),
    `"history":${JSON.stringify(history)}`,
    `"workloads":{`,
  ].join(",\n");
  const lines = Object.entries(workloads).map(([key, entry]) => ({
    key,
    line: `${JSON.stringify(key)}:${JSON.stringify({ ...entry, reason: entry.reason.slice(0, 300) })}`,
    worth: worthOf(entry),
    at: entry.endedAt ?? entry.startedAt,
  }));
  let room = mostBytes - bytesOf(head) - 4;
  const kept = new Set<string>();
  for (const { key, line } of lines.toSorted((a, b) => b.worth - a.worth || b.at - a.at || (a.key < b.key ? -1 : 1))) {
    room -= bytesOf(line) + 2;
    if (room < 0) break;
    kept.add(key);
  }
  const body = lines
    .filter(({ key }) => kept.has(key))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ line }) => line)
    .join(",\n");
  return { data: { [journalKey]: `${head}\n${body}\n}}\n` }, left: lines.length - kept.size };
}

function worthOf({ state, forgiven, superseded }: JournalEntry): number {
  switch (state) {
    case "restarting":
      return 4;
    case "held":
      return 3;
    case "failed":
    case "broken":
      return forgiven === true || superseded === true ? 1 : 2;
    case "done":
      return 0;
  }
}

function bytesOf(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Each half of a pair counts two of its four bytes.
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3;
  }
  return bytes;
}
