import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { dependency, fleetOf, namespace, policy, put, workload } from "../../../../test/mesh/fleet-objects.ts";
import type { Audience } from "../model/fleet.ts";
import { admiralSettings, defaultSettings } from "../model/presets.ts";
import type { MeshSettings, ScopeSettings } from "../model/settings.ts";
import type { FleetChange } from "./change.ts";

const bare = { "sidecar.istio.io/inject": "" };

function isInMesh(labels: JsonObject, space: JsonObject, annotations: JsonObject, settings = defaultSettings): boolean {
  const all = { cluster: "c", name: "a", labels: { ...bare, ...labels }, annotations: { ...bare, ...annotations } };
  return fleetOf([namespace("c", "shop", space), workload(all)], settings).identity("a") !== undefined;
}

describe("a workload is in the mesh", () => {
  const inject = { "sidecar.istio.io/inject": "true" };
  const refuse = { "sidecar.istio.io/inject": "false" };
  const enabled = { "istio-injection": "enabled" };
  const disabled = { "istio-injection": "disabled" };
  const revision = { "istio.io/rev": "1-27" };
  const ambient = { "istio.io/dataplane-mode": "ambient" };
  /** Labels of pod and namespace, annotations of the pod, and whether it is. */
  const rows: readonly (readonly [string, JsonObject, JsonObject, JsonObject, boolean])[] = [
    ["nobody says", {}, {}, {}, false],
    ["the namespace says so", {}, enabled, {}, true],
    ["the namespace says so, the pod does not want it", refuse, enabled, {}, false],
    ["the namespace says so, the pod's annotation does not want it", {}, enabled, refuse, false],
    ["the namespace forbids it, whatever the pod wants", inject, disabled, {}, false],
    ["the namespace has a revision", {}, revision, {}, true],
    ["the namespace has a revision, the pod does not want it", refuse, revision, {}, false],
    ["both of the namespace's labels, the first counts", {}, { ...disabled, ...revision }, {}, false],
    ["the pod wants it", inject, {}, {}, true],
    ["the pod has a revision", revision, {}, {}, true],
    ["the pod has a revision and refuses", { ...revision, ...refuse }, {}, {}, false],
    ["the pod's old annotation wants it", {}, {}, inject, true],
    ["the label counts before the annotation", refuse, {}, inject, false],
    ["the namespace is ambient", {}, ambient, {}, true],
    ["the namespace is ambient, the pod is not", { "istio.io/dataplane-mode": "none" }, ambient, {}, false],
  ];
  for (const [name, labels, space, annotations, expected] of rows) {
    test(`${expected ? "if" : "not if"} ${name}`, () => {
      assert.equal(isInMesh(labels, space, annotations), expected);
    });
  }

  test("by the annotation alone as the predecessor sees it", () => {
    assert.equal(isInMesh(inject, enabled, {}, admiralSettings), false);
    assert.equal(isInMesh({}, disabled, inject, admiralSettings), true);
  });

  test("not with the network of its node, nor where Istio never injects", () => {
    const host = workload({ cluster: "c", name: "a" });
    assert.ok(host.kind === "put");
    const spec = host.object["spec"] as { template: { spec: JsonObject } };
    spec.template.spec["hostNetwork"] = true;
    assert.equal(fleetOf([host]).identity("a"), undefined);
    assert.equal(fleetOf([workload({ cluster: "c", namespace: "kube-system", name: "a" })]).identity("a"), undefined);
  });
});

describe("who gets a name", () => {
  const scoped = (scope: Partial<ScopeSettings>): MeshSettings => ({
    ...defaultSettings,
    scope: { ...defaultSettings.scope, ...scope },
  });
  const nowhere = scoped({ withoutDependency: "nowhere" });
  const clientsOf = (settings: MeshSettings, identity: string, ...rules: [string, string[]][]): Audience =>
    fleetOf(
      rules.map(([source, destinations], at) => dependency(`d${at}`, source, destinations)),
      settings,
    ).clientsOf(identity);
  const only = (...identities: string[]): Audience => ({ kind: "clients", identities });
  const everybody: Audience = { kind: "everybody" };

  test("is said by settings when no Dependency mentions it", () => {
    assert.deepEqual(clientsOf(defaultSettings, "orders"), everybody);
    assert.deepEqual(clientsOf(nowhere, "orders"), only());
    assert.deepEqual(clientsOf(defaultSettings, "cart", ["cart", ["orders"]]), everybody, "what it calls says nothing");
  });

  test("is whom Dependencies name, whatever the case", () => {
    const rules: [string, string[]][] = [
      ["Web", ["ORDERS", "pay"]],
      ["cart", ["Orders"]],
    ];
    assert.deepEqual(clientsOf(defaultSettings, "orders", ...rules), only("cart", "web"));
    assert.deepEqual(clientsOf(defaultSettings, "pay", ...rules), only("web"));
  });

  test("is everybody with a wildcard, except for what a Dependency names", () => {
    assert.deepEqual(clientsOf(nowhere, "pay", ["*", ["*"]]), everybody);
    assert.deepEqual(clientsOf(nowhere, "orders", ["*", ["*"]], ["cart", ["orders"]]), only("cart"));
    assert.deepEqual(clientsOf(nowhere, "pay", ["*", ["*"]], ["cart", ["orders"]]), everybody);
    assert.deepEqual(clientsOf(nowhere, "orders", ["*", ["orders"]], ["cart", ["orders"]]), everybody);
  });

  test("has whoever may call everything among its clients", () => {
    assert.deepEqual(clientsOf(nowhere, "pay", ["monitor", ["*"]]), only("monitor"));
    assert.deepEqual(clientsOf(nowhere, "orders", ["monitor", ["*"]], ["cart", ["orders"]]), only("cart", "monitor"));
    assert.deepEqual(clientsOf(defaultSettings, "pay", ["monitor", ["*"]]), everybody, "nobody loses anything by it");
  });

  test("knows no wildcard in the predecessor's mode, and reads one namespace", () => {
    assert.deepEqual(clientsOf(admiralSettings, "pay", ["*", ["*"]]), only());
    const elsewhere = put(
      "home",
      "admiral.io/v1alpha1",
      "Dependency",
      { name: "d", namespace: "other" },
      {
        source: "cart",
        destinations: ["pay"],
      },
    );
    assert.deepEqual(fleetOf([elsewhere], admiralSettings).clientsOf("pay"), only());
    assert.deepEqual(fleetOf([elsewhere]).clientsOf("pay"), only("cart"));
  });

  test("follows wildcards to what runs somewhere", () => {
    const fleet = fleetOf([
      workload({ cluster: "a", name: "orders" }),
      workload({ cluster: "a", name: "monitor" }),
      dependency("d", "monitor", ["*", "Far"]),
    ]);
    assert.deepEqual(fleet.destinationsOf("monitor"), ["far", "orders"]);
    assert.deepEqual(fleet.destinationsOf("orders"), []);
  });
});

