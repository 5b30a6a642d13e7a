import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { textOf, type JsonObject } from "@fairlead/apimachinery";
import { fleets, host, plannedClusters } from "../../../packages/fairlead/test/mesh/planned-fleet.ts";
import { until } from "../../../scripts/real/until.ts";
import { runEnvoy } from "../envoy/run-envoy.ts";
import { ask, startTarget, type Counts, type Target } from "../envoy/targets.ts";
import { bootstrap, statistics } from "./istio-proxy.ts";
import { withoutTls, type IstiodWorld, type Planned } from "./mesh-world.ts";
import { createTrust, startSecrets } from "./secrets.ts";

/** Shares are drawn at random: of so many, one of 70 in 100 is 3 away from its due once in 30,000 times. */
const many = 4_000;

/** Requests through Envoy as istiod configures it. */
export function requestTests(world: () => IstiodWorld): void {
  describe("requests through Envoy go where istiod sends them by the planned objects", () => {
    const local = "orders.shop.svc.cluster.local";
    const gateway = (cluster: string): string => `lb-${cluster}.acme.example.`;
    /**
     * Who answers how many of a hundred, and who after the first of them has died. Of a tier that has lost half of its
     * endpoints Envoy keeps 70 of a hundred (its `overprovisioning_factor`), whatever they weigh.
     */
    const cases: readonly (readonly [
      keyof typeof fleets,
      string,
      { [by: string]: number },
      { [by: string]: number },
    ])[] = [
      ["nearest", "eu", { [local]: 100 }, { [gateway("us")]: 100 }],
      ["tiers", "us", { [gateway("eu")]: 100 }, { [local]: 100 }],
      ["threeTiers", "us", { [gateway("eu")]: 100 }, { [gateway("ap")]: 100 }],
      ["weights", "ap", { [gateway("eu")]: 70, [gateway("us")]: 30 }, { [gateway("us")]: 100 }],
      [
        "canary",
        "eu",
        { [local]: 80, "orders-canary.shop.svc.cluster.local": 20 },
        { "orders-canary.shop.svc.cluster.local": 70, [gateway("us")]: 30 },
      ],
    ];
    for (const [fleet, from, shares, afterwards] of cases) {
      test(`${fleet}, from ${from}`, async (t) => {
        const { istiod, put, remove } = world();
        const targets = new Map<string, Target>();
        const own = plannedClusters(fleets[fleet]).find(({ name }) => name === from)!;
        const objects = await onLoopback(withoutTls(own.objects), targets);
        t.after(async () => {
          await remove(objects);
          for (const target of targets.values()) await target.die();
        });
        await put(...objects);
        const proxy = { kind: "sidecar", namespace: "carts", labels: { app: "cart" }, locality: own.region } as const;
        const envoy = await runEnvoy(bootstrap({ istiod, ...proxy, ports: [80, 8080] }));
        t.after(() => envoy.stop());
        for (const port of [80, 8080]) {
          const at = envoy.portOf(port);
          await until("istiod's routes", async () => !(await ask(at, host, 20)).has("error"));
          assertShares(await ask(at, host, many), shares);
        }
        const [first] = Object.keys(shares);
        await targets.get(first!)!.die();
        const at = envoy.portOf(80);
        await until("the others to take over", async () => !(await ask(at, host, 50)).has("error"));
        assertShares(await ask(at, host, many), afterwards);
        const { taken, rejected } = await statistics(envoy);
        assert.ok(taken > 0);
        assert.equal(rejected, 0);
      });
    }
  });

  test("callers prove who they are, name the host, and talk to nobody but its own workloads", async (t) => {
    const { istiod, put, remove } = world();
    const trust = createTrust();
    const account = (text: string): string => `spiffe://cluster.local/ns/${text}`;
    const targets = new Map<string, Target>();
    const seen = new Map<string, Set<string>>();
    const own = plannedClusters(fleets.weights).find(({ name }) => name === "ap")!;
    const unchanged = structuredClone(own.objects) as unknown as readonly Planned[];
    const objects = await onLoopback(unchanged, targets, async (name) => {
      // What answers in the place of us has a certificate of the mesh, too, but not that of orders.
      const subject = account(name.includes("us") ? "shop/sa/other" : "shop/sa/orders");
      const all = new Set<string>();
      seen.set(name, all);
      return await startTarget(name, {
        ...trust.issue(subject, "server"),
        authority: trust.authority,
        onCaller: (caller, serverName) => all.add(`${caller} for ${serverName}`),
      });
    });
    const secrets = await startSecrets(trust.issue(account("carts/sa/cart"), "client"), trust.authority);
    t.after(async () => {
      await secrets.stop();
      await remove(objects);
      for (const target of targets.values()) await target.die();
    });
    await put(...objects);
    const proxy = { kind: "sidecar", namespace: "carts", labels: { app: "cart" }, locality: own.region } as const;
    const envoy = await runEnvoy(bootstrap({ istiod, ...proxy, ports: [80], secrets: secrets.address }));
    t.after(() => envoy.stop());
    const [eu, us] = ["lb-eu.acme.example.", "lb-us.acme.example."];
    const counts = await until("the impostor to be left out", async () => {
      const answers = await ask(envoy.portOf(80), host, 100);
      return !answers.has("error") && answers;
    });
    assert.deepEqual([...counts.keys()], [eu]);
    assert.deepEqual(
      [...seen.get(eu)!].sort(),
      ["eu-west-1", "us-east-1"].map(
        (region) => `URI:${account("carts/sa/cart")} for outbound_.80_._.${region}.region.${host}`,
      ),
    );
    assert.deepEqual([...seen.get(us)!], []);
  });
}

/** The same objects, whose endpoints are services on this machine. */
async function onLoopback(
  objects: readonly Planned[],
  targets: Map<string, Target>,
  start: (name: string) => Promise<Target> = startTarget,
): Promise<readonly Planned[]> {
  for (const endpoint of objects.flatMap(({ spec }) => (spec["endpoints"] ?? []) as JsonObject[])) {
    const name = textOf(endpoint["address"]);
    const target = targets.get(name) ?? (await start(name));
    targets.set(name, target);
    endpoint["address"] = "127.0.0.1";
    const ports = Object.keys(endpoint["ports"] as JsonObject);
    endpoint["ports"] = Object.fromEntries(ports.map((port) => [port, target.port]));
  }
  return objects;
}

function assertShares(counts: Counts, shares: { readonly [by: string]: number }): void {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const text = JSON.stringify([...counts]);
  assert.deepEqual([...counts.keys()].sort(), Object.keys(shares).sort(), text);
  for (const [by, share] of Object.entries(shares)) {
    assert.ok(Math.abs(((counts.get(by) ?? 0) / total) * 100 - share) <= 3, text);
  }
}
