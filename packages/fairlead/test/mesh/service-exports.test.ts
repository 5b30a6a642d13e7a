/** Names of Services that clusters export (KEP-1645). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshPlan } from "../../src/plan/mesh/model/plan.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { app, shares, stage, threeClusters } from "./scenarios.ts";
import {
  afterWriting,
  dependency,
  deployment,
  endpointsIn,
  manifest,
  registered,
  service,
  specOf,
  world,
} from "./world.ts";

const host = "pay.shop.svc.clusterset.local";

function mcs(kind: "ServiceExport" | "ServiceImport", place: string, createdAt = "2025-01-01T00:00:00Z"): FleetChange {
  return manifest(place, kind, {}, { apiVersion: "multicluster.x-k8s.io/v1alpha1", createdAt });
}

const exported = (place: string, createdAt?: string): FleetChange => mcs("ServiceExport", place, createdAt);
const imported = (place: string): FleetChange => mcs("ServiceImport", place);

function plan(changes: readonly FleetChange[], settings: MeshSettings = defaultSettings, key: string = host): MeshPlan {
  return planKey(world(settings, [...threeClusters, ...changes]), `identity:${key}`);
}

function seenIn(of: MeshPlan): { [cluster: string]: readonly string[] | "all" } {
  return Object.fromEntries(
    of.clusters.map(({ cluster }) => [
      cluster,
      (specOf(of, cluster, `ServiceEntry ${host}-se`)["exportTo"] as string[] | undefined) ?? "all",
    ]),
  );
}

/** `ACCEPTED REASON` of each export, by cluster, and what the conflict is. */
function told(of: MeshPlan): { [cluster: string]: string } {
  return Object.fromEntries(
    of.reports.map(({ object, accepted, reason, conflict }) => [
      object.cluster,
      [`${accepted} ${reason}`, ...(conflict === undefined ? [] : [conflict])].join(": "),
    ]),
  );
}

const everywhere = ["eu", "us", "ap"].flatMap((cluster) =>
  app(`${cluster}/shop/pay`, "pay", ["http:8080", "grpc:9000"]),
);
const labels = { identity: "pay" };
const policies: readonly FleetChange[] = [
  manifest("eu/shop/od", "OutlierDetection", { outlier_config: { consecutive_gateway_errors: 3 } }, { labels }),
  manifest("eu/shop/cc", "ClientConnectionConfig", { connectionPool: { tcp: { maxConnections: 7 } } }, { labels }),
  manifest("eu/shop/gtp", "GlobalTrafficPolicy", { policy: [shares] }, { labels }),
];
const two = [...everywhere, exported("eu/shop/pay"), exported("us/shop/pay", "2025-02-01T00:00:00Z")];

