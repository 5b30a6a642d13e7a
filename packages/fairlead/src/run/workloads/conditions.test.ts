import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import { conditionsOf, isNews, statusOf } from "./conditions.ts";
import { verdictOfApply, verdictOfChildren, wordsOf, type Verdict } from "./verdict.ts";

const now = Date.UTC(2026, 0, 1, 12);
const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "orders" };
const finding = (code: string, severity: Finding["severity"] = "error"): Finding => ({
  code,
  severity,
  message: `m-${code}`,
});

function app(status?: JsonObject): KrmObject {
  const metadata = { name: "orders", namespace: "shop", generation: 3 };
  return { apiVersion: "fairlead.dev/v1alpha1", kind: "App", metadata, ...(status && { status }) };
}

const ready: Verdict = { kind: "ready", objects: 5 };
const waiting: Verdict = { kind: "waiting", child: ref, reason: "1 of 2 replicas", ready: 4, of: 5 };
const invalid: Verdict = { kind: "invalid", finding: finding("FL110"), more: 2 };

describe("conditions", () => {
  test("are Ready alone when all is well, with Reconciling or Stalled beside it when not", () => {
    const types = (verdict: Verdict) => conditionsOf(verdict).map(({ type, status }) => `${type}=${status}`);
    assert.deepEqual(types(ready), ["Ready=True"]);
    assert.deepEqual(types(waiting), ["Ready=False", "Reconciling=True"]);
    assert.deepEqual(types(invalid), ["Ready=False", "Stalled=True"]);
    assert.deepEqual(types({ kind: "failed", child: ref, reason: "x" }), ["Ready=False", "Stalled=True"]);
    assert.deepEqual(types({ kind: "interrupted", finding: finding("FL713") }), ["Ready=False", "Reconciling=True"]);
  });

  test("name the object that is waited for and its reason, or the finding and how many more there are", () => {
    assert.equal(wordsOf(waiting).message, "Deployment shop/orders: 1 of 2 replicas (4 of 5 objects are ready)");
    assert.equal(wordsOf(invalid).message, "FL110: m-FL110 (and 2 more)");
  });

  test("are short enough for the API, whatever a message is", () => {
    const long: Verdict = { kind: "invalid", finding: { ...finding("FL110"), message: "x".repeat(100_000) }, more: 0 };
    for (const { message } of conditionsOf(long)) assert.ok(message.length < 32_768);
  });
});

describe("a status", () => {
  test("carries the generation that it is about, and the time of the change", () => {
    const status = statusOf(app(), ready, now)!;
    assert.equal(status["observedGeneration"], 3);
    const [condition] = status["conditions"] as JsonObject[];
    assert.deepEqual(
      [condition!["observedGeneration"], condition!["lastTransitionTime"], condition!["reason"]],
      [3, "2026-01-01T12:00:00Z", "Ready"],
    );
  });

  test("is not written when the object says so already", () => {
    const status = statusOf(app(), ready, now)!;
    assert.equal(statusOf(app(status), ready, now + 60_000), undefined);
  });

  test("keeps the time of a condition whose status stays, and drops what is no longer true", () => {
    const before = statusOf(app(), waiting, now)!;
    const after = statusOf(app(before), invalid, now + 60_000)!;
    const conditions = after["conditions"] as JsonObject[];
    assert.deepEqual(
      conditions.map((one) => `${String(one["type"])} ${String(one["lastTransitionTime"])}`),
      ["Ready 2026-01-01T12:00:00Z", "Stalled 2026-01-01T12:01:00Z"],
    );
    const well = statusOf(app(after), ready, now + 120_000)!;
    assert.equal((well["conditions"] as JsonObject[]).length, 1);
  });

  test("is written when only a condition of ours is left over, and leaves those of others alone", () => {
    const status = statusOf(app(), ready, now)!;
    const foreign = { type: "Audited", status: "True", reason: "x", message: "", lastTransitionTime: "t" };
    const withForeign = { ...status, conditions: [...(status["conditions"] as JsonObject[]), foreign] };
    assert.equal(statusOf(app(withForeign), ready, now), undefined);
    const leftOver = {
      ...status,
      conditions: [...(status["conditions"] as JsonObject[]), { ...foreign, type: "Stalled" }],
    };
    assert.ok(statusOf(app(leftOver), ready, now) !== undefined);
  });

  test("says what runs the pods, and keeps it when that is not known", () => {
    const status = statusOf(app(), ready, now, "Deployment")!;
    assert.equal(status["workload"], "Deployment");
    assert.equal(statusOf(app(status), ready, now, "Deployment"), undefined);
    assert.equal(statusOf(app(status), ready, now), undefined);
    assert.equal(statusOf(app(status), invalid, now)!["workload"], "Deployment");
    assert.equal(statusOf(app(status), ready, now, "Rollout")!["workload"], "Rollout");
  });

  test("survives a status that somebody else made up", () => {
    for (const status of ["x", 3, { conditions: "x" }, { conditions: [null, { type: 1 }] }]) {
      assert.ok(statusOf(app(status as JsonObject), ready, now) !== undefined);
    }
  });
});

test("events tell of changes for good or bad, and not of each step on the way", () => {
  const was = (verdict: Verdict) => app(statusOf(app(), verdict, now));
  assert.equal(isNews(app(), ready), true);
  assert.equal(isNews(was(ready), ready), false);
  assert.equal(isNews(was(ready), waiting), false);
  assert.equal(isNews(was(waiting), ready), true);
  assert.equal(isNews(was(invalid), { ...invalid, finding: finding("FL111") } as Verdict), true);
});

test("a failed child counts before one that is not ready, and the first before later ones", () => {
  const child = (kind: "done" | "waiting" | "failed", name: string) => ({ ref: { ...ref, name }, kind, reason: name });
  assert.deepEqual(verdictOfChildren([child("done", "a"), child("done", "b")]), { kind: "ready", objects: 2 });
  const first = verdictOfChildren([child("done", "a"), child("waiting", "b"), child("waiting", "c")]);
  assert.ok(first.kind === "waiting" && first.reason === "b" && first.ready === 1 && first.of === 3);
  const failed = verdictOfChildren([child("waiting", "a"), child("failed", "b")]);
  assert.ok(failed.kind === "failed" && failed.child.name === "b");
});

test("what somebody has to change counts before what passes by itself", () => {
  const refused = verdictOfApply([finding("FL713"), finding("FL702"), finding("FL708", "warning")]);
  assert.ok(refused.kind === "refused" && refused.finding.code === "FL702" && refused.more === 0);
  assert.equal(verdictOfApply([finding("FL715")]).kind, "interrupted");
});
