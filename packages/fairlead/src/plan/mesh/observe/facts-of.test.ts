import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { samples } from "../../../../test/mesh/observed-samples.ts";
import { createFleet } from "../fleet/create-fleet.ts";
import type { Fact } from "../model/facts.ts";
import { admiralSettings, defaultSettings } from "../model/presets.ts";
import { factsOf } from "./facts-of.ts";
import { meshKinds } from "./mesh-kinds.ts";

function sample(kind: string, name: string): JsonObject {
  return samples.find((one) => one["kind"] === kind && (one["metadata"] as JsonObject)["name"] === name)!;
}

function read<T extends Fact["fact"]>(
  fact: T,
  object: JsonObject,
  settings = defaultSettings,
): Extract<Fact, { fact: T }> {
  const found = factsOf(object, "c", settings)[0];
  assert.equal(found?.fact, fact);
  return found as Extract<Fact, { fact: T }>;
}

const withSpec = (object: JsonObject, spec: JsonObject): JsonObject => ({
  ...object,
  spec: { ...(object["spec"] as JsonObject), ...spec },
});

describe("a workload's fact", () => {
  test("has the pod template's labels, small annotations, account and ports", () => {
    const fact = read("workload", sample("Deployment", "orders"));
    assert.deepEqual(fact.labels, {
      app: "orders",
      identity: "Orders",
      env: "prd",
      "sidecar.istio.io/inject": "true",
    });
    assert.deepEqual(fact.annotations, { "sidecar.istio.io/inject": "true", "admiral.io/env": "prd" });
    assert.deepEqual(
      [fact.serviceAccount, fact.containerPorts, fact.handOver],
      ["orders", [{ name: "http", port: 8080, protocol: "TCP" }], ["new", "other"]],
    );
  });

  test("has a rollout's Services, routes, and the weight that its controller set", () => {
    assert.deepEqual(read("workload", sample("Rollout", "pay")).rollout, {
      strategy: "canary",
      stableService: "pay-stable",
      canaryService: "pay-canary",
      virtualServices: [{ name: "pay", routes: ["primary"] }],
      managedRoutes: ["header"],
      weight: 15,
    });
    assert.deepEqual(read("workload", sample("Rollout", "green")).rollout, {
      strategy: "blueGreen",
      activeService: "active",
      previewService: "preview",
    });
  });

  test("has the pods of a StatefulSet, up to a limit that is said", () => {
    assert.deepEqual(read("workload", sample("StatefulSet", "db")).stateful, { service: "db", replicas: 3 });
    const huge = read("workload", withSpec(sample("StatefulSet", "db"), { replicas: 1e9 }));
    assert.deepEqual([huge.stateful!.replicas, huge.omitted], [128, ["spec.replicas"]]);
  });

  test("has the labels of a Numaflow vertex's pods", () => {
    const fact = read("workload", sample("Vertex", "v"));
    assert.deepEqual([fact.labels["identity"], fact.serviceAccount], ["Orders", "v"]);
  });

  test("has the address and ports of a machine, and of something external", () => {
    const machine = read("workload", sample("WorkloadEntry", "vm"));
    assert.deepEqual(machine.endpoints, [
      { address: "192.0.2.7", ports: { http: 8080 }, locality: "", weight: 2, network: "" },
    ]);
    assert.deepEqual(machine.labels, { identity: "legacy", app: "vm" });
    const bank = read("workload", sample("ServiceEntry", "bank"));
    assert.deepEqual(
      bank.endpoints!.map(({ address }) => address),
      ["bank.example"],
    );
    assert.deepEqual(
      bank.ports!.map(({ port, protocol, appProtocol }) => [port, protocol, appProtocol]),
      [[443, "TCP", "tls"]],
    );
    const inside = withSpec(sample("ServiceEntry", "bank"), { location: "MESH_INTERNAL" });
    assert.deepEqual(factsOf(inside, "c", defaultSettings), []);
  });

  test("is none of a kind, or in a cluster, that settings do not look at", () => {
    assert.deepEqual(factsOf(sample("StatefulSet", "db"), "c", admiralSettings), []);
    assert.deepEqual(factsOf(sample("Job", "once"), "c", admiralSettings), []);
    const discovery = { ...admiralSettings.discovery, clientClusters: { Job: ["c"] } };
    const settings = { ...admiralSettings, discovery };
    assert.equal(factsOf(sample("Job", "once"), "c", settings).length, 1);
    assert.deepEqual(factsOf(sample("Job", "once"), "d", settings), []);
    assert.equal(
      factsOf({ ...sample("Deployment", "orders"), apiVersion: "other.example/v1" }, "c", defaultSettings).length,
      0,
    );
  });

  test("keeps the labels that settings name when there are more than anybody needs, and says so", () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`a-${at}`, "x"]));
    const template = { metadata: { labels: { ...many, identity: "z" } } };
    const fact = read("workload", withSpec(sample("Deployment", "orders"), { template }));
    assert.equal(fact.labels["identity"], "z");
    assert.ok(Object.keys(fact.labels).length <= 80);
    assert.deepEqual(fact.omitted, ["spec.template.metadata.labels"]);
    const injected = { metadata: { labels: { ...many, identity: "z", "sidecar.istio.io/inject": "true" } } };
    const object = withSpec(sample("Deployment", "orders"), { template: injected });
    const { fleet } = createFleet(defaultSettings).with([{ kind: "put", cluster: "c", object }]);
    assert.deepEqual(
      fleet.identity("z")!.findings.map(({ code }) => code),
      ["FL800"],
    );
  });
});

