import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { nameTable } from "./names.ts";
import { localPort } from "./ports.ts";
import { serviceRoute, type Service } from "./service-routes.ts";

function pod(
  name: string,
  more: { ready?: boolean; labels?: JsonObject; spec?: JsonObject; phase?: string; deleted?: boolean } = {},
): JsonObject {
  const { ready = true, labels = { app: "web" }, spec = {}, phase = "Running", deleted = false } = more;
  const ports = [
    { name: "http", containerPort: 8080 },
    { name: "low", containerPort: 80 },
  ];
  return {
    metadata: { name, namespace: "shop", labels, ...(deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}) },
    spec: { containers: [{ name: "app", ports }], ...spec },
    status: { phase, podIP: `127.64.1.${name}`, conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
}

function service(spec: Service["spec"]): Service {
  const metadata = { name: "web", namespace: "shop" } as Service["metadata"];
  return { apiVersion: "v1", kind: "Service", metadata, spec: { selector: { app: "web" }, ...spec } };
}

const route = (spec: Service["spec"], pods: readonly JsonObject[]): ReturnType<typeof serviceRoute> =>
  serviceRoute({
    service: service(spec),
    pods,
    isReal: (one) => !JSON.stringify(one).includes("simulated"),
    places: { podPort: (_uid, port) => localPort(port, 1024), podPorts: () => new Map() },
  });

test("leads to ready pods that it selects and that really run", () => {
  const pods = [
    pod("1"),
    pod("2", { ready: false }),
    pod("3", { labels: { app: "other" } }),
    pod("4", { phase: "Succeeded" }),
    pod("5", { labels: { app: "web", simulated: "yes" } }),
    pod("6", { deleted: true }),
    pod("7", { labels: { app: "web", more: "x" } }),
  ];
  const { ports } = route({ ports: [{ port: 80, targetPort: "http" }] }, pods);
  assert.deepEqual(ports, [
    {
      name: "",
      port: 80,
      targets: [
        { address: "127.64.1.1", port: 8080 },
        { address: "127.64.1.7", port: 8080 },
      ],
    },
  ]);
  assert.equal(route({ publishNotReadyAddresses: true, ports: [{ port: 1 }] }, pods).ports[0]!.targets.length, 4);
});

test("finds target ports by number, by name, or as the Service's own", () => {
  const ports = [
    { name: "a", port: 1000 },
    { name: "b", port: 1, targetPort: 9000 },
    { name: "c", port: 2, targetPort: "low" },
    { name: "d", port: 3, targetPort: "nobody" },
    { name: "e", port: 53, protocol: "UDP" },
  ];
  const found = route({ ports }, [pod("1")]).ports.map(({ name, targets }) => [name, targets[0]?.port]);
  assert.deepEqual(found, [
    ["a", 21_000],
    ["b", 9000],
    ["c", 20_080],
    ["d", undefined],
  ]);
});

test("leads a Service without a selector to what its EndpointSlices say, and one of another name to that", () => {
  const slices: JsonObject[] = [
    {
      addressType: "IPv4",
      endpoints: [{ addresses: ["127.0.0.9"] }, { addresses: ["127.0.0.8"], conditions: { ready: false } }],
      ports: [{ name: "db", port: 5432 }],
    },
    { addressType: "FQDN", endpoints: [{ addresses: ["db.example"] }], ports: [{ name: "db", port: 1 }] },
  ];
  const of = (spec: Service["spec"]): ReturnType<typeof serviceRoute> =>
    serviceRoute({
      service: service({ selector: {}, ...spec }),
      pods: [pod("1")],
      slices,
      isReal: () => true,
      places: { podPort: (_uid, port) => port, podPorts: () => new Map() },
    });
  assert.deepEqual(of({ ports: [{ name: "db", port: 15_432 }] }).ports, [
    { name: "db", port: 15_432, targets: [{ address: "127.0.0.9", port: 5432 }] },
  ]);
  assert.equal(of({ type: "ExternalName", externalName: "db.example" }).alias, "db.example");
  const names = nameTable();
  names.set("web.shop.svc.cluster.local", { addresses: ["127.64.128.1"] });
  names.set("old.shop.svc.cluster.local", { addresses: [], alias: "web.shop.svc.cluster.local" });
  names.set("loop.shop.svc.cluster.local", { addresses: [], alias: "loop" });
  names.set("away.shop.svc.cluster.local", { addresses: [], alias: "db.example" });
  assert.deepEqual(names.find("old", "shop")?.addresses, ["127.64.128.1"]);
  assert.deepEqual(names.find("loop", "shop")?.addresses, []);
  assert.equal(names.find("away", "shop")?.alias, "db.example");
});

test("knows the names of pods below a headless Service", () => {
  const own = { hostname: "db-0", subdomain: "web" };
  const { headless, pods } = route({ clusterIP: "None" }, [
    pod("1", { spec: own }),
    pod("2", { spec: { ...own, subdomain: "x" } }),
  ]);
  assert.deepEqual([headless, pods.map(({ hostname }) => hostname)], [true, ["db-0", ""]]);
});

test("finds names as the search list of a pod says", () => {
  const names = nameTable();
  names.set("web.shop.svc.cluster.local", { addresses: ["127.64.128.1"] });
  names.set("web.other.svc.cluster.local", { addresses: ["127.64.128.2"] });
  names.setForeign(new Map([["web.mesh.global", { addresses: ["127.65.128.1"] }]]));
  const cases: [string, string, string | undefined][] = [
    ["web", "shop", "127.64.128.1"],
    ["WEB.", "shop", "127.64.128.1"],
    ["web", "nobody", undefined],
    ["web.other", "shop", "127.64.128.2"],
    ["web.other.svc", "shop", "127.64.128.2"],
    ["web.other.svc.cluster.local", "shop", "127.64.128.2"],
    ["web.mesh.global", "shop", "127.65.128.1"],
    ["constructor", "shop", undefined],
  ];
  for (const [name, namespace, address] of cases)
    assert.equal(names.find(name, namespace)?.addresses[0], address, name);
  names.set("web.shop.svc.cluster.local", undefined);
  assert.equal(names.find("web", "shop"), undefined);
});

test("puts another port in place of one that may not be used", () => {
  assert.deepEqual(
    [80, 443, 1023, 1024, 8080, 0].map((port) => localPort(port, 1024)),
    [20_080, 20_443, 21_023, 1024, 8080, 0],
  );
  assert.equal(localPort(80, 0), 80);
});
