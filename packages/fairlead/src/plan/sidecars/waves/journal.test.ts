import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../../scripts/runs.ts";
import { benchOf, noon, outdated } from "../../../../test/sidecars/waves/samples.ts";
import type { Journal, JournalEntry } from "../model/run.ts";
import { decodeJournal } from "./decode-journal.ts";
import { encodeJournal, journalKey, mostBytes } from "./encode-journal.ts";
import { startRun } from "./start-run.ts";
import { step } from "./step.ts";

function journalWith(workloads: Journal["workloads"]): Journal {
  return { version: 1, revision: 3, pauses: [], workloads, history: [], run: undefined };
}

function entry(state: JournalEntry["state"], at: number, reason = ""): JournalEntry {
  return { target: "t", state, wave: "rest", startedAt: at, endedAt: state === "restarting" ? undefined : at, reason };
}

test("reads what it wrote", () => {
  const bench = benchOf();
  bench.set(outdated("east/shop/web", { identity: "web" }), outdated("east/shop/api", { way: { kind: "evict" } }));
  bench.step();
  bench.step({ kind: "pause", by: "ann", reason: 'a "look"\n', scope: { kind: "cluster", cluster: "east" } });
  const { journal } = bench.state;
  const { data, left } = encodeJournal(journal);
  assert.equal(left, 0);
  const read = decodeJournal(data, noon);
  assert.deepEqual(read, { journal, findings: [] });
  assert.deepEqual(decodeJournal(undefined, noon), { journal: undefined, findings: [] });
});

test("stays within its bound: what is finished gives way first, the oldest of it", () => {
  const workloads: { [key: string]: JournalEntry } = {};
  for (let at = 0; at < 4000; at++) workloads[`east/ns/Deployment.apps/w-${at}`] = entry("done", at, "ü".repeat(300));
  workloads["east/ns/Deployment.apps/now"] = entry("restarting", 0);
  workloads["east/ns/Deployment.apps/bad"] = entry("failed", 0);
  const { data, left } = encodeJournal(journalWith(workloads));
  const text = data[journalKey]!;
  const size = Buffer.byteLength(text);
  assert.ok(size <= mostBytes && size > mostBytes - 1000, `${size}`);
  const read = decodeJournal(data, noon);
  assert.deepEqual(read.findings, []);
  const keys = Object.keys(read.journal!.workloads);
  assert.equal(keys.length, 4002 - left);
  assert.ok(keys.includes("east/ns/Deployment.apps/now") && keys.includes("east/ns/Deployment.apps/bad"));
  assert.ok(keys.includes("east/ns/Deployment.apps/w-3999") && !keys.includes("east/ns/Deployment.apps/w-0"));
});

test("a journal that cannot be read pauses everything, and says so, until somebody resumes", () => {
  const good = encodeJournal(journalWith({ "east/shop/Deployment.apps/web": entry("done", 1) })).data[journalKey]!;
  const texts: readonly (readonly [string, RegExp])[] = [
    ["", /no JSON/],
    ["[]", /no object/],
    ["{}", /version/],
    [good.slice(0, -9), /no JSON/],
    [good.replace('"version":1', '"version":2'), /version/],
    [good.replace('"done"', '"gone"'), /1 of its workloads/],
    [good.replace("Deployment.apps/web", "web"), /1 of its workloads/],
    [good.replace('"startedAt":1', '"startedAt":-1'), /1 of its workloads/],
    [good.replace('"revision":3', '"revision":1e300'), /revision/],
    [good.replace('"pauses":[]', '"pauses":[{"scope":{"kind":"most"}}]'), /pauses/],
    [" ".repeat(2 ** 20 + 1), /larger/],
  ];
  for (const [text, message] of texts) {
    const { journal, findings } = decodeJournal({ [journalKey]: text }, noon);
    assert.deepEqual([findings.map(({ code }) => code), journal?.pauses.length], [["FL870"], 1], text.slice(0, 80));
    assert.match(findings[0]!.message, message);
  }
  assert.equal(decodeJournal({}, noon).findings.length, 1);
  const bench = benchOf();
  bench.state = startRun(decodeJournal({}, noon).journal, bench.settings);
  bench.set(outdated("east/shop/web"));
  assert.deepEqual(bench.started(), []);
  assert.match(bench.state.progress.paused, /^paused by the journal: the journal cannot be read/);
  assert.deepEqual(bench.started({ kind: "resume", by: "ann", scope: { kind: "all" } }), ["east/shop/web"]);
});

test("whatever a journal says, a run starts, steps and writes one that can be read", () => {
  const name = fc.constantFrom("web", "__proto__", "constructor", "a/b", "x#1");
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(1e308, -1, "done", "held", "restarting"),
  );
  const entries = fc.dictionary(
    name.map((one) => `east/shop/Deployment.apps/${one}`),
    fc.record(
      { target: value, state: value, wave: value, startedAt: value, endedAt: value, reason: value, evicted: value },
      { requiredKeys: [] },
    ),
  );
  const hostile = fc.record(
    { version: fc.constant(1), revision: value, pauses: value, workloads: entries, history: value, run: value },
    { requiredKeys: ["version"] },
  );
  fc.assert(
    fc.property(hostile, (source) => {
      const { journal } = decodeJournal({ [journalKey]: JSON.stringify(source) }, noon);
      const bench = benchOf();
      bench.set(outdated("east/shop/web"));
      const { settings, decisions, clusters } = bench;
      const input = { now: noon, monotonic: 0, settings, decisions, changed: undefined, clusters, events: [] };
      const { state } = step(startRun(journal, settings), input);
      assert.ok(Array.isArray(state.rows));
      assert.deepEqual(decodeJournal(encodeJournal(state.journal).data, noon).findings, []);
    }),
    runs(200),
  );
});
