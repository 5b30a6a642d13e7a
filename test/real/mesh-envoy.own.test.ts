/**
 * Envoy by the planned objects, and our own data plane beside it: what `trace` says of shares is what Envoy does. The
 * endpoints are small HTTP services: a Service of the caller's cluster, or the gateway of another.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { after, afterEach, describe, test, type TestContext } from "node:test";
import { get, textOf, type JsonValue } from "@fairlead/apimachinery";
import { readMeshTable, trace } from "../../packages/sim/src/index.ts";
import { fleets, host, plannedClusters, type PlannedCluster } from "../../packages/fairlead/test/mesh/planned-fleet.ts";
import { fairlead } from "../../packages/fairlead/test/support/cli.ts";
import { manifest } from "../../packages/fairlead/test/mesh/world.ts";
import { exampleNames } from "../../scripts/example/read-example.ts";
import { until } from "../../scripts/real/until.ts";
import { envoyConfig } from "./envoy/envoy-config.ts";
import type { Proxy } from "./envoy/locality-groups.ts";
import { runEnvoy, validateConfig, type RunningEnvoy } from "./envoy/run-envoy.ts";
import { ask, startTarget, type Counts, type Target } from "./envoy/targets.ts";

/** So that a region is tried again while the test waits. */
const quick = manifest(
  "eu/shop/orders",
  "OutlierDetection",
  { outlier_config: { base_ejection_time: 3, consecutive_gateway_errors: 5, interval: 1 } },
  { labels: { identity: "orders" } },
);

const targets = new Map<string, Target>();
after(async () => {
  for (const target of targets.values()) await target.die();
});

/** A test that fails in the middle must not leave others without a target. */
afterEach(async () => {
  for (const target of targets.values()) {
    target.fail(false);
    await target.live();
  }
});

async function targetOf(address: string): Promise<Target> {
  const known = targets.get(address) ?? (await startTarget(address));
  targets.set(address, known);
  return known;
}

function callerIn({ name, region }: PlannedCluster): Proxy {
  return { cluster: name, namespace: "carts", locality: region, labels: {} };
}

interface World {
  readonly clusters: readonly PlannedCluster[];
  readonly own: PlannedCluster;
  readonly envoy: RunningEnvoy;
}

async function start(t: TestContext, fleet: keyof typeof fleets, from: string): Promise<World> {
  const clusters = plannedClusters([...fleets[fleet], quick]);
  const own = clusters.find(({ name }) => name === from)!;
  const envoy = await startEnvoy(t, own);
  return { clusters, own, envoy };
}

async function startEnvoy(t: TestContext, own: PlannedCluster): Promise<RunningEnvoy> {
  const addresses = new Set<string>();
  const input = { objects: own.objects, proxy: callerIn(own) };
  envoyConfig({ ...input, placeOf: ({ address }) => (addresses.add(address), { host: "", port: 0 }) });
  for (const address of addresses) await targetOf(address);
  const placeOf = ({ address }: { readonly address: string }) => ({
    host: "127.0.0.1",
    port: targets.get(address)!.port,
  });
  const envoy = await runEnvoy(envoyConfig({ ...input, placeOf }));
  t.after(() => envoy.stop());
  return envoy;
}

/** What our own data plane says: shares of the first hop. */
function predicted(
  { clusters, own }: Pick<World, "clusters" | "own">,
  down: readonly string[],
): ReadonlyMap<string, number> {
  const tables = new Map(
    clusters.map(({ name, region, objects }) => [name, readMeshTable(objects, { cluster: name, locality: region })]),
  );
  // Gateways lead nowhere here: what counts is what the caller's sidecar chooses.
  const paths = trace(
    { tables, gatewayOf: () => undefined },
    callerIn(own),
    { host, port: 80, path: "/", method: "GET", headers: {} },
    ({ address }) => down.includes(address),
  );
  const shares = new Map<string, number>();
  for (const { hops, share, failure } of paths) {
    const by = failure === undefined ? hops[0]!.address : "error";
    shares.set(by, (shares.get(by) ?? 0) + share);
  }
  return shares;
}

