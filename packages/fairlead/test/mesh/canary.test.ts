/** Canaries of Argo Rollouts, in default mode: by two Services, and by subsets of a DestinationRule. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshPlan } from "../../src/plan/mesh/model/plan.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { app, canaryRollout, stage, threeClusters } from "./scenarios.ts";
import { deployment, manifest, service, specOf, world } from "./world.ts";

const host = "stage.pay.global";

function plan(changes: readonly FleetChange[], settings: MeshSettings = defaultSettings): MeshPlan {
  return planKey(world(settings, [...threeClusters, ...changes]), "identity:pay");
}

function balancingIn(of: MeshPlan, cluster: string, rule = `${host}-default-dr`): JsonValue | undefined {
  const policy = get(specOf(of, cluster, `DestinationRule ${rule}`), "trafficPolicy");
  return get(get(policy, "loadBalancer"), "simple");
}

/** A Rollout in us that splits by subsets: 15 % to the canary, while it has as many pods as it likes. */
function bySubsets(services: JsonObject): readonly FleetChange[] {
  const destinationRule = { name: "pay", canarySubsetName: "next", stableSubsetName: "now" };
  const istio = { virtualService: { name: "pay" }, destinationRule };
  const route = [
    { destination: { host: "pay", subset: "now" }, weight: 85 },
    { destination: { host: "pay", subset: "next" }, weight: 15 },
  ];
  return [
    deployment("us/pay/pay", "pay", {
      ...stage,
      kind: "Rollout",
      spec: { strategy: { canary: { ...services, trafficRouting: { istio } } } },
    }),
    service("us/pay/pay", ["grpc:9000"], { selector: { app: "pay" }, createdAt: "2024-01-01T00:00:00Z" }),
    service("us/pay/pay-now", ["grpc:9000"], { selector: { app: "pay" } }),
    service("us/pay/pay-next", ["grpc:9000"], { selector: { app: "pay" } }),
    manifest(
      "us/pay/pay",
      "VirtualService",
      { hosts: ["pay"], http: [{ route }] },
      { apiVersion: "networking.istio.io/v1" },
    ),
  ];
}

function weightsIn(of: MeshPlan): readonly JsonValue[] {
  const endpoints = specOf(of, "us", `ServiceEntry ${host}-se`)["endpoints"] as JsonObject[];
  return endpoints.map(({ address, weight }) => [address!, weight ?? "none"]);
}

const codes = (of: MeshPlan): readonly string[] => of.findings.map(({ code }) => code);

describe("a canary", () => {
  test("has exactly its share where its weights are: in turns, and not by what its endpoints have to do", () => {
    const planned = plan([...canaryRollout, ...app("eu/pay/pay", "pay", ["grpc:9000"])]);
    assert.equal(balancingIn(planned, "us"), "ROUND_ROBIN");
    assert.equal(balancingIn(planned, "eu"), "LEAST_REQUEST");
    assert.equal(balancingIn(planned, "us", `canary.${host}-default-dr`), "LEAST_REQUEST");
    const random = { ...defaultSettings, traffic: { ...defaultSettings.traffic, simple: "RANDOM" as const } };
    assert.equal(balancingIn(plan(canaryRollout, random), "us"), "ROUND_ROBIN");
    assert.equal(balancingIn(plan(bySubsets({}), random), "us"), "RANDOM");
  });

  test("is balanced as the predecessor does it in its way", () => {
    assert.equal(balancingIn(plan(canaryRollout, admiralSettings), "us"), "LEAST_REQUEST");
  });
});

describe("a canary by subsets", () => {
  test("that has a Service for each version beside them has its share in names of the mesh", () => {
    const planned = plan(bySubsets({ stableService: "pay-now", canaryService: "pay-next" }));
    assert.deepEqual(weightsIn(planned), [
      ["pay-now.pay.svc.cluster.local", 85],
      ["pay-next.pay.svc.cluster.local", 15],
    ]);
    assert.deepEqual(codes(planned), []);
  });

  test("of one Service is reached by its number of pods, which is said", () => {
    const planned = plan(bySubsets({}));
    assert.deepEqual(weightsIn(planned), [["pay.pay.svc.cluster.local", "none"]]);
    const [found, ...more] = planned.findings;
    assert.deepEqual(more, []);
    assert.equal(found!.code, "FL857");
    assert.match(found!.message, /^Rollout pay\/pay of cluster us splits .* stage\.pay\.global leads to pods of both/);
    assert.deepEqual(codes(plan(bySubsets({}), admiralSettings)), []);
  });
});
