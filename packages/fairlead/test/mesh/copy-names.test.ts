/** Users' routing objects whose copies would be one object: who has the name, who is told, and who is next. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { fakeMesh } from "./fake-mesh.ts";
import { put } from "./fleet-objects.ts";
import { app, threeClusters } from "./scenarios.ts";
import { plansOf, world } from "./world.ts";
import { startedMeshes } from "./started-meshes.ts";

const everywhere: MeshSettings = {
  ...defaultSettings,
  copies: { ...defaultSettings.copies, withoutDependents: "everywhere" },
};

type Kind = "DestinationRule" | "VirtualService";

function userObject(kind: Kind, namespace: string, name: string, host: string, day: number, more: JsonObject = {}) {
  const spec: JsonObject =
    kind === "DestinationRule"
      ? { host, subsets: [{ name: `of-${namespace}` }], ...more }
      : { hosts: [host], http: [{ timeout: `${day}s` }], ...more };
  const metadata = { name, namespace, creationTimestamp: `2025-01-0${day}T00:00:00Z` };
  return { apiVersion: "networking.istio.io/v1", kind, metadata, spec };
}

function own(cluster: string, ...text: Parameters<typeof userObject>): FleetChange {
  const { apiVersion, kind, metadata, spec } = userObject(...text);
  return put(cluster, apiVersion, kind, metadata, spec);
}

/** Which keys write an object, by cluster; and who is told. */
function writersOf(settings: MeshSettings, changes: readonly FleetChange[], kind: Kind, name: string) {
  const plans = [...plansOf(world(settings, [...threeClusters, ...changes])).values()];
  const writers = new Map<string, string[]>();
  for (const { key, clusters } of plans) {
    for (const { cluster, desired } of clusters) {
      if (!desired.some((one) => one.kind === kind && one.metadata.name === name)) continue;
      writers.set(cluster, [...(writers.get(cluster) ?? []), key]);
    }
  }
  const told = plans.flatMap(({ findings }) => findings.filter(({ code }) => code === "FL818"));
  return { writers: Object.fromEntries(writers), told: told.map(({ message }) => message.split(" of cluster")[0]) };
}

const prd = { template: { annotations: { "admiral.io/env": "prd" } } };
const orders = app("eu/shop/orders", "orders", ["http:8080"], prd);
const pay = app("eu/till/pay", "pay", ["http:8080"], prd);

describe("of two copies with one name", () => {
  test("the oldest is written, by one key alone, and the other's owner is told", () => {
    const [old, young] = [
      own("eu", "DestinationRule", "b", "limits", "one.example", 1),
      own("us", "DestinationRule", "a", "limits", "two.example", 2),
    ];
    const found = writersOf(admiralSettings, [old, young], "DestinationRule", "limits");
    assert.deepEqual(found.writers, {
      ap: ["copy:eu/b/DestinationRule/limits"],
      us: ["copy:eu/b/DestinationRule/limits"],
    });
    assert.deepEqual(found.told, ["DestinationRule a/limits"]);
  });

  test("that are equally old the first by namespace and name is", () => {
    const [b, a] = [
      own("ap", "DestinationRule", "b", "limits", "one.example", 1),
      own("us", "DestinationRule", "a", "limits", "two.example", 1),
    ];
    const { writers } = writersOf(admiralSettings, [b, a], "DestinationRule", "limits");
    assert.deepEqual(Object.values(writers).flat(), Array(2).fill("copy:us/a/DestinationRule/limits"));
  });

  test("one of an identity and one of a foreign host do not write over one another", () => {
    for (const [first, second] of [
      ["prd.orders.global", "foreign.example"],
      ["foreign.example", "prd.orders.global"],
      ["prd.orders.global", "prd.pay.global"],
    ] as const) {
      for (const settings of [admiralSettings, everywhere]) {
        for (const kind of ["DestinationRule", "VirtualService"] as const) {
          const changes = [
            ...orders,
            ...pay,
            own("us", kind, "a", "limits", first, 1),
            // Where the namespace is part of the copy's name, another one may make the same name of it.
            settings === everywhere || kind === "VirtualService"
              ? own("eu", kind, "a", "limits", second, 2)
              : own("eu", kind, "c", "limits", second, 2),
          ];
          const isPrefixed = settings === everywhere || kind === "VirtualService";
          const { writers, told } = writersOf(settings, changes, kind, isPrefixed ? "a-limits" : "limits");
          assert.ok(Object.keys(writers).length > 0, `${first} ${kind}`);
          for (const keys of Object.values(writers)) assert.equal(keys.length, 1, keys.join());
          assert.equal(new Set(Object.values(writers).flat()).size, 1, `${first} ${kind} ${JSON.stringify(writers)}`);
          assert.deepEqual(told, [`${kind} ${isPrefixed ? "a" : "c"}/limits`], `${first} ${settings.mode}`);
        }
      }
    }
  });

  test("that namespaces and names run together to be one name, one is written", () => {
    const changes = [
      own("eu", "VirtualService", "a-b", "c", "one.example", 2),
      own("us", "VirtualService", "a", "b-c", "two.example", 1),
    ];
    const { writers, told } = writersOf(everywhere, changes, "VirtualService", "a-b-c");
    assert.deepEqual(new Set(Object.values(writers).flat()), new Set(["copy:us/a/VirtualService/b-c"]));
    assert.deepEqual(told, ["VirtualService a-b/c"]);
  });

  test("one that is not copied anyway takes no name from the other", () => {
    const hidden = own("us", "VirtualService", "a", "limits", "foreign.example", 1, { exportTo: ["."] });
    const unknown = own("us", "VirtualService", "a", "limits", "foreign.example", 1);
    const users = own("eu", "VirtualService", "a", "limits", "prd.orders.global", 2);
    for (const [settings, other] of [
      [everywhere, hidden],
      [defaultSettings, unknown],
    ] as const) {
      const { writers, told } = writersOf(settings, [...orders, users, other], "VirtualService", "a-limits");
      assert.deepEqual(new Set(Object.values(writers).flat()), new Set(["identity:orders"]));
      assert.deepEqual(told, []);
    }
  });

  test("a host whose rule is left out keeps ours, with its TLS", () => {
    const changes = [
      ...orders,
      ...pay,
      own("eu", "DestinationRule", "a", "limits", "prd.orders.global", 1),
      own("us", "DestinationRule", "a", "limits", "prd.pay.global", 2),
    ];
    const plans = plansOf(world(defaultSettings, [...threeClusters, ...changes]));
    const names = (key: "identity:orders" | "identity:pay"): string[] =>
      plans
        .get(key)!
        .clusters.find(({ cluster }) => cluster === "ap")!
        .desired.filter(({ kind }) => kind === "DestinationRule")
        .map(({ metadata }) => metadata.name!);
    assert.deepEqual(names("identity:orders"), ["a-limits"]);
    assert.deepEqual(names("identity:pay"), ["prd.pay.global-default-dr"]);
  });
});