/** What does not fit; undefined: all of it does. */
function wrongShares(counts: Counts, shares: ReadonlyMap<string, number>, tolerance: number): string | undefined {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const text = JSON.stringify([...counts]);
  for (const by of new Set([...counts.keys(), ...shares.keys()])) {
    const [seen, share] = [(counts.get(by) ?? 0) / total, shares.get(by) ?? 0];
    const isWrong = counts.has(by) !== shares.has(by) || Math.abs(seen - share) > tolerance;
    if (isWrong) return `${by}: ${seen.toFixed(3)} in place of ${share.toFixed(3)} ${text}`;
  }
  return undefined;
}

function assertShares(counts: Counts, shares: ReadonlyMap<string, number>, tolerance = 0.03): void {
  assert.equal(wrongShares(counts, shares, tolerance), undefined);
}

const percentOf = (counts: Counts, address: string): number =>
  ((counts.get(address) ?? 0) / [...counts.values()].reduce((sum, count) => sum + count, 0)) * 100;

const local = "orders.shop.svc.cluster.local";
const gateway = (cluster: string): string => `lb-${cluster}.acme.example.`;
/** Shares are drawn at random: of so many, one of 70 in 100 is 3 away from its due once in 30,000 times. */
const many = 4_000;
/** … and of so many, 8 away once in a million times. */
const several = 800;

describe("Envoy and our own data plane spread requests alike", () => {
  const cases: readonly (readonly [keyof typeof fleets, string])[] = [
    ["nearest", "eu"],
    ["nearest", "ap"],
    ["topology", "us"],
    ["tiers", "us"],
    ["weights", "eu"],
    ["weights", "ap"],
    ["threeTiers", "ap"],
    ["canary", "eu"],
    ["twoInRegion", "us"],
  ];
  for (const [fleet, from] of cases) {
    test(`${fleet}, from ${from}, with all endpoints, and with each of them dead`, async (t) => {
      const world = await start(t, fleet, from);
      const port = world.envoy.portOf(80);
      const all = predicted(world, []);
      assertShares(await ask(port, host, many), all);
      for (const address of all.keys()) {
        const target = targets.get(address)!;
        await target.die();
        const shares = predicted(world, [address]);
        let errors = 0;
        const died = performance.now();
        // The first few find out.
        await until(`${address} to be left out`, async () => {
          const counts = await ask(port, host, 50);
          errors += counts.get("error") ?? 0;
          // Retries hide errors: it is left out once those have their share that take over.
          return shares.has("error") || (!counts.has("error") && [...shares.keys()].every((by) => counts.has(by)));
        });
        const leftOut = performance.now();
        const asked = async (): Promise<Counts> => {
          const counts = new Map(await ask(port, host, several));
          // On a slow machine it may be tried again meanwhile.
          if (!shares.has("error") && (counts.get("error") ?? 0) <= several / 80) counts.delete("error");
          return counts;
        };
        // Each of Envoy's threads finds out by itself, and retries its share elsewhere until then.
        await until(
          `the others to have the shares of ${address}`,
          async () => wrongShares(await asked(), shares, 0.08) === undefined,
        );
        // Asked until it fits, a sample says little: another one has to fit at once.
        assertShares(await asked(), shares, 0.08);
        await target.live();
        await until(`${address} to be back`, async () => (await ask(port, host, 200)).has(address));
        // How many is a matter of how fast Envoy's threads hear of it; how many may be is tested on a virtual clock.
        t.diagnostic(`${address} dead: ${errors} errors, left out after ${Math.round(leftOut - died)} ms`);
      }
    });
  }
});

