import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { textOf } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { SidecarFact } from "../../../plan/sidecars/model/facts.ts";
import { createFactBook, type FactBook } from "./fact-book.ts";
import { createUses } from "./uses.ts";

/** One fact for each word of an object's `facts`. */
const book = (): FactBook =>
  createFactBook((object, cluster) =>
    textOf(object["facts"])
      .split(" ")
      .filter((one) => one !== "")
      .map((fact) => {
        const { name = "", namespace = "", uid } = object.metadata;
        const controller = { uid: textOf(object["controller"]) };
        return { fact, cluster, namespace, name, uid, controller, region: object["region"] } as unknown as SidecarFact;
      }),
  );
const object = (kind: string, name: string, rest: object): KrmObject =>
  ({ apiVersion: "apps/v1", kind, metadata: { namespace: "shop", name, uid: "u" }, ...rest }) as unknown as KrmObject;
const taken = (one: FactBook): string[] =>
  one
    .take()
    .map((change) => ("fact" in change ? `${change.kind} ${change.fact.fact} ${change.fact.name}` : change.kind));

describe("what was read", () => {
  test("is known by kind, namespace and name together", () => {
    const one = book();
    const other = object("Deployment", "web", { facts: "workload" });
    one.put("east", object("Deployment", "web", { facts: "workload" }));
    one.put("east", { ...other, metadata: { ...other.metadata, namespace: "bank" } });
    one.put("east", object("StatefulSet", "web", { facts: "workload" }));
    one.take();
    one.remove("east", { apiVersion: "apps/v1", kind: "Deployment" }, { namespace: "shop", name: "web" });
    assert.deepEqual(taken(one), ["removed workload web"]);
    one.remove("east", { apiVersion: "apps/v1", kind: "Deployment" }, { namespace: "bank", name: "web" });
    one.remove("east", { apiVersion: "apps/v1", kind: "StatefulSet" }, { namespace: "shop", name: "web" });
    assert.deepEqual(taken(one), ["removed workload web", "removed workload web"]);
  });

  test("is told as facts, and what is gone as well", () => {
    const one = book();
    one.put("east", object("Deployment", "istiod", { facts: "workload control-plane" }));
    assert.deepEqual(taken(one), ["set workload istiod", "set control-plane istiod"]);
    one.put("east", object("Deployment", "istiod", { facts: "workload" }));
    assert.deepEqual(taken(one), ["removed control-plane istiod", "set workload istiod"]);
    one.remove("east", { apiVersion: "apps/v1beta1", kind: "Deployment" }, { namespace: "shop", name: "istiod" });
    assert.deepEqual(taken(one), ["removed workload istiod"]);
    one.dropCluster("east");
    assert.deepEqual(taken(one), ["cluster-removed"]);
    assert.equal(one.pending, 0);
  });

  test("is taken out where it was when it belongs to somebody else now", () => {
    const one = book();
    one.put("east", object("Pod", "web", { facts: "pod", controller: "a" }));
    one.put("east", object("Pod", "web", { facts: "pod", controller: "b" }));
    assert.deepEqual(taken(one), ["set pod web", "removed pod web", "set pod web"]);
  });

  test("says in which region a cluster is: where most of its nodes are", () => {
    const one = book();
    const node = (name: string, region: string): void =>
      one.put("east", object("Node", name, { facts: "node", region }));
    assert.equal(one.regionOf("east"), "");
    node("a", "eu");
    node("b", "us");
    assert.equal(one.regionOf("east"), "eu");
    node("a", "us");
    assert.equal(one.regionOf("east"), "us");
  });
});

test("who used a question or an injector is known until they use another", () => {
  const uses = createUses();
  const use = (key: string, questions: readonly string[]): void => {
    const used = uses.begin(key);
    for (const id of questions) used.question(id);
    used.injector("i");
    used.end();
  };
  use("web", ["q1"]);
  use("cart", ["q1", "q2"]);
  assert.deepEqual([...uses.ofQuestion("q1")], ["web", "cart"]);
  use("web", ["q2"]);
  assert.deepEqual([[...uses.ofQuestion("q1")], [...uses.ofQuestion("q2")]], [["cart"], ["cart", "web"]]);
  assert.deepEqual([...uses.ofInjector("i")], ["web", "cart"]);
  uses.clear();
  assert.equal(uses.ofQuestion("q2").size + uses.ofInjector("i").size, 0);
});