describe("a copy never takes the name of a host's own object", () => {
  test("in default mode it has another name", () => {
    const changes = [...orders, own("eu", "VirtualService", "pre", "prod.orders.global-vs", "foreign.example", 1)];
    const { writers } = writersOf(everywhere, changes, "VirtualService", "pre-prod.orders.global-vs");
    assert.deepEqual(writers, {});
    const plans = plansOf(world(everywhere, [...threeClusters, ...changes]));
    const copies = [...plans]
      .filter(([key]) => key.startsWith("copy:"))
      .flatMap(([, { clusters }]) => clusters.flatMap(({ desired }) => desired.map(({ metadata }) => metadata.name)));
    assert.equal(copies.length, 2);
    assert.match(copies[0]!, /^pre-prod\.orders\.global-vs-[0-9a-z]{8}$/);
  });

  test("among the predecessor's it stays where it is, and its owner is told", () => {
    const name = "prd.orders.global-default-dr";
    const changes = [...orders, own("us", "DestinationRule", "a", name, "foreign.example", 1)];
    const { writers, told } = writersOf(admiralSettings, changes, "DestinationRule", name);
    assert.deepEqual(new Set(Object.values(writers).flat()), new Set(["identity:orders"]));
    assert.deepEqual(told, [`DestinationRule a/${name}`]);
  });
});

describe("when the holder of a name goes", () => {
  const { start } = startedMeshes();

  for (const [mode, settings, kind, names] of [
    ["admiral", admiralSettings, "DestinationRule", ["limits", "limits"]],
    ["default", everywhere, "VirtualService", ["c", "b-c"]],
  ] as const) {
    test(`the next one has it without a gap (${mode} mode)`, async () => {
      const mesh = fakeMesh(["eu", "us", "ap"], { settings });
      for (const name of ["eu", "us", "ap"]) await mesh.register(name);
      const [first, second] = [
        userObject(kind, "a-b", names[0], "one.example", 1),
        userObject(kind, "a", names[1], "two.example", 2),
      ];
      await mesh.cluster("eu").put(first as KrmObject);
      await mesh.pass(5_000);
      await mesh.cluster("us").put(second as KrmObject);
      const started = await start(mesh);
      const copy = mode === "admiral" ? "limits" : "a-b-c";
      const ap = mesh.cluster("ap");
      const hostThere = (): string => JSON.stringify(ap.find(kind, copy, settings.scope.syncNamespace)?.["spec"]);
      assert.match(hostThere(), /one\.example/);
      const count = mesh.writes().length;
      await mesh.pass(120_000);
      assert.deepEqual(mesh.writes().slice(count), [], "and the two do not write in turn");
      const deleted: string[] = [];
      ap.before = ({ verb, key }) => void (verb === "delete" && deleted.push(key!.name));
      await mesh.cluster("eu").remove(kind, names[0], "a-b");
      await mesh.settled(started);
      assert.match(hostThere(), /two\.example/);
      assert.deepEqual(deleted, []);
      await mesh.cluster("us").remove(kind, names[1], "a");
      await mesh.settled(started);
      assert.equal(ap.find(kind, copy, settings.scope.syncNamespace), undefined, "and it goes with the last one");
    });
  }
});