describe("Envoy does what the README promises", () => {
  test("a caller's own region first, the others when it is gone", async (t) => {
    const { envoy } = await start(t, "nearest", "eu");
    const port = envoy.portOf(80);
    assert.deepEqual([...(await ask(port, host, 200)).keys()], [local]);
    await targets.get(local)!.die();
    await until("the other region to take over", async () => {
      const counts = await ask(port, host, 50);
      return counts.size === 1 && counts.has(gateway("us"));
    });
    await targets.get(local)!.live();
    await until("the region to be back", async () => [...(await ask(port, host, 50)).keys()].join() === local);
  });

  test("tiers in their order, whoever calls", async (t) => {
    const { envoy } = await start(t, "threeTiers", "us");
    const port = envoy.portOf(80);
    const order = [gateway("eu"), gateway("ap"), local];
    for (const [index, address] of order.entries()) {
      await until(`tier ${index + 1}`, async () => [...(await ask(port, host, 50)).keys()].join() === address);
      await targets.get(address)!.die();
    }
    await until("nothing to be left", async () => [...(await ask(port, host, 50)).keys()].join() === "error");
    for (const address of order) await targets.get(address)!.live();
    await until("the first tier to be back", async () => [...(await ask(port, host, 50)).keys()].join() === order[0]);
  });

  test("70 and 30 of a hundred, from a third region and from one of the two", async (t) => {
    for (const [from, addresses] of [
      ["ap", [gateway("eu"), gateway("us")]],
      ["us", [gateway("eu"), local]],
    ] as const) {
      const { envoy } = await start(t, "weights", from);
      const counts = await ask(envoy.portOf(80), host, many);
      const [first, second] = addresses.map((address) => percentOf(counts, address));
      t.diagnostic(`from ${from}: ${first} to ${second}`);
      assert.ok(Math.abs(first! - 70) <= 3 && Math.abs(second! - 30) <= 3, `${first} to ${second}`);
    }
  });

  test("answers of a gateway count like no answer", async (t) => {
    const { envoy } = await start(t, "tiers", "ap");
    const port = envoy.portOf(80);
    targets.get(gateway("eu"))!.fail(true);
    await until(
      "the standby to take over",
      async () => [...(await ask(port, host, 50)).keys()].join() === gateway("us"),
    );
    targets.get(gateway("eu"))!.fail(false);
    await until("the first choice to be back", async () => (await ask(port, host, 50)).has(gateway("eu")));
  });
});

const examples = path.resolve(import.meta.dirname, "../../examples/mesh");

/** The namespaces that see something, and one that sees what all see. */
function namespacesOf(objects: readonly JsonValue[]): readonly string[] {
  const named = objects.flatMap((object) => {
    const exportTo = get(get(object, "spec"), "exportTo");
    return Array.isArray(exportTo) ? exportTo.map(textOf) : [];
  });
  return [...new Set([...named.filter((one) => /^[a-z]/.test(one)), "elsewhere"])].sort();
}

describe("Envoy accepts what becomes of every example", () => {
  for (const name of exampleNames(examples)) {
    test(name, async (t) => {
      const { code, stdout, stderr } = await fairlead(["mesh", "plan", "-o", "json", "-f", path.join(examples, name)]);
      assert.equal(code, 0, stderr);
      const { clusters } = JSON.parse(stdout) as { clusters: { [cluster: string]: readonly JsonValue[] } };
      let [configurations, upstreams] = [0, 0];
      for (const [cluster, objects] of Object.entries(clusters)) {
        for (const namespace of namespacesOf(objects)) {
          const proxy: Proxy = { cluster, namespace, locality: "eu-west-1", labels: {} };
          const config = envoyConfig({ objects, proxy, placeOf: () => ({ host: "127.0.0.1", port: 9 }) });
          assert.equal(await validateConfig(config), "");
          configurations++;
          upstreams += (config["static_resources"] as { clusters: unknown[] }).clusters.length;
        }
      }
      assert.ok(upstreams > 0);
      t.diagnostic(`${configurations} configurations with ${upstreams} clusters`);
    });
  }

  test("and not anything else", async () => {
    const own = plannedClusters(fleets.weights)[0]!;
    const config = envoyConfig({
      objects: own.objects,
      proxy: callerIn(own),
      placeOf: () => ({ host: "no address", port: 9 }),
    });
    assert.match(await validateConfig(config), /no address/);
  });
});
