import assert from "node:assert/strict";
import { test } from "node:test";
import { benchOf, current, outdated, rolling, target, type Bench } from "../../../../test/sidecars/waves/samples.ts";
import type { RunEvent } from "../model/run.ts";
import { findingsOf } from "./findings-of.ts";

const resumeAll: RunEvent = { kind: "resume", by: "ann", scope: { kind: "all" } };

/** Restarts that their controllers give up. */
function failing(bench: Bench, ...places: string[]): void {
  bench.set(...places.map((place) => outdated(place)));
  bench.step();
  for (const place of places) bench.set(rolling(place, { failed: "ProgressDeadlineExceeded" }));
  bench.step(...bench.written(...places));
}

test("as many failures as the budget allows pause everything, until somebody resumes", () => {
  const bench = benchOf({ budget: { failures: 2 } });
  failing(bench, "east/a/web");
  assert.equal(bench.state.progress.paused, "");
  failing(bench, "east/b/web");
  assert.match(
    bench.state.progress.paused,
    /^paused by the failure budget: 2 failed, of 2 allowed: east\/a\/.*Exceeded/,
  );
  assert.deepEqual(
    findingsOf(bench.state).map(({ code }) => code),
    ["FL872"],
  );
  bench.set(outdated("east/c/web"));
  assert.deepEqual(bench.started(), []);
  assert.equal(bench.last.again, undefined);
  bench.crash();
  assert.deepEqual(bench.started(), []);
  assert.deepEqual(bench.started(resumeAll), ["east/c/web"]);
  assert.match(bench.row("east/a/web"), /^failed/);
});

test("failures of one namespace hold this namespace, and count for no more than their limit", () => {
  const bench = benchOf({ budget: { failures: 3, namespaceFailures: 2, namespace: undefined } });
  failing(bench, "east/a/1", "east/a/2", "west/a/3", "east/a/4");
  assert.equal(bench.state.progress.paused, "");
  bench.set(outdated("east/a/5"), outdated("east/b/web"));
  assert.deepEqual(bench.started(), ["east/b/web"]);
  assert.match(bench.row("east/a/5"), /^blocked: 4 of namespace a failed: east\/a\//);
  const resume: RunEvent = { kind: "resume", by: "ann", scope: { kind: "namespace", cluster: "east", namespace: "a" } };
  assert.deepEqual(bench.started(resume), ["east/a/5"]);
});

test("another configuration forgives failures and lifts their pause", () => {
  const bench = benchOf({ budget: { failures: 1 }, restart: { cooldownMs: 0 } });
  failing(bench, "east/a/web");
  bench.set(outdated("east/b/web"), outdated("east/c/web"));
  bench.step();
  assert.notEqual(bench.state.progress.paused, "");
  const again = { target: "bbbbbbbbbbbb" };
  bench.set(outdated("east/b/web", again));
  assert.deepEqual(bench.started(), [], "one namespace alone lifts nothing");
  bench.set(outdated("east/a/web", { ...again, restartedFor: target }), outdated("east/c/web", again));
  assert.deepEqual(bench.started(), ["east/a/web", "east/b/web", "east/c/web"]);
});

test("what failed and is current after all is done", () => {
  const bench = benchOf({ budget: { failures: 2 } });
  failing(bench, "east/a/web");
  bench.set(current("east/a/web"));
  bench.step();
  failing(bench, "east/b/web");
  assert.equal(bench.state.progress.paused, "");
});

test("says which workloads still differ, and which windows never open", () => {
  const bench = benchOf();
  bench.set(outdated("east/a/web", { restartedFor: target, stillDiffers: true }));
  bench.set(outdated("east/b/web", { windows: ["now and then"] }));
  bench.step();
  const findings = findingsOf(bench.state);
  assert.deepEqual(
    findings.map(({ code, object }) => [code, object?.namespace]),
    [
      ["FL873", "a"],
      ["FL874", "b"],
    ],
  );
});