describe("an exported Service", () => {
  const planned = plan(two);

  test("has one name, with the ports of the Service alone, in the clusters that export it", () => {
    const spec = specOf(planned, "ap", `ServiceEntry ${host}-se`);
    assert.deepEqual(spec["hosts"], [host]);
    assert.equal((spec["addresses"] as string[]).length, 1);
    assert.deepEqual(spec["ports"], [
      { number: 8080, name: "http-8080", protocol: "HTTP" },
      { number: 9000, name: "grpc-9000", protocol: "GRPC" },
    ]);
    assert.deepEqual(endpointsIn(planned, "ap", host), [
      "lb-eu.acme.example. http-8080=15443 grpc-9000=15443",
      "lb-us.acme.example. http-8080=15443 grpc-9000=15443",
    ]);
    assert.deepEqual(endpointsIn(planned, "eu", host), [
      "lb-us.acme.example. http-8080=15443 grpc-9000=15443",
      "pay.shop.svc.cluster.local http-8080=8080 grpc-9000=9000",
    ]);
    assert.deepEqual(spec["subjectAltNames"], ["spiffe://cluster.local/ns/shop/sa/pay"]);
  });

  test("is seen everywhere if nobody imports it and no Dependency says otherwise", () => {
    assert.deepEqual(seenIn(planned), { ap: "all", eu: "all", us: "all" });
    assert.deepEqual(told(planned), { eu: "true Valid", us: "true Valid" });
    assert.deepEqual(planned.findings, []);
  });

  test("is seen by whom Dependencies let call the identity of its workloads", () => {
    const some = plan([...two, ...app("ap/carts/cart", "cart"), dependency("cart", ["pay"])]);
    assert.deepEqual(seenIn(some), {
      ap: ["carts"],
      eu: ["istio-system", "shop"],
      us: ["istio-system", "shop"],
    });
  });

  test("is seen in clusters that import it; in others by the gateway that leads to it", () => {
    const some = plan([...two, imported("ap/shop/pay"), imported("us/shop/pay")]);
    assert.deepEqual(seenIn(some), { ap: "all", eu: ["istio-system", "shop"], us: "all" });
  });

  test("changes nothing of the identity's own names", () => {
    const settings = { ...defaultSettings, addresses: { ...defaultSettings.addresses, kind: "none" as const } };
    assert.deepEqual(plan(two, settings, "pay"), plan(everywhere, settings, "pay"));
  });

  test("is treated as the policies of its workloads' identity say, and serves wherever it is exported", () => {
    const plain = plan(two);
    const { trafficPolicy: usual } = specOf(plain, "ap", `DestinationRule ${host}-dr`);
    const shaped = specOf(plan([...two, ...policies]), "ap", `DestinationRule ${host}-dr`);
    assert.deepEqual(shaped, {
      ...specOf(plain, "ap", `DestinationRule ${host}-dr`),
      trafficPolicy: {
        ...(usual as JsonObject),
        connectionPool: shaped["trafficPolicy"] && (shaped["trafficPolicy"] as JsonObject)["connectionPool"],
        outlierDetection: {
          ...((usual as JsonObject)["outlierDetection"] as JsonObject),
          consecutiveGatewayErrors: 3,
        },
      },
    });
    assert.match(JSON.stringify(shaped), /"maxConnections":7/);
    const names = plan([...two, ...policies]).clusters.flatMap(({ desired }) => desired.map(({ kind }) => kind));
    assert.ok(!names.includes("VirtualService"), "shares of regions are for names of the identity");
  });

  test("has no policy where its workloads are of several identities", () => {
    const mixed = [...two, deployment("us/shop/pay", "other", stage), ...policies];
    const spec = specOf(plan(mixed), "ap", `DestinationRule ${host}-dr`);
    assert.doesNotMatch(JSON.stringify(spec), /"maxConnections":7|"consecutiveGatewayErrors":3/);
  });

  test("is the Service of that name, whatever else selects the same pods", () => {
    const more = [...two, service("eu/shop/aaa", ["http:1234"], { selector: { app: "pay" } })];
    assert.deepEqual(endpointsIn(plan(more), "eu", host), endpointsIn(planned, "eu", host));
  });
});