describe("a policy or Dependency", () => {
  test("that is not read whole is told", () => {
    const dependency = withSpec(sample("Dependency", "d"), { destinations: ["orders", 7] });
    const policy = { ...sample("GlobalTrafficPolicy", "p"), spec: "none" };
    const changes = [dependency, policy].map((object) => ({ kind: "put" as const, cluster: "c", object }));
    const { fleet } = createFleet(defaultSettings).with(changes);
    assert.deepEqual(fleet.destinationsOf("cart"), ["orders"]);
    const said = ["cart", "orders"].flatMap((identity) => fleet.identity(identity)!.findings);
    assert.deepEqual(
      said.map(({ code, message }) => `${code} ${message}`),
      [
        "FL800 Dependency admiral/d in cluster c: spec.destinations is not read whole",
        "FL800 GlobalTrafficPolicy shop/p in cluster c: spec is not read whole",
      ],
    );
  });
});

describe("a Service's fact", () => {
  test("has its ports, and names of load balancers before addresses", () => {
    const fact = read("service", sample("Service", "orders"));
    assert.deepEqual(fact.ingress, ["lb.example", "192.0.2.1"]);
    assert.deepEqual(fact.ports, [
      { name: "http", port: 80, targetPort: "http", protocol: "TCP", appProtocol: "http", nodePort: 30_080 },
    ]);
    const alias = read("service", withSpec(sample("Service", "orders"), { type: "ExternalName" }));
    assert.deepEqual(alias.selector, {}, "an alias selects nothing");
  });
});

describe("what is watched", () => {
  const kindsOf = (settings = defaultSettings): string[] => meshKinds(settings).map(({ kind }) => kind);

  test("is every kind that settings look at, and no other", () => {
    assert.ok(kindsOf().includes("StatefulSet"));
    assert.ok(kindsOf().includes("Job"));
    for (const kind of ["StatefulSet", "DaemonSet", "WorkloadEntry", "Job", "Vertex"]) {
      assert.ok(!kindsOf(admiralSettings).includes(kind), kind);
    }
    assert.ok(kindsOf({ ...defaultSettings, output: "ambient" }).includes("HTTPRoute"));
  });

  test("at home is what says who calls whom, in its namespace", () => {
    const home = meshKinds(admiralSettings).filter(({ where }) => where === "home");
    assert.deepEqual(
      home.map(({ kind, namespace }) => [kind, namespace]),
      [
        ["Dependency", "admiral"],
        ["DependencyProxy", "admiral"],
        ["TrafficConfig", "admiral"],
      ],
    );
  });
});
