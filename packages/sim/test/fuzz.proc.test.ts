import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import { virtualClock } from "@fairlead/apimachinery";
import { runs } from "../../../scripts/runs.ts";
import { processorMs } from "../../apimachinery/test/processor-time.ts";
import type { ApiRequest } from "../src/api/request.ts";
import { createCore, type Core } from "../src/cluster/core.ts";
import { seededRandom } from "../src/cluster/random.ts";
import { openStore } from "../src/store/log/open-store.ts";
import { createStore } from "../src/store/memory-store.ts";
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
      let [status, text] = [0, ""];
      const took = await processorMs(async () => {
        [status, text] = await send(core, request).catch((error: unknown) => {
          throw new Error(what(), { cause: error });
        });
      });
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

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** A definition whose objects have a text with this pattern, and a list with this rule. */
function definition(plural: string, pattern: string, rule: string): object {
  const spec = {
    type: "object",
    properties: {
      code: { type: "string", pattern },
      list: { type: "array", maxItems: 100, items: { type: "integer" } },
    },
    "x-kubernetes-validations": [{ rule }],
  };
  return {
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural, singular: plural, kind: plural.toUpperCase(), listKind: `${plural.toUpperCase()}List` },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
        },
      ],
    },
  };
}

test("bounds what patterns, rules and patches can make of a request", async () => {
  const errors: unknown[] = [];
  const core = coreOf(createStore(), 1, errors);
  const slow: string[] = [];
  const ask = async (method: string, target: string, value: object, type = "application/json"): Promise<number> => {
    const body = Buffer.from(JSON.stringify(value));
    let status = 0;
    const took = await processorMs(async () => {
      [status] = await send(core, { method, target, headers: { "content-type": type }, body });
    });
    if (took > mostMs) slow.push(`${method} ${target}: ${took.toFixed(0)} ms`);
    return status;
  };
  const loop = "!has(self.list) || self.list.all(a, self.list.all(b, self.list.all(c, self.list.all(d, a+b+c+d > 0))))";
  const make = (plural: string, spec: object): Promise<number> =>
    ask("POST", `/apis/example.com/v1/namespaces/default/${plural}`, {
      apiVersion: "example.com/v1",
      kind: plural.toUpperCase(),
      metadata: { name: "a" },
      spec,
    });
  assert.equal(await ask("POST", definitions, definition("ones", "^(a+)+$", "true")), 201);
  assert.equal(await make("ones", { code: `${"a".repeat(50_000)}!` }), 422);
  assert.equal(await make("ones", { code: "a".repeat(50_000) }), 201);
  // Whether the definition is refused, as the real server does, or the object: nobody waits for it.
  if ((await ask("POST", definitions, definition("twos", "a", loop))) === 201) {
    assert.equal(await make("twos", { list: Array<number>(100).fill(1), code: "a" }), 422);
  }
  const configMaps = "/api/v1/namespaces/default/configmaps";
  assert.equal(await ask("POST", configMaps, { metadata: { name: "a", labels: { a: "1" } } }), 201);
  const copies = Array.from({ length: 60 }, (_, step) => ({
    op: "copy",
    from: "/metadata/labels",
    path: `/metadata/labels/x${step}`,
  }));
  assert.equal(await ask("PATCH", `${configMaps}/a`, copies, "application/json-patch+json"), 422);
  core.close();
  assert.deepEqual([errors, slow], [[], []]);
});
