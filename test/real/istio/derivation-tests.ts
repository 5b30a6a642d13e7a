import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { canonicalJson, get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { fleets, plannedClusters } from "../../../packages/fairlead/test/mesh/planned-fleet.ts";
import { scenarios } from "../../../packages/fairlead/test/mesh/scenarios.ts";
import { until } from "../../../scripts/real/until.ts";
import { envoyConfig } from "../envoy/envoy-config.ts";
import { runEnvoy, type RunningEnvoy } from "../envoy/run-envoy.ts";
import { comparedCluster } from "./compared-clusters.ts";
import { bootstrap, clustersOf, listenersOf, statistics, type IstioProxyOptions } from "./istio-proxy.ts";
import { namespaceObject, withoutTls, type IstiodWorld, type Planned } from "./mesh-world.ts";

/** What istiod makes of the planned objects for a proxy. */
export function derivationTests(world: () => IstiodWorld): void {
  describe("istiod makes of the planned objects what the static configuration is derived as", () => {
    for (const [name, changes] of Object.entries(fleets)) {
      test(name, async (t) => {
        const { istiod, put, remove } = world();
        let compared = 0;
        for (const own of plannedClusters(changes)) {
          const objects = own.objects as unknown as readonly KrmObject[];
          await put(...objects);
          t.after(() => remove(objects));
          const proxies = [
            { kind: "sidecar", namespace: "carts", labels: { app: "cart" } },
            { kind: "router", namespace: "istio-system", labels: { istio: "eastwestgateway" } },
          ] as const;
          for (const { kind, namespace, labels } of proxies) {
            const proxy = { cluster: own.name, namespace, locality: own.region, labels };
            const config = envoyConfig({
              objects: own.objects,
              proxy,
              placeOf: ({ address, port }) => ({ host: address, port }),
            });
            const derived = get(config["static_resources"]!, "clusters") as JsonObject[];
            const nameOf = (text: string): string =>
              kind === "sidecar" ? text : text.replace(/^outbound\|(\d+)\|\|/, "outbound_.$1_._.");
            const expected = new Map(derived.map((one) => [nameOf(textOf(one["name"])), comparedCluster(one)]));
            const options: IstioProxyOptions = { istiod, kind, namespace, locality: own.region, labels, ports: [] };
            const envoy = await runEnvoy(bootstrap(options), { untilReady: false });
            t.after(() => envoy.stop());
            const actual = await told(
              envoy,
              expected,
              (one) => one.endsWith(".global") && one.startsWith(kind === "sidecar" ? "outbound|" : "outbound_"),
            );
            assert.deepEqual(
              Object.fromEntries([...actual].sort()),
              Object.fromEntries([...expected].sort()),
              `${kind} in ${own.name}`,
            );
            const { rejected } = await statistics(envoy);
            assert.equal(rejected, 0);
            compared += expected.size;
            await envoy.stop();
          }
          await remove(objects);
        }
        t.diagnostic(`${compared} clusters are alike`);
        assert.doesNotMatch(istiod.log(), /panic|NACK|ACK ERROR/i);
      });
    }
  });
}

/** Listeners, and what ends istiod: to be run at last. */
export function listenerTests(world: () => IstiodWorld): void {
  describe("a host is known by its virtual address", () => {
    test("which is what tells TCP services on one port apart", async (t) => {
      const { istiod, put, remove } = world();
      const { changes } = scenarios.find(({ name }) => name === "everything at once")!;
      for (const own of plannedClusters(changes)) {
        const objects = withoutTls(own.objects);
        for (const name of new Set(objects.map(({ metadata }) => metadata.namespace ?? ""))) {
          await put({ ...namespaceObject, metadata: { name } });
        }
        await put(...objects);
        t.after(() => remove(objects));
        const seen = objects.filter(({ kind, spec }) => {
          const exportTo = spec["exportTo"];
          return kind === "ServiceEntry" && (!Array.isArray(exportTo) || exportTo.includes("carts"));
        });
        const expected = seen.flatMap(({ spec }) =>
          (spec["ports"] as { number: number; protocol: string }[]).map(({ number, protocol }) =>
            /^(HTTP|GRPC)/.test(protocol)
              ? `0.0.0.0_${number}`
              : `${textOf((spec["addresses"] as JsonValue[])[0])}_${number}`,
          ),
        );
        const proxy = { kind: "sidecar", namespace: "carts", labels: { app: "cart" }, locality: own.region } as const;
        const envoy = await runEnvoy(bootstrap({ istiod, ...proxy, ports: "as told" }), { untilReady: false });
        t.after(() => envoy.stop());
        const names = await until("istiod's listeners", async () => {
          const all = await listenersOf(envoy);
          return expected.every((name) => all.includes(name)) && all;
        });
        // None of ours beside them.
        assert.deepEqual(
          names.filter((name) => name.startsWith("240.")).sort(),
          [...new Set(expected)].filter((name) => name.startsWith("240.")).sort(),
        );
        assert.equal((await statistics(envoy)).rejected, 0);
        t.diagnostic(`${own.name}: ${names.filter((name) => name.startsWith("240.")).join(", ")}`);
        await envoy.stop();
        await remove(objects);
      }
    });
  });

  describe("why the plan says it in localities", () => {
    test("failoverPriority ends istiod where a host that is looked up by DNS has several", async (t) => {
      const { put, remove, startIstiod } = world();
      const doomed = await startIstiod();
      t.after(() => doomed.stop());
      const own = plannedClusters(fleets.nearest)[0]!;
      const objects = structuredClone(own.objects) as unknown as readonly Planned[];
      for (const { kind, spec } of objects) {
        if (kind !== "DestinationRule") continue;
        const balancing = get(spec["trafficPolicy"]!, "loadBalancer") as JsonObject;
        balancing["localityLbSetting"] = { enabled: true, failoverPriority: ["topology.kubernetes.io/region"] };
      }
      t.after(() => remove(objects));
      await put(...objects);
      const proxy = { kind: "sidecar", namespace: "carts", labels: { app: "cart" }, locality: own.region } as const;
      const envoy = await runEnvoy(bootstrap({ istiod: doomed, ...proxy, ports: [] }), { untilReady: false });
      t.after(() => envoy.stop());
      await until("istiod to end", () => /panic: .*index out of range/.test(doomed.log()));
    });
  });
}

/** Waits until istiod has told what is expected; what it has told at last, if that never comes. */
async function told(
  envoy: RunningEnvoy,
  expected: ReadonlyMap<string, JsonValue>,
  isCompared: (name: string) => boolean,
): Promise<ReadonlyMap<string, JsonValue>> {
  let last: ReadonlyMap<string, JsonValue> = new Map();
  const wanted = canonicalJson(Object.fromEntries(expected));
  try {
    await until(
      "istiod's clusters",
      async () => {
        const clusters = [...(await clustersOf(envoy))].filter(([name]) => isCompared(name));
        last = new Map(clusters.map(([name, cluster]) => [name, comparedCluster(cluster)]));
        return canonicalJson(Object.fromEntries(last)) === wanted;
      },
      8_000,
    );
  } catch {
    // The comparison says more.
  }
  return last;
}