describe("workloads behind an exported Service", () => {
  test("need no identity: others without one are no part of it", () => {
    const nameless = [
      deployment("eu/shop/pay", ""),
      service("eu/shop/pay", ["http:8080"]),
      deployment("eu/shop/other", ""),
      service("eu/shop/other", ["http:7070"]),
      exported("eu/shop/pay"),
    ];
    const planned = plan(nameless);
    const spec = specOf(planned, "us", `ServiceEntry ${host}-se`);
    assert.deepEqual(spec["ports"], [{ number: 8080, name: "http-8080", protocol: "HTTP" }]);
    assert.deepEqual(spec["subjectAltNames"], ["spiffe://cluster.local/ns/shop/sa/pay"]);
    assert.deepEqual(endpointsIn(planned, "eu", host), ["pay.shop.svc.cluster.local http-8080=8080"]);
  });

  test("may be of another identity in each cluster, and two in one", () => {
    const mixed = [
      ...app("eu/shop/pay", "pay"),
      ...app("us/shop/pay", "payments"),
      deployment("us/shop/pay-2", "", { template: { labels: { app: "pay" } } }),
      exported("eu/shop/pay"),
      exported("us/shop/pay"),
    ];
    assert.deepEqual(specOf(plan(mixed), "ap", `ServiceEntry ${host}-se`)["subjectAltNames"], [
      "spiffe://cluster.local/ns/shop/sa/pay",
      "spiffe://cluster.local/ns/shop/sa/pay-2",
    ]);
    assert.equal(endpointsIn(plan(mixed), "ap", host).length, 2);
    // Whoever may call one of them may call the name, and nothing is said of `payments`.
    const narrow = plan([...mixed, ...app("ap/carts/cart", "cart"), dependency("cart", ["pay"])]);
    assert.deepEqual(Object.keys(seenIn(narrow)), ["ap", "eu", "home", "us"]);
  });

  test("are behind no name while there are none, or no Service", () => {
    const bare = plan([service("eu/shop/pay", [80]), exported("eu/shop/pay"), exported("us/shop/pay")]);
    assert.deepEqual(bare.clusters, []);
    assert.deepEqual(told(bare), { eu: "false NoWorkload", us: "false NoService" });
    assert.deepEqual(
      bare.findings.map(({ code, message }) => `${code} ${message}`),
      [
        "FL806 Service shop/pay of cluster eu is exported, but no workload of the mesh with a TCP port is behind it",
        "FL806 there is no Service shop/pay of cluster us to export",
      ],
    );
  });
});

describe("exports that differ", () => {
  const differing = [
    ...app("eu/shop/pay", "pay", ["http:8080", "tcp:5000"]),
    ...app("us/shop/pay", "pay", ["grpc:8080", "http:7000"]),
    exported("eu/shop/pay", "2025-03-01T00:00:00Z"),
    exported("us/shop/pay", "2025-02-01T00:00:00Z"),
  ];

  test("have the ports of all of them, as the oldest says where they disagree", () => {
    const planned = plan(differing);
    assert.deepEqual(specOf(planned, "ap", `ServiceEntry ${host}-se`)["ports"], [
      { number: 5000, name: "tcp-5000", protocol: "TCP" },
      { number: 7000, name: "http-7000", protocol: "HTTP" },
      { number: 8080, name: "grpc-8080", protocol: "GRPC" },
    ]);
  });

  test("are in conflict, which is told to all of them", () => {
    const planned = plan(differing);
    const conflict =
      "port 8080 is GRPC in cluster us, whose export is older, and HTTP in eu; " +
      "cluster us does not serve port 5000; cluster eu does not serve port 7000";
    assert.deepEqual(told(planned), { eu: `true Valid: ${conflict}`, us: `true Valid: ${conflict}` });
    assert.deepEqual(
      planned.findings.map(({ code, severity, message }) => `${code} ${severity} ${message}`),
      [`FL806 warning exports of ${host} differ: ${conflict}`],
    );
  });
});

describe("nothing is made of an export", () => {
  test("in admiral mode", () => {
    assert.deepEqual(plan(two, admiralSettings).clusters, []);
    assert.deepEqual(plan(two, admiralSettings).reports, []);
  });

  test("that would take a name of identities", () => {
    const names = { ...defaultSettings.names, suffix: "clusterset.local" };
    const planned = plan(two, { ...defaultSettings, names });
    assert.deepEqual(planned.clusters, []);
    assert.deepEqual(told(planned), { eu: "false InvalidName", us: "false InvalidName" });
  });

  test("of an identity that is suspended", () => {
    assert.deepEqual(plan(two, { ...defaultSettings, suspended: ["pay"] }).clusters, []);
  });

  test("that is to be ignored", () => {
    const export_ = exported("eu/shop/pay") as Extract<FleetChange, { kind: "put" }>;
    const metadata = { ...(export_.object["metadata"] as JsonObject), annotations: { "admiral.io/ignore": "true" } };
    const planned = plan([...everywhere, { ...export_, object: { ...export_.object, metadata } }]);
    assert.deepEqual([planned.clusters, planned.reports], [[], []]);
  });
});

