import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import { virtualClock } from "@fairlead/apimachinery";
import { runs } from "../../../scripts/runs.ts";
import type { ApiRequest } from "../src/api/request.ts";
import { createCore, type Core } from "../src/cluster/core.ts";
import { seededRandom } from "../src/cluster/random.ts";
import { openStore } from "../src/store/log/open-store.ts";
import type { Store } from "../src/store/store.ts";
import { chanceOf } from "./fuzz/chance.ts";
import { checkStore, contentsOf } from "./fuzz/check-store.ts";
import { randomRequest, type RandomRequest } from "./fuzz/random-request.ts";

const admin = { name: "admin", groups: ["system:masters", "system:authenticated"] };
/** Far above what any of these takes (milliseconds), far below what a pattern or an expression that explodes does. */
const mostMs = 5_000;

function coreOf(store: Store, seed: number, errors: unknown[]): Core {
  return createCore({
    store,
    clock: virtualClock(Date.parse("2026-01-01T00:00:00Z")),
    random: seededRandom(seed),
    address: () => "127.0.0.1:6443",
    onError: (error) => errors.push(error),
    disabledAdmission: ["ServiceAccount"],
  });
}

/** The status of the answer, and what it says where it is no success. */
async function send(core: Core, { method, target, headers, body }: RandomRequest): Promise<[number, string]> {
  const mark = target.indexOf("?");
  const request: ApiRequest = {
    method,
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
    headers,
    body,
    user: admin,
    signal: new AbortController().signal,
  };
  const response = await core.handle(request);
  if (response.kind === "upgrade") return [101, ""];
  if (response.kind === "body")
    return [response.status, response.status < 400 ? "" : String(Buffer.concat(response.body))];
  // A watch is opened and left.
  response.start({ write: () => true, end: () => {}, onDrain: () => {} })();
  return [200, ""];
}

/** What the real server answers with 500 or 504, too. */
const documented =
  /failed calling webhook|"unknown patch type: |does not contain declared merge key|strconv\.ParseUint|Too large resource version|failed to create typed patch object/;

async function bombard(t: TestContext, count: number, seed: number): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-fuzz-"));
  const chance = chanceOf(seededRandom(seed));
  const errors: unknown[] = [];
  const statuses = new Map<number, number>();
  let [slowest, slow] = [0, ""];
  let { store } = openStore(folder);
  let core = coreOf(store, seed, errors);
  const close = (): void => {
    core.close();
    store.close();
  };
  try {
    for (let sent = 1; sent <= count; sent++) {
      const request = randomRequest(core, chance);
      const what = (): string =>
        `request ${sent} of seed ${seed}: ${inspect({ ...request, body: request.body.toString().slice(0, 3_000) })}`;
      const started = performance.now();
      const [status, text] = await send(core, request).catch((error: unknown) => {
        throw new Error(what(), { cause: error });
      });
      const took = performance.now() - started;
      if (took > slowest) [slowest, slow] = [took, what()];
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      assert.deepEqual(errors, [], what());
      assert.ok(status < 500 || documented.test(text), `${status} ${text}\n${what()}`);
      assert.ok(took < mostMs, `${took} ms: ${what()}`);
      if (sent % 250 !== 0 && sent !== count) continue;
      checkStore(store);
      const before = contentsOf(store);
      const { revision } = store;
      close();
      ({ store } = openStore(folder));
      core = coreOf(store, seed + sent, errors);
      assert.equal(store.revision, revision);
      assert.deepEqual(contentsOf(store), before);
    }
  } finally {
    close();
    rmSync(folder, { recursive: true, force: true });
  }
  const found = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`);
  t.diagnostic(`${found.join(", ")}; the slowest took ${slowest.toFixed(0)} ms: ${slow.slice(0, 200)}`);
  // Neither all refused nor all taken: both ways are trodden.
  const taken = (statuses.get(200) ?? 0) + (statuses.get(201) ?? 0);
  assert.ok(taken > count / 10 && taken < count * 0.9, found.join(", "));
  assert.equal(Object.hasOwn(Object.prototype, "x"), false);
}

test("answers whatever is sent, and keeps a sound store", { timeout: 1_200_000 }, async (t) => {
  const { numRuns, seed = Math.floor(Math.random() * 2 ** 32) } = runs(1_000);
  const before = process.memoryUsage().rss;
  await bombard(t, numRuns, seed);
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  assert.ok(grown < 700, `${grown.toFixed(0)} MiB more memory`);
});