describe("a name belongs", () => {
  const old = { cluster: "c", namespace: "old", name: "a", createdAt: "2026-01-01T00:00:00Z" };
  const young = { cluster: "c", namespace: "young", name: "a", createdAt: "2026-02-01T00:00:00Z" };
  const claimsOf = (...changes: FleetChange[]) =>
    fleetOf(changes)
      .identity("a")!
      .claims.map(({ cluster, env, owner, namespaces, refused }) => [
        cluster,
        env,
        owner,
        namespaces.join(),
        refused.map((one) => one.namespace).join(),
      ]);

  test("to the namespace of the oldest source in its cluster", () => {
    assert.deepEqual(claimsOf(workload(young), workload(old)), [["c", "default", "old", "old", "young"]]);
  });

  test("to whom it was handed over, too, by the workload or its namespace", () => {
    const both = [["c", "default", "old", "old,young", ""]];
    assert.deepEqual(
      claimsOf(workload(young), workload({ ...old, marks: { "fairlead.dev/hand-over": "x, young" } })),
      both,
    );
    const space = namespace("c", "old", {}, { "fairlead.dev/hand-over": "*" });
    assert.deepEqual(claimsOf(workload(young), workload(old), space), both);
    const own = workload({ ...young, marks: { "fairlead.dev/hand-over": "young" } });
    assert.deepEqual(
      claimsOf(own, workload(old)),
      [["c", "default", "old", "old", "young"]],
      "nobody hands it to himself",
    );
  });

  test("to different namespaces in different clusters and envs", () => {
    const other = workload({ ...young, cluster: "d" });
    const stage = workload({ ...young, labels: { env: "stage" } });
    assert.deepEqual(claimsOf(workload(old), other, stage), [
      ["c", "default", "old", "old", ""],
      ["c", "stage", "young", "young", ""],
      ["d", "default", "young", "young", ""],
    ]);
  });

  test("to no client", () => {
    assert.deepEqual(claimsOf(workload({ ...old, kind: "Job" }), workload(young)), [
      ["c", "default", "young", "young", ""],
    ]);
  });
});

describe("a policy", () => {
  const identityOf = (metadata: JsonObject, spec: JsonObject, settings = defaultSettings): string[] => [
    ...fleetOf([policy("c", "p", metadata, spec)], settings).keys(),
  ];
  const envOf = (metadata: JsonObject, spec: JsonObject, settings = defaultSettings): string | undefined =>
    fleetOf(
      [policy("c", "p", { ...metadata, labels: { identity: "a", ...(metadata["labels"] as JsonObject) } }, spec)],
      settings,
    )
      .identity("a")!
      .policies("GlobalTrafficPolicy")[0]?.env;

  test("is for the identity of its label, then of its selector, then for what has none", () => {
    assert.deepEqual(identityOf({ labels: { identity: "A" } }, { selector: { identity: "b" } }), ["identity:a"]);
    assert.deepEqual(identityOf({}, { selector: { identity: "b" } }), ["identity:b"]);
    assert.deepEqual(identityOf({}, {}), ["identity:default"]);
    assert.deepEqual(identityOf({}, {}, admiralSettings), []);
  });

  test("is for an env by annotation, label, selector, label `env`; else for all of them", () => {
    const key = "admiral.io/env";
    assert.equal(envOf({ annotations: { [key]: "1" }, labels: { [key]: "2" } }, { selector: { [key]: "3" } }), "1");
    assert.equal(envOf({ labels: { [key]: "2", env: "4" } }, { selector: { [key]: "3" } }), "2");
    assert.equal(envOf({ labels: { env: "4" } }, { selector: { [key]: "3" } }), "3");
    assert.equal(envOf({ labels: { env: "4" } }, { selector: { env: "5" } }), "4");
    assert.equal(envOf({}, {}), "");
    assert.equal(envOf({}, {}, admiralSettings), "default");
  });

  test("that is ignored is none", () => {
    const ignored = policy("c", "p", { labels: { identity: "a" }, annotations: { "admiral.io/ignore": "true" } });
    assert.deepEqual(fleetOf([ignored]).identity("a")!.policies("GlobalTrafficPolicy"), []);
  });
});
