import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { appSpec, declare, planApp, planTask, taskSpec, type Surroundings } from "../../../test/workloads/planning.ts";

function account(more: object, around: Surroundings = {}) {
  const planned = planApp(appSpec(more), around);
  const made = planned.objects.find(({ kind }) => kind === "ServiceAccount");
  return { made: made?.metadata.name, used: planned.template.spec["serviceAccountName"], object: made };
}

describe("the ServiceAccount of an App", () => {
  test("is its own, and the pods use it", () => {
    const { made, used } = account({});
    assert.deepEqual([made, used], ["orders", "orders"]);
  });

  test("is another's when one is named", () => {
    const { made, used } = account({ serviceAccountName: "shared" });
    assert.deepEqual([made, used], [undefined, "shared"]);
  });

  test("is made under the name that is written when it is asked for", () => {
    const { made, used } = account({ serviceAccountName: "shared", serviceAccount: { create: true } });
    assert.deepEqual([made, used], ["shared", "shared"]);
    assert.deepEqual(account({ serviceAccount: { name: "mine" } }).made, "mine");
  });

  test("is none when it is turned off", () => {
    const { made, used } = account({ serviceAccount: { create: false } });
    assert.deepEqual([made, used], [undefined, undefined]);
  });

  test("is used as it is when the input has it already", () => {
    const object = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "orders", namespace: "shop" },
    } as KrmObject;
    const { made, used } = account({}, { objects: [object] });
    assert.deepEqual([made, used], [undefined, "orders"]);
  });

  test("is the one that a CloudIdentity of its name makes", () => {
    const identity = (spec: object) => ({ declarations: [declare("CloudIdentity", spec as never)] });
    assert.deepEqual([account({}, identity({})).made, account({}, identity({})).used], [undefined, "orders"]);
    const renamed = account({}, identity({ serviceAccount: { name: "other" } }));
    assert.deepEqual([renamed.made, renamed.used], ["orders", "orders"]);
  });

  test("carries annotations, labels and pull secrets", () => {
    const serviceAccount = { annotations: { a: "b" }, labels: { c: "d" }, imagePullSecrets: [{ name: "registry" }] };
    const { object } = account({ serviceAccount });
    assert.deepEqual(object?.metadata.annotations, { a: "b" });
    assert.equal(object?.metadata.labels?.["c"], "d");
    assert.deepEqual(object?.["imagePullSecrets"], [{ name: "registry" }]);
  });
});

test("a Task gets a ServiceAccount only when something is said about it", () => {
  assert.deepEqual(planTask(taskSpec()).list, ["Job/orders"]);
  const planned = planTask(taskSpec({ serviceAccount: { annotations: { a: "b" } } }));
  assert.deepEqual(planned.list, ["Job/orders", "ServiceAccount/orders"]);
  assert.equal(planned.template.spec["serviceAccountName"], "orders");
});
