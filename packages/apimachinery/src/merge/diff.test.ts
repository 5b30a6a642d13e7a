import assert from "node:assert/strict";
import { test } from "node:test";
import { processorMs } from "../../test/processor-time.ts";
import * as fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { equal, type JsonObject, type JsonValue } from "../json.ts";
import { schemaForKind } from "../openapi/definitions.ts";
import type { Schema } from "../schema/schema.ts";
import { applyDiff } from "./apply-diff.ts";
import { diff, formatDiffPath, type Change } from "./diff.ts";
import { threeWay } from "./three-way.ts";

const pod = schemaForKind("v1", "Pod")!;

function told(changes: readonly Change[]): string[] {
  return changes.map((change) => {
    const { kind, path } = change;
    const before = "before" in change ? JSON.stringify(change.before) : "";
    const after = "after" in change ? JSON.stringify(change.after) : "";
    return `${kind} ${formatDiffPath(path)}: ${before} → ${after}`;
  });
}

const base: JsonObject = {
  metadata: { finalizers: ["a", "b"], labels: { "example.com/x": "1" } },
  spec: {
    containers: [
      {
        name: "app",
        image: "app:1",
        args: ["a"],
        ports: [{ containerPort: 53 }, { containerPort: 53, protocol: "UDP" }],
      },
      { name: "proxy", image: "proxy:1" },
    ],
  },
};

test("names items of lists by their keys", () => {
  const after: JsonObject = {
    metadata: { finalizers: ["b", "c"], labels: { "example.com/x": "2" } },
    spec: {
      containers: [
        { name: "app", image: "app:2", args: ["a", "b"], ports: [{ containerPort: 53 }] },
        { name: "agent", image: "agent:1" },
      ],
    },
  };
  assert.deepEqual(told(diff(base, after, pod)), [
    'remove metadata.finalizers["a"]: "a" → ',
    'add metadata.finalizers["c"]:  → "c"',
    'change metadata.labels[example.com/x]: "1" → "2"',
    'change spec.containers[name=app].image: "app:1" → "app:2"',
    'change spec.containers[name=app].args: ["a"] → ["a","b"]',
    'remove spec.containers[name=app].ports[containerPort=53,protocol=UDP]: {"containerPort":53,"protocol":"UDP"} → ',
    'remove spec.containers[name=proxy]: {"name":"proxy","image":"proxy:1"} → ',
    'add spec.containers[name=agent]:  → {"name":"agent","image":"agent:1"}',
  ]);
});

test("tells a new order once, and not at all on request", () => {
  const after = { spec: { containers: [{ name: "b" }, { name: "a" }] } };
  const before = { spec: { containers: [{ name: "a" }, { name: "b" }] } };
  assert.deepEqual(told(diff(before, after, pod)), [
    'order spec.containers: [{"name":"a"},{"name":"b"}] → [{"name":"b"},{"name":"a"}]',
  ]);
  assert.deepEqual(diff(before, after, pod, { ignoreOrder: true }), []);
});

test("takes a list for one value without a schema, or when two items share a key", () => {
  const one = { items: [{ name: "a" }] };
  const two = { items: [{ name: "a", x: 1 }] };
  assert.deepEqual(told(diff(one, two)), ['change items: [{"name":"a"}] → [{"name":"a","x":1}]']);
  assert.deepEqual(told(diff(one, two, undefined, { guessNames: true })), ["add items[name=a].x:  → 1"]);
  const env = (...names: string[]) => ({ spec: { containers: [{ name: "a", env: names.map((name) => ({ name })) }] } });
  assert.deepEqual(
    diff(env("X", "X"), env("X"), pod).map(({ kind }) => kind),
    ["change"],
  );
});

test("compares long keyed lists in linear time", async (t) => {
  const list = (value: string) => ({
    spec: { containers: [{ name: "a", env: Array.from({ length: 20_000 }, (_, n) => ({ name: `E${n}`, value })) }] },
  });
  const took = await processorMs(() => assert.equal(diff(list("1"), list("2"), pod).length, 20_000));
  t.diagnostic(`${took.toFixed(0)} ms`);
  assert.ok(took < 3000);
});