test("an address that is allocated to an exported Service has its plan made again", () => {
  const fleet = world({ ...defaultSettings, addresses: { ...defaultSettings.addresses, kind: "none" } }, [
    ...threeClusters,
    ...two,
  ]);
  const hosts = new Map([[host, ["240.0.99.1"]]]);
  assert.deepEqual(fleet.with([{ kind: "addresses", store: "other", hosts }]).keys, [`identity:${host}`]);
});

describe("an exported Service is planned again", () => {
  const settings = { ...defaultSettings, addresses: { ...defaultSettings.addresses, kind: "none" as const } };
  const cart = app("ap/carts/cart", "cart");
  const base = world(settings, [...threeClusters, ...two, ...cart, dependency("cart", ["pay"]), ...app("eu/a/b", "b")]);
  const account = { ...stage, pod: { serviceAccountName: "other" } };
  const moved = deployment("eu/shop/pay", "renamed", stage);
  const gone = (change: FleetChange): FleetChange => ({ ...change, kind: "delete" }) as FleetChange;
  const reasons: { readonly [reason: string]: readonly FleetChange[] } = {
    "a cluster exports it too": [exported("ap/shop/pay")],
    "a cluster exports it no longer": [gone(two.at(-1)!)],
    "a cluster imports it": [imported("ap/shop/pay")],
    "its Service has other ports": [service("eu/shop/pay", ["http:8081"])],
    "its Service is gone": [gone(service("eu/shop/pay", ["http:8080"]))],
    "its workloads run as somebody else": [deployment("us/shop/pay", "pay", account)],
    "its workloads are of another identity": [moved],
    "somebody else may call its workloads": [dependency("b", ["pay"])],
    "who calls its workloads runs elsewhere": app("us/carts/cart", "cart"),
    "the gateway to it is another one": registered("us", "us-east-1", "lb-new.acme.example"),
    "a policy of its workloads' identity comes": [policies[0]!],
    "a cluster is not known any more": [{ kind: "forget", cluster: "us" }],
  };
  for (const [reason, changes] of Object.entries(reasons)) {
    test(`when ${reason}`, () => {
      const { fleet, keys } = base.with(changes);
      assert.notDeepEqual(planKey(fleet, `identity:${host}`), planKey(base, `identity:${host}`));
      assert.ok(keys.includes(`identity:${host}`), keys.join(" "));
    });
  }

  test("and not when something else changes", () => {
    const { keys } = base.with([...app("eu/a/b", "b", ["http:9999"]), ...app("us/new/new", "new")]);
    assert.equal(keys.includes(`identity:${host}`), false);
  });
});

test("a headless Service is reached at the ports of its pods", () => {
  const headless = [
    deployment("eu/shop/pay", "pay", stage),
    service("eu/shop/pay", ["http:80>8080"], { spec: { clusterIP: "None" } }),
    exported("eu/shop/pay"),
  ];
  assert.deepEqual(endpointsIn(plan(headless), "eu", host), ["pay.shop.svc.cluster.local http-80=8080"]);
  assert.deepEqual(endpointsIn(plan(headless), "us", host), ["lb-eu.acme.example. http-80=15443"]);
});

test("what an unread cluster exports stays as it is written", () => {
  const written = afterWriting(world(defaultSettings, [...threeClusters, ...two]));
  const known = written.with([{ kind: "forget", cluster: "us" }]).fleet;
  const { fleet } = known.with([{ kind: "cluster", cluster: "us", view: "unread" }]);
  const planned = planKey(fleet, `identity:${host}`);
  assert.deepEqual(endpointsIn(planned, "ap", host), [
    "lb-eu.acme.example. http-8080=15443 grpc-9000=15443",
    "lb-us.acme.example. http-8080=15443 grpc-9000=15443",
  ]);
  assert.ok(planned.clusters.every(({ complete }) => !complete));
});
