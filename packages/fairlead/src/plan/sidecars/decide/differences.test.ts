import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../../scripts/runs.ts";
import type { ProxyShape } from "../model/facts.ts";
import { defaultSettings } from "../presets.ts";
import { differencesOf, targetOf, targetOfAll } from "./differences.ts";

const { compare } = defaultSettings;
const shape: ProxyShape = {
  image: "istio/proxyv2:1",
  digest: "",
  revision: "default",
  placement: "container",
  init: "init",
  resources: { limits: { cpu: "2" } },
  env: { A: "1" },
  args: ["proxy"],
  templates: "",
};
const changes: readonly [string, Partial<ProxyShape>, string, string][] = [
  ["image", { image: "istio/proxyv2:2" }, "istio/proxyv2:1", "istio/proxyv2:2"],
  ["revision", { revision: "" }, "default", "none"],
  ["placement", { placement: "native" }, "container", "native"],
  ["init", { init: "none" }, "init", "none"],
  ["resources", { resources: {} }, '{"limits":{"cpu":"2"}}', "{}"],
  ["args", { args: ["proxy", "x"] }, '["proxy"]', '["proxy","x"]'],
  ["env", { env: { A: "2" } }, "A=1", "A=2"],
  ["env", { env: {} }, "A=1", "A unset"],
  ["env", { env: { A: "1", B: "" } }, "B unset", "B="],
];

for (const [field, change, from, to] of changes) {
  test(`finds ${field}: ${from} → ${to}`, () => {
    const found = differencesOf(shape, { ...shape, ...change }, compare, { isWhole: true });
    assert.deepEqual(found, [{ field, from, to, effect: "restart" }]);
  });
}

test("a proxy more or less is one difference, and none is none", () => {
  assert.deepEqual(
    differencesOf(undefined, shape, compare).map(({ field }) => field),
    ["added"],
  );
  assert.deepEqual(
    differencesOf(shape, undefined, compare).map(({ field }) => field),
    ["removed"],
  );
  assert.deepEqual(differencesOf(undefined, undefined, compare), []);
});

test("looks at the fields alone that can be told", () => {
  const other = { ...shape, image: "istio/proxyv2:2", env: {}, args: [] };
  assert.deepEqual(
    differencesOf(shape, other, compare, { only: ["image", "revision"] }).map(({ field }) => field),
    ["image"],
  );
});

test("what a pod has beyond the injector's answer may be another webhook's, and is reported alone", () => {
  const effects = (expected: Partial<ProxyShape>, isWhole: boolean): string[] =>
    differencesOf(shape, { ...shape, ...expected }, compare, { isWhole }).map(({ effect }) => effect);
  const less: readonly Partial<ProxyShape>[] = [{ env: {} }, { resources: {} }, { resources: { limits: {} } }];
  for (const expected of less) {
    assert.deepEqual(effects(expected, false), ["report"]);
    assert.deepEqual(effects(expected, true), ["restart"]);
  }
  assert.deepEqual(effects({ env: { A: "2" } }, false), ["restart"]);
  assert.deepEqual(effects({ resources: { limits: { cpu: "1" } } }, false), ["restart"]);
  assert.deepEqual(effects({ resources: { limits: { cpu: "2" }, requests: { cpu: "1" } } }, false), ["restart"]);
});

test("only reports what cannot be told apart", () => {
  const pinned = { ...shape, image: `istio/proxyv2@sha256:${"a".repeat(64)}` };
  assert.deepEqual(
    differencesOf(pinned, shape, compare).map(({ effect }) => effect),
    ["report"],
  );
});

test("values that look like secrets are not shown, and long ones not whole", () => {
  const [hidden] = differencesOf(shape, { ...shape, env: { A: "1", API_TOKEN: "hunter2" } }, compare);
  assert.doesNotMatch(hidden!.to, /hunter2/);
  const [long] = differencesOf(shape, { ...shape, env: { A: "x".repeat(10_000) } }, compare);
  assert.ok(long!.to.length < 300);
});

test("a target stands for what is expected, whatever digest runs", () => {
  const texts = fc.constantFrom("a", "b");
  const shapes = fc.record({ image: texts, revision: texts, env: fc.dictionary(fc.constantFrom("X", "Y"), texts) });
  fc.assert(
    fc.property(shapes, shapes, (one, two) => {
      const [a, b] = [
        { ...shape, ...one },
        { ...shape, ...two, digest: "sha256:x" },
      ];
      const isSame = differencesOf(a, { ...b, digest: "" }, compare).length === 0;
      assert.equal(targetOf(a) === targetOf(b), isSame);
    }),
    runs(100),
  );
  assert.match(targetOf(shape), /^[0-9a-f]{12}$/);
  assert.equal(targetOf(undefined), "none");
  assert.equal(targetOfAll([shape, undefined]), targetOfAll([undefined, shape, shape]));
  assert.match(targetOfAll([shape, undefined]), /^[0-9a-f]{12}$/);
});