const schema: Schema = {
  type: "object",
  properties: {
    keyed: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["id"],
      items: { type: "object", properties: { id: { type: "string" }, inner: { $ref: "self" } } },
    },
    set: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    plain: { type: "array", items: { type: "integer" } },
    map: { type: "object", additionalProperties: { type: "string" } },
  },
};
const resolve = (): Schema => schema;

const letters = fc.constantFrom("a", "b", "c", "d");
const { value: document } = fc.letrec<{ value: JsonObject }>((tie) => ({
  value: fc.record(
    {
      keyed: fc.uniqueArray(
        fc.record({ id: letters, inner: tie("value"), x: fc.nat(1) }, { requiredKeys: ["id"], noNullPrototype: true }),
        {
          maxLength: 4,
          selector: ({ id }) => id,
        },
      ) as fc.Arbitrary<JsonValue>,
      set: fc.uniqueArray(letters, { maxLength: 4 }),
      plain: fc.array(fc.nat(2), { maxLength: 2 }),
      map: fc.dictionary(letters, letters, { maxKeys: 3, noNullPrototype: true }),
    },
    { requiredKeys: [], noNullPrototype: true },
  ) as fc.Arbitrary<JsonObject>,
}));
const options = { resolve };
const settings = runs(300);

test("gives nothing for equal values and, applied, exactly the other value", () => {
  fc.assert(
    fc.property(document, document, (before, after) => {
      const text = JSON.stringify(before);
      const changes = diff(before, after, schema, options);
      assert.deepEqual(diff(before, before, schema, options), []);
      assert.equal(changes.length === 0, equal(before, after));
      assert.deepEqual(applyDiff(before, changes, schema, options), after);
      assert.equal(JSON.stringify(before), text);
    }),
    settings,
  );
});

test("merges three ways: one side alone wins, equal sides agree, disjoint changes both hold", () => {
  fc.assert(
    fc.property(document, document, document, (origin, mine, theirs) => {
      assert.deepEqual(threeWay(origin, mine, origin, schema, options), { value: mine, conflicts: [] });
      assert.deepEqual(threeWay(origin, origin, theirs, schema, options), { value: theirs, conflicts: [] });
      assert.deepEqual(threeWay(origin, mine, mine, schema, options), { value: mine, conflicts: [] });
      const conflicts = threeWay(origin, mine, theirs, schema, options).conflicts;
      const swapped = threeWay(origin, theirs, mine, schema, options).conflicts;
      const places = (list: typeof conflicts) => list.map(({ path }) => formatDiffPath(path)).sort();
      assert.deepEqual(places(conflicts), places(swapped));
    }),
    settings,
  );
});

test("keeps what another wrote into a list and takes our changes", () => {
  const mine = {
    spec: {
      containers: [
        { name: "app", image: "app:2" },
        { name: "metrics", image: "m:1" },
      ],
    },
  };
  const theirs = { spec: { containers: [{ name: "app", image: "app:1", env: [{ name: "A" }] }, { name: "istio" }] } };
  const origin = { spec: { containers: [{ name: "app", image: "app:1" }] } };
  assert.deepEqual(threeWay(origin, mine, theirs, pod), {
    value: {
      spec: {
        containers: [
          { name: "app", image: "app:2", env: [{ name: "A" }] },
          { name: "metrics", image: "m:1" },
          { name: "istio" },
        ],
      },
    },
    conflicts: [],
  });
});

test("reports a value that both changed, and what each made of it", () => {
  const image = (text: string) => ({ spec: { containers: [{ name: "app", image: text }] } });
  const merged = threeWay(image("1"), image("2"), image("3"), pod);
  assert.deepEqual(merged.value, image("2"));
  assert.deepEqual(
    merged.conflicts.map(({ path, ...rest }) => [formatDiffPath(path), rest]),
    [["spec.containers[name=app].image", { base: "1", mine: "2", theirs: "3" }]],
  );
  assert.deepEqual(threeWay(image("1"), image("2"), image("3"), pod, { prefer: "theirs" }).value, image("3"));
  const removed = threeWay(image("1"), { spec: { containers: [] } }, image("3"), pod);
  assert.deepEqual(removed.value, { spec: { containers: [] } });
  assert.equal(removed.conflicts.length, 1);
});
