import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import {
  dependency,
  gateway,
  gone,
  namespace,
  node,
  policy,
  put,
  service,
  workload,
} from "../../../../test/mesh/fleet-objects.ts";
import type { Audience } from "../model/fleet.ts";
import { admiralSettings, defaultSettings } from "../model/presets.ts";
import type { MeshSettings, ScopeSettings } from "../model/settings.ts";
import type { FleetChange } from "./change.ts";
import { createFleet, type FleetSnapshot } from "./create-fleet.ts";

function fleetOf(changes: readonly FleetChange[], settings: MeshSettings = defaultSettings): FleetSnapshot {
  return createFleet(settings).with(changes).fleet;
}

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

describe("a cluster", () => {
  const east = { istio: "eastwestgateway" };
  const balancer = (name: string, labels: JsonObject, spec: JsonObject, ingress: JsonObject[] = []): FleetChange =>
    service({
      cluster: "c",
      namespace: "istio-system",
      name,
      labels,
      spec,
      ingress,
      ports: [{ port: 15_443, nodePort: 31_000 }],
    });
  const gatewayOf = (changes: readonly FleetChange[], settings = defaultSettings): string => {
    const found = fleetOf(changes, settings).cluster("c")?.gateway;
    return found === undefined ? "" : `${found.address}:${found.port}`;
  };

  test("is reached by its load balancer's name, then its address, then an external address and the node's port", () => {
    const names = [{ ip: "192.0.2.1" }, { hostname: "lb.example" }];
    assert.equal(gatewayOf([balancer("g", east, {}, names)]), "lb.example.:15443");
    assert.equal(gatewayOf([balancer("g", east, {}, [{ ip: "192.0.2.1" }])]), "192.0.2.1:15443");
    assert.equal(gatewayOf([balancer("g", east, { externalIPs: ["192.0.2.5"] })]), "192.0.2.5:31000");
    assert.equal(gatewayOf([balancer("g", east, {})]), "");
  });

  test("is reached by the Service of the first selector that finds an address, and of several the oldest", () => {
    const ingress = balancer("ingress", { app: "istio-ingressgateway" }, {}, [{ hostname: "in.example" }]);
    assert.equal(gatewayOf([ingress, balancer("g", east, {}, [{ hostname: "east.example" }])]), "east.example.:15443");
    assert.equal(gatewayOf([ingress, balancer("g", east, {})]), "in.example.:15443");
    const overrides = { c: { app: "nlb" } };
    const settings = { ...admiralSettings, gateways: { ...admiralSettings.gateways, overrides } };
    assert.equal(gatewayOf([ingress], settings), "in.example.:15443");
    const nlb = balancer("nlb", { app: "nlb" }, {}, [{ hostname: "nlb.example" }]);
    assert.equal(gatewayOf([ingress, nlb], settings), "nlb.example.:15443");
  });

  test("is in the region of most of its nodes, with all zones of it", () => {
    const nodes = [node("c", "1", "eu", "b"), node("c", "2", "us", "x"), node("c", "3", "eu", "a")];
    const fleet = fleetOf(nodes);
    assert.deepEqual([fleet.cluster("c")!.region, fleet.cluster("c")!.zones], ["eu", ["a", "b"]]);
    const less = fleet.with([gone(nodes[0]!), gone(nodes[2]!)]).fleet;
    assert.deepEqual([less.cluster("c")!.region, less.cluster("c")!.zones], ["us", ["x"]]);
  });

  test("has the trust domain and the DNS of its Istio, and the network of its root namespace", () => {
    const mesh = "trustDomain: eu.example\ndefaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: 'true'}}\n";
    const config = (text: string): FleetChange => ({
      kind: "put",
      cluster: "c",
      object: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "istio", namespace: "istio-system" },
        data: { mesh: text },
      },
    });
    const network = namespace("c", "istio-system", { "topology.istio.io/network": "n1" });
    const facts = fleetOf([config(mesh), network]).cluster("c")!;
    assert.deepEqual([facts.trustDomain, facts.dnsCapture, facts.network], ["eu.example", true, "n1"]);
    const broken = fleetOf([config("a: [")]);
    assert.deepEqual(broken.cluster("c")!.trustDomain, "cluster.local");
    assert.deepEqual(
      broken.clusterFindings("c").map(({ code }) => code),
      ["FL802"],
    );
  });

  test("is told what is missing when something runs there", () => {
    const fleet = fleetOf([workload({ cluster: "c", name: "a" })]);
    assert.deepEqual(
      fleet.clusterFindings("c").map(({ code }) => code),
      ["FL804", "FL805"],
    );
    const whole = fleet.with([gateway("c"), node("c", "1", "eu", "a")]).fleet;
    assert.deepEqual(whole.clusterFindings("c"), []);
  });

  test("is what settings say of it", () => {
    const said = { zones: undefined, network: "n", trustDomain: "t", domain: "d.local", gatewayPort: 1, paused: true };
    const clusters = { c: { ...said, region: "moon", gatewayAddress: "moon.example" } };
    const facts = fleetOf([gateway("c"), node("c", "1", "eu", "a")], { ...defaultSettings, clusters }).cluster("c")!;
    assert.deepEqual(facts.gateway, { address: "moon.example.", port: 1 });
    assert.deepEqual(
      [facts.region, facts.zones, facts.network, facts.trustDomain, facts.clusterDomain, facts.view],
      ["moon", ["a"], "n", "t", "d.local", "paused"],
    );
  });
});

