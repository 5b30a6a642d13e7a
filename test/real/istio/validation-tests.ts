import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { canonicalJson, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { fleets as anyFleet, meshSettings } from "../../../packages/fairlead/test/mesh/arbitraries.ts";
import { fleets, plannedClusters } from "../../../packages/fairlead/test/mesh/planned-fleet.ts";
import { manifest } from "../../../packages/fairlead/test/mesh/world.ts";
import { scenarios } from "../../../packages/fairlead/test/mesh/scenarios.ts";
import { fairlead } from "../../../packages/fairlead/test/support/cli.ts";
import { runs } from "../../../scripts/runs.ts";
import type { IstiodWorld } from "./mesh-world.ts";
import { isIstio, validateByIstiod } from "./validate.ts";

/** Each of the planned objects before the webhook that guards Istio's kinds. */
export function validationTests(world: () => IstiodWorld): void {
  describe("istiod's validation allows what is planned", () => {
    /** How many differ. */
    async function allowed(objects: readonly JsonValue[]): Promise<string> {
      const unique = new Map(
        (objects as readonly JsonObject[]).filter(isIstio).map((one) => [canonicalJson(one), one]),
      );
      const verdicts = await validateByIstiod(world().istiod, [...unique.values()]);
      const refused = verdicts.filter((one) => !one.allowed);
      assert.deepEqual(
        refused.slice(0, 20).map(({ object, reason }) => `${reason}: ${JSON.stringify(object)}`),
        [],
      );
      const warned = verdicts.flatMap(({ object, warnings }) =>
        warnings.map((one) => `${textOf(object["kind"])}: ${one}`),
      );
      const kinds = new Set(verdicts.map(({ object }) => textOf(object["kind"])));
      return `${verdicts.length} objects (${[...kinds].sort().join(", ")}), warnings: ${[...new Set(warned)].join("; ")}`;
    }

    for (const { name, settings, changes } of scenarios) {
      test(name, async (t) => {
        t.diagnostic(await allowed(plannedClusters(changes, settings).flatMap(({ objects }) => objects)));
      });
    }

    test("every fleet that requests are sent through", async (t) => {
      const objects = Object.values(fleets).flatMap((changes) => plannedClusters(changes));
      t.diagnostic(await allowed(objects.flatMap((cluster) => cluster.objects)));
    });

    test("every example", async (t) => {
      const examples = path.resolve(import.meta.dirname, "../../../examples/mesh");
      const objects: JsonValue[] = [];
      // Others are about something else.
      const folders = readdirSync(examples).filter((name) => existsSync(path.join(examples, name, "fleet.yaml")));
      for (const folder of folders) {
        const { code, stdout, stderr } = await fairlead([
          "mesh",
          "plan",
          "-o",
          "json",
          "-f",
          path.join(examples, folder),
        ]);
        assert.equal(code, 0, stderr);
        const { clusters } = JSON.parse(stdout) as { clusters: { [cluster: string]: readonly JsonValue[] } };
        objects.push(...Object.values(clusters).flat());
      }
      t.diagnostic(await allowed(objects));
    });

    test("any fleet", async (t) => {
      const { numRuns } = runs(150);
      const samples = fc.sample(fc.record({ changes: anyFleet, settings: meshSettings }), { numRuns, seed: 806 });
      const objects = samples.flatMap(({ changes, settings }) => plannedClusters(changes, settings));
      t.diagnostic(await allowed(objects.flatMap((cluster) => cluster.objects)));
    });

    test("any way of connecting and of leaving endpoints out", async (t) => {
      const { numRuns } = runs(60);
      const number = fc.constantFrom<JsonValue>(0, 1, 7, -1, 2 ** 31 - 1, 2 ** 31, 1.5, "8");
      const time = fc.constantFrom<JsonValue>(
        "0s",
        "1s",
        "2h",
        "1ms",
        "1us",
        "1s1500us",
        "-1s",
        "soon",
        5,
        "99999999h",
      );
      const connection = fc.record(
        {
          tcp: fc.record(
            {
              maxConnections: number,
              connectTimeout: time,
              tcpKeepalive: fc.record({ probes: number, time, interval: time }, { requiredKeys: [] }),
              maxConnectionDuration: time,
            },
            { requiredKeys: [] },
          ),
          http: fc.record(
            {
              http1MaxPendingRequests: number,
              http2MaxRequests: number,
              maxRequestsPerConnection: number,
              maxRetries: number,
              idleTimeout: time,
              h2UpgradePolicy: fc.constantFrom<JsonValue>("UPGRADE", "DO_NOT_UPGRADE", "DEFAULT", 2, "ALWAYS"),
              useClientProtocol: fc.boolean(),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      );
      const tunnel = fc.record(
        {
          protocol: fc.constantFrom("CONNECT", "POST", "GET", ""),
          targetHost: fc.constantFrom(
            "proxy.acme",
            "proxy.acme.",
            "10.0.0.1",
            "10.1",
            "fd00::1",
            "a_b",
            "*.acme",
            "-a",
            "",
          ),
          targetPort: fc.constantFrom(443, 0, 65_536),
        },
        { requiredKeys: [] },
      );
      const outlier = fc.record(
        { base_ejection_time: number, consecutive_gateway_errors: number, interval: number },
        { requiredKeys: [] },
      );
      const samples = fc.sample(fc.record({ connection, tunnel, outlier }), { numRuns, seed: 857 });
      const of = { labels: { identity: "orders" } };
      const objects = samples.flatMap((one) => {
        const spec = { connectionPool: one.connection, tunnel: one.tunnel } as JsonObject;
        return plannedClusters([
          ...fleets.weights,
          manifest("eu/shop/orders", "ClientConnectionConfig", spec, of),
          manifest("eu/shop/orders", "OutlierDetection", { outlier_config: one.outlier as JsonObject }, of),
        ]);
      });
      t.diagnostic(await allowed(objects.flatMap((cluster) => cluster.objects)));
    });

    test("and not anything else", async () => {
      const [own] = plannedClusters(fleets.weights);
      const object = structuredClone((own!.objects as JsonObject[]).find((one) => one["kind"] === "ServiceEntry")!);
      (object["spec"] as JsonObject)["hosts"] = ["*"];
      const [verdict] = await validateByIstiod(world().istiod, [object]);
      assert.match(verdict!.reason, /invalid/);
      assert.equal(verdict!.allowed, false);
    });
  });
}
