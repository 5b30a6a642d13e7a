import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import fc from "fast-check";
import { samples } from "../../../../test/mesh/observed-samples.ts";
import { createFleet } from "../fleet/create-fleet.ts";
import { admiralSettings, defaultSettings } from "../model/presets.ts";
import { factsOf } from "./facts-of.ts";
import { meshKinds } from "./mesh-kinds.ts";

/** Values that have no business where they stand. */
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<JsonValue[]>("", "x".repeat(5000), -1, 1e300, 1.5, null, [], {}, [null], { __proto__: null }, true),
  fc.constant(Array.from({ length: 3000 }, (_, at): JsonValue => ({ name: `p${at}`, port: at + 1 }))),
  fc.constant(Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`key-${at}`, `value-${at}`]))),
  fc.constant(JSON.parse(`${'{"a":'.repeat(2000)}1${"}".repeat(2000)}`) as JsonValue),
  fc.constant(JSON.parse('{"__proto__": "x", "constructor": "y", "toString": {"a": 1}}') as JsonValue),
) as fc.Arbitrary<JsonValue>;

/** The object with another value at a place: `turns` choose the way down. */
function spoilt(value: JsonValue, turns: readonly number[], other: JsonValue): JsonValue {
  const [turn, ...rest] = turns;
  if (turn === undefined || (!isObject(value) && !Array.isArray(value))) return other;
  if (Array.isArray(value)) {
    return value.length === 0
      ? other
      : value.with(turn % value.length, spoilt(value[turn % value.length]!, rest, other));
  }
  const keys = Object.keys(value);
  const key = keys[turn % keys.length];
  return key === undefined ? other : { ...value, [key]: spoilt(value[key]!, rest, other) };
}

const spoiltObject = fc
  .tuple(fc.constantFrom(...samples), fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 7 }), odd)
  .map(([sample, turns, other]) => spoilt(sample, turns, other) as JsonObject);

function strip(object: JsonObject): JsonObject {
  const found = meshKinds(defaultSettings).find(
    (one) => one.apiVersion === object["apiVersion"] && one.kind === object["kind"],
  );
  return found === undefined || !isObject(object["metadata"]) ? object : found.strip(object as KrmObject);
}

describe("what is observed", () => {
  test("says something of each kind that is watched", () => {
    for (const sample of samples) {
      const [fact] = factsOf(sample, "c", defaultSettings);
      assert.notEqual(fact, undefined, String(sample["kind"]));
      assert.equal(fact!.omitted, undefined, `${String(sample["kind"])}: ${fact!.omitted?.join(", ")}`);
    }
    const kinds = new Set(samples.map(({ apiVersion, kind }) => `${String(apiVersion)} ${String(kind)}`));
    const notSampled = meshKinds(defaultSettings).filter(({ apiVersion, kind }) => !kinds.has(`${apiVersion} ${kind}`));
    assert.deepEqual(notSampled.map(({ kind }) => kind).sort(), ["AuthorizationPolicy", "EnvoyFilter"]);
  });

  test("says the same of an object that an informer has stripped", () => {
    for (const sample of samples) {
      const text = JSON.stringify(sample);
      assert.deepEqual(factsOf(strip(sample), "c", defaultSettings), factsOf(sample, "c", defaultSettings), text);
      assert.equal(JSON.stringify(sample), text, "stripping changes nothing that it is given");
      assert.equal(JSON.stringify(strip(sample)).includes("managedFields"), false);
    }
  });

  test("never makes reading fail, and is bounded, whatever stands where", () => {
    fc.assert(
      fc.property(spoiltObject, (object) => {
        for (const settings of [defaultSettings, admiralSettings]) {
          for (const fact of factsOf(object, "c", settings)) {
            if (fact.fact === "policy" || fact.fact === "routing" || fact.fact === "written") continue;
            assert.ok(
              JSON.stringify(fact).length < 200_000,
              `${fact.fact} of ${JSON.stringify(fact).length} characters`,
            );
          }
        }
        assert.doesNotThrow(() => strip(object));
      }),
      { seed: 20, numRuns: 1500 },
    );
  });

  test("is taken into a fleet, and out of it again, whatever stands where", () => {
    fc.assert(
      fc.property(fc.array(spoiltObject, { minLength: 1, maxLength: 6 }), (objects) => {
        const empty = createFleet(defaultSettings);
        const { fleet } = empty.with(objects.map((object) => ({ kind: "put", cluster: "c", object })));
        for (const key of fleet.keys()) if (key.startsWith("identity:")) fleet.identity(key.slice("identity:".length));
        const end = fleet.with([{ kind: "forget", cluster: "c" }]).fleet;
        assert.deepEqual([...end.keys()], []);
        assert.deepEqual(end.clusters, []);
      }),
      { seed: 21, numRuns: 300 },
    );
  });
});