describe("written objects", () => {
  const written = (name: string, kind: string, spec: JsonObject, annotations: JsonObject = {}): FleetChange =>
    put(
      "c",
      "networking.istio.io/v1",
      kind,
      {
        name,
        namespace: "admiral-sync",
        annotations: { "app.kubernetes.io/created-by": "admiral", ...annotations },
      },
      spec,
    );
  const namesOf = (fleet: FleetSnapshot, key: Parameters<FleetSnapshot["written"]>[0]): string[] =>
    fleet.written(key).map(({ name }) => name);
  const rule = written("prd.orders.global-default-dr", "DestinationRule", { host: "prd.orders.global" });

  test("of the predecessor belong to the identity that they name, or whose host they are for", () => {
    const entry = written(
      "prd.orders.global-se",
      "ServiceEntry",
      { hosts: ["prd.orders.global"] },
      { identity: "Orders" },
    );
    const fleet = fleetOf([entry, rule, workload({ cluster: "c", name: "orders", labels: { env: "prd" } })]);
    assert.deepEqual(namesOf(fleet, "identity:orders"), ["prd.orders.global-se", "prd.orders.global-default-dr"]);
    assert.deepEqual([...fleet.keys()], ["identity:orders"]);
  });

  test("belong to the longest identity that is there, for hosts with dots and prefixes", () => {
    const host = "west.prd.team.orders.global";
    const dotted = written("w", "DestinationRule", { host });
    const there = workload({ cluster: "c", name: "a", identity: "team.orders", labels: { env: "prd" } });
    const fleet = fleetOf([dotted, there]);
    assert.deepEqual(namesOf(fleet, "identity:team.orders"), ["w"]);
    assert.deepEqual(fleet.identitiesOf(host), ["team.orders"]);
    const { keys } = fleetOf([dotted]).with([there]);
    assert.ok(keys.includes("identity:team.orders"));
    assert.ok(keys.includes("identity:prd.team.orders"), "whoever had it before is told");
  });

  test("without anything that they could be for are still to be planned, and so removed", () => {
    assert.deepEqual([...fleetOf([rule]).keys()], ["identity:orders"]);
    const odd = written("shop-x", "VirtualService", { hosts: ["x.example"] });
    const fleet = fleetOf([odd]);
    assert.deepEqual([...fleet.keys()], ["copy:c/admiral-sync/VirtualService/shop-x"]);
    assert.deepEqual(namesOf(fleet, "copy:c/admiral-sync/VirtualService/shop-x"), ["shop-x"]);
  });

  test("are copies of the user's object whose name they have", () => {
    const user = put("c", "networking.istio.io/v1", "VirtualService", { name: "x" }, { hosts: ["x.example"] });
    const copy = written("shop-x", "VirtualService", { hosts: ["x.example"] });
    assert.deepEqual(namesOf(fleetOf([user, copy]), "copy:c/shop/VirtualService/x"), ["shop-x"]);
  });

  test("of ours say whose they are, and nobody else's objects are ours", () => {
    const ours = { "app.kubernetes.io/managed-by": "fairlead" };
    const annotations = { "fairlead.dev/owner": "Namespace/c/shop" };
    const object = (labels: JsonObject): FleetChange =>
      put("c", "networking.istio.io/v1", "DestinationRule", { name: "r", labels, annotations }, { host: "h.example" });
    assert.deepEqual(namesOf(fleetOf([object(ours)]), "namespace:c/shop"), ["r"]);
    assert.deepEqual(namesOf(fleetOf([object({})]), "namespace:c/shop"), []);
    assert.equal(fleetOf([object({})]).routing("H.example").length, 1);
  });

  test("touch their own key alone", () => {
    const fleet = fleetOf([workload({ cluster: "c", name: "orders", labels: { env: "prd" } }), gateway("c")]);
    assert.deepEqual(fleet.with([rule]).keys, ["identity:orders"]);
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
