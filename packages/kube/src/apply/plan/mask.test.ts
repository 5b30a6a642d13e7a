import assert from "node:assert/strict";
import { test } from "node:test";
import { diff, type JsonObject } from "@fairlead/apimachinery";
import { mask, type KrmObject } from "@fairlead/krm";
import { object } from "../../../test/apply-fixtures.ts";
import { maskBoth, maskChanges } from "./mask.ts";

const secret = (data: JsonObject): KrmObject => object("v1 Secret shop/s", { data });

test("shows that a secret changes, and not to what", () => {
  const [before, after] = maskBoth(
    secret({ same: "c2FtZQ==", other: "b2xk" }),
    secret({ same: "c2FtZQ==", other: "bmV3", added: "eA==" }),
  );
  assert.deepEqual(before!["data"], { same: mask, other: `${mask} (before)` });
  assert.deepEqual(after!["data"], { same: mask, other: `${mask} (after)`, added: mask });
});

test("masks what is only on one side", () => {
  const [before, after] = maskBoth(undefined, secret({ token: "c2VjcmV0" }));
  assert.deepEqual([before, after!["data"]], [undefined, { token: mask }]);
  const [gone] = maskBoth(secret({ token: "c2VjcmV0" }), undefined);
  assert.deepEqual(gone!["data"], { token: mask });
});

const deployment = (value: string): KrmObject =>
  object("apps/v1 Deployment shop/web", {
    spec: { template: { spec: { containers: [{ name: "web", image: "a:1", env: [{ name: "TOKEN", value }] }] } } },
  });

test("masks the values of environment variables, and nothing else of a workload", () => {
  const texts = maskBoth(deployment("hunter2"), deployment("hunter3")).map((side) => JSON.stringify(side));
  assert.ok(texts.every((side) => !side.includes("hunter") && side.includes('"image":"a:1"')));
  assert.notEqual(texts[0], texts[1]);
});

test("masks changes wherever their path ends", () => {
  const cases: [KrmObject, KrmObject][] = [
    [secret({ a: "b2xk" }), secret({ a: "bmV3" })],
    [secret({}), secret({ a: "bmV3" })],
    [object("v1 Secret shop/s"), secret({ a: "bmV3" })],
    [secret({ a: "b2xk" }), object("v1 Secret shop/s")],
    [deployment("b2xk"), deployment("bmV3")],
    [object("apps/v1 Deployment shop/web"), deployment("bmV3")],
  ];
  for (const [before, after] of cases) {
    for (const guessNames of [true, false]) {
      const changes = maskChanges(diff(before, after, undefined, { guessNames }), before.kind);
      assert.equal(changes.length, 1);
      assert.doesNotMatch(JSON.stringify(changes), /b2xk|bmV3/);
      assert.match(JSON.stringify(changes), new RegExp(mask));
    }
  }
});

test("keeps keys that look like a prototype's", () => {
  const before = JSON.parse(
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"__proto__":"b2xk"}}',
  ) as KrmObject;
  const [masked] = maskBoth(before, undefined);
  assert.equal(JSON.stringify(masked!["data"]), `{"__proto__":"${mask}"}`);
});

test("masks what kubectl keeps of any kind's last declaration: environment variables stand in it", () => {
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": '{"env":[{"value":"hunter2"}]}' };
  const web = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a", annotations } };
  assert.doesNotMatch(JSON.stringify(maskBoth(web, undefined)), /hunter2/);
});
