import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { appSpec, container, declare, planApp, type Surroundings } from "../../../test/workloads/planning.ts";

const steps = [{ weight: 30, pause: "5m" }, { weight: 60 }, { pause: true }];

function rollout(settings: object, around: Surroundings = {}, more: object = {}) {
  const planned = planApp(appSpec({ rollout: settings, ...more }), around);
  const strategy = planned.one("Rollout").spec["strategy"] as { canary?: JsonObject; blueGreen?: JsonObject };
  return { ...planned, strategy, services: planned.list.filter((one) => one.startsWith("Service/")) };
}

describe("a Rollout", () => {
  test("turns each step into a weight and a wait", () => {
    assert.deepEqual(rollout({ steps }).strategy.canary?.["steps"], [
      { setWeight: 30 },
      { pause: { duration: "5m" } },
      { setWeight: 60 },
      { pause: {} },
    ]);
  });

  test("has a stable and a canary Service beside the App's, which has the pods of both", () => {
    const { strategy, services } = rollout({ steps });
    assert.deepEqual(services, ["Service/orders", "Service/orders-canary", "Service/orders-stable"]);
    assert.equal(strategy.canary?.["stableService"], "orders-stable");
    assert.equal(strategy.canary?.["canaryService"], "orders-canary");
    assert.equal(strategy.canary?.["trafficRouting"], undefined);
  });

  test("without a port has no Services", () => {
    const { strategy, services } = rollout({ steps }, {}, { containers: [container()] });
    assert.deepEqual(services, []);
    assert.deepEqual(Object.keys(strategy.canary ?? {}), ["steps"]);
  });

  test("has no strategy of a Deployment", () => {
    const planned = rollout({ steps }, {}, { updateStrategy: { type: "Recreate" } });
    assert.deepEqual(planned.codes, ["FL210"]);
  });
});

describe("the traffic router", () => {
  test("traefik keeps weights in a TraefikService, which starts without any", () => {
    const planned = rollout({ steps, trafficRouter: "traefik" });
    assert.deepEqual(planned.strategy.canary?.["trafficRouting"], {
      traefik: { weightedTraefikServiceName: "orders" },
    });
    assert.deepEqual(planned.services, ["Service/orders", "Service/orders-canary"]);
    const { apiVersion, spec } = planned.one("TraefikService", "orders");
    assert.equal(apiVersion, "traefik.io/v1alpha1");
    assert.deepEqual(spec, {
      weighted: {
        services: [
          { name: "orders", port: 8000 },
          { name: "orders-canary", port: 8000 },
        ],
      },
    });
  });

  test("traefik speaks HTTP/2 to an App that serves gRPC only", () => {
    const containers = [container({ grpc: { port: 5000 } })];
    const { spec } = rollout({ steps, trafficRouter: "traefik" }, {}, { containers }).one("TraefikService");
    assert.deepEqual((spec["weighted"] as { services: JsonObject[] }).services[0], {
      name: "orders",
      port: 5000,
      scheme: "h2c",
    });
  });

  test("istio keeps weights in a VirtualService that rests at the stable version", () => {
    const planned = rollout({ steps, trafficRouter: "istio" });
    const virtualService = { name: "orders", routes: ["primary"] };
    assert.deepEqual(planned.strategy.canary?.["trafficRouting"], { istio: { virtualService } });
    const { apiVersion, spec } = planned.one("VirtualService");
    assert.equal(apiVersion, "networking.istio.io/v1");
    const route = [
      { destination: { host: "orders" }, weight: 100 },
      { destination: { host: "orders-canary" }, weight: 0 },
    ];
    assert.deepEqual(spec, { hosts: ["orders"], http: [{ name: "primary", route }] });
  });

  const gateway = { steps, trafficRouter: "gateway" };

  test("gateway changes the weights of the routes that lead to the App", () => {
    const route = (name: string, spec: object) => declare("Route", { target: "gateway", ...spec } as never, { name });
    const declarations = [
      route("traefik", { app: "orders", hosts: ["a.example"], target: "traefik" }),
      route("web", { app: "orders", hosts: ["a.example"], grpc: true }),
      route("mixed", {
        app: "billing",
        hosts: ["b.example"],
        routes: [{ path: "/x" }, { path: "/o", app: "orders", hosts: ["c.example"] }],
      }),
      route("other", { app: "billing", hosts: ["d.example"] }),
    ];
    const { strategy, codes } = rollout(gateway, { declarations });
    assert.deepEqual(strategy.canary?.["trafficRouting"], {
      plugins: {
        "argoproj-labs/gatewayAPI": {
          namespace: "shop",
          httpRoutes: [{ name: "mixed-2" }, { name: "web" }],
          grpcRoutes: [{ name: "web-grpc" }],
        },
      },
    });
    assert.deepEqual(codes, []);
  });

  test("needs a route, and a Service", () => {
    assert.deepEqual(rollout(gateway).codes, ["FL234"]);
    const silent = { containers: [container()] };
    assert.deepEqual(rollout({ steps, trafficRouter: "traefik" }, {}, silent).codes, ["FL234"]);
  });
});

describe("Argo's own strategy", () => {
  test("passes as it is, with the Services that it names and nobody has", () => {
    const canary = { stableService: "orders-a", canaryService: "orders-b", steps: [{ setWeight: 5 }] };
    const planned = rollout({ strategy: { canary } });
    assert.deepEqual(planned.strategy, { canary });
    assert.deepEqual(planned.services, ["Service/orders", "Service/orders-a", "Service/orders-b"]);
  });

  test("finds a Service in the input or among the App's", () => {
    const object = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "orders-a", namespace: "shop" },
    } as KrmObject;
    const strategy = { canary: { stableService: "orders-a", canaryService: "orders-b" } };
    const planned = rollout({ strategy }, { objects: [object] }, { services: [{ name: "orders-b" }] });
    assert.deepEqual(planned.services, ["Service/orders", "Service/orders-b"]);
  });

  test("blueGreen switches the App's Service unless it names another", () => {
    const planned = rollout({ strategy: { blueGreen: { previewService: "orders-preview" } } });
    assert.deepEqual(planned.strategy, { blueGreen: { activeService: "orders", previewService: "orders-preview" } });
    assert.deepEqual(planned.services, ["Service/orders", "Service/orders-preview"]);
  });

  test("needs ports for the Services that it names", () => {
    const canary = { stableService: "orders-a", canaryService: "orders-b" };
    const silent = { containers: [container()] };
    assert.deepEqual(rollout({ strategy: { canary } }, {}, silent).codes, ["FL209", "FL209"]);
    assert.deepEqual(rollout({ strategy: { blueGreen: {} } }, {}, silent).codes, ["FL209"]);
  });

  const refused: [what: string, settings: object][] = [
    ["beside steps", { steps, strategy: { canary: {} } }],
    ["beside a traffic router", { trafficRouter: "traefik", strategy: { canary: {} } }],
    ["with canary and blueGreen", { strategy: { canary: {}, blueGreen: {} } }],
    ["with neither", { strategy: {} }],
    ["a step that does nothing", { steps: [{}] }],
  ];
  for (const [what, settings] of refused) {
    test(`is refused: ${what}`, () => {
      assert.deepEqual(rollout(settings).codes, ["FL232"]);
    });
  }
});

test("a traffic router that is neither a name nor a text is told, not thrown", () => {
  const containers = [container()];
  const trafficRouter = { __proto__: null };
  const planned = planApp(appSpec({ containers, rollout: { steps: [{ weight: 50 }], trafficRouter } as never }));
  assert.ok(planned.codes.includes("FL234"), planned.codes.join(", "));
});
