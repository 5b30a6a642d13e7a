import assert from "node:assert/strict";
import { test } from "node:test";
import { decideRetry, type Failure, initialRetryState, type RetryInput } from "./retry-state.ts";

function decide(failure: Partial<Failure>, more: Partial<RetryInput> & { attempts?: number } = {}): number | undefined {
  const { attempts = 0, ...rest } = more;
  const input = { isRead: true, remainingMs: Infinity, random: 0, ...rest };
  const decision = decideRetry(
    { attempts },
    { failure: { code: "server-error", unsent: false, ...failure }, ...input },
  );
  return decision.kind === "wait" ? decision.ms : undefined;
}

test("waits as long as the server asks, whatever the verb, with jitter on top only", () => {
  for (const isRead of [true, false]) {
    for (const httpStatus of [429, 500, 503]) {
      assert.equal(decide({ httpStatus, retryAfterMs: 2_000 }, { isRead }), 2_000);
      assert.equal(decide({ httpStatus, retryAfterMs: 2_000 }, { isRead, random: 0.5 }), 2_050);
    }
  }
  assert.equal(decide({ httpStatus: 409, code: "conflict", retryAfterMs: 1_000 }), undefined);
});

test("repeats reads when the server or the connection fails, with growing delays", () => {
  for (const httpStatus of [500, 502, 503, 504]) assert.equal(decide({ httpStatus }), 50);
  assert.equal(decide({ code: "connection" }), 50);
  const delays = [0, 1, 2].map((attempts) => decide({ code: "connection" }, { attempts, random: 0.999_999 }));
  assert.deepEqual(
    delays.map((one) => Math.round(one!)),
    [100, 200, 400],
  );
  assert.equal(decide({ code: "connection" }, { attempts: 3 }), undefined);
});

test("does not repeat a write that the server may have done", () => {
  for (const httpStatus of [500, 502, 503, 504]) assert.equal(decide({ httpStatus }, { isRead: false }), undefined);
  assert.equal(decide({ code: "connection" }, { isRead: false }), undefined);
  assert.equal(decide({ code: "connection", unsent: true }, { isRead: false }), 50);
});

test("repeats nothing that would fail again", () => {
  for (const code of ["tls", "protocol", "aborted", "closed", "deadline", "credentials"] as const) {
    assert.equal(decide({ code, unsent: true }), undefined, code);
  }
  for (const httpStatus of [400, 401, 403, 404, 409, 410, 422, 501]) assert.equal(decide({ httpStatus }), undefined);
  assert.equal(decide({ httpStatus: 429, code: "too-many-requests" }), undefined);
});

test("begins no wait that would reach the deadline, and gives up in the end", () => {
  assert.equal(decide({ httpStatus: 429, retryAfterMs: 1_000 }, { remainingMs: 1_000 }), undefined);
  assert.equal(decide({ httpStatus: 429, retryAfterMs: 1_000 }, { remainingMs: 1_001 }), 1_000);
  let state = initialRetryState;
  let attempts = 1;
  for (; ; attempts++) {
    const failure = { code: "too-many-requests", httpStatus: 429, retryAfterMs: 1, unsent: false } as const;
    const decision = decideRetry(state, { failure, isRead: false, remainingMs: Infinity, random: 1 });
    if (decision.kind === "give-up") break;
    assert.ok(decision.ms <= 5_001);
    state = decision.state;
  }
  assert.equal(attempts, 10);
});
