import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Fleet, MeshKey } from "../model/fleet.ts";
import { admiralSettings, defaultSettings } from "../model/presets.ts";
import type { MeshSettings } from "../model/settings.ts";
import { planKey } from "../plan-key.ts";
import type { FleetChange } from "./change.ts";
import { createFleet } from "./create-fleet.ts";
import { gateway, node, service } from "../../../../test/mesh/fleet-objects.ts";
import { change, subjectOf } from "../../../../test/mesh/random-changes.ts";

const inCluster = { enabled: { "*": ["*"] }, disabled: {}, mergeCreatedBy: undefined };

/** A name without an address is not planned: most would not be here. */
const addresses = { ...defaultSettings.addresses, kind: "none" } as const;

/** Both modes, and a default mode in which everything is on that reads more than the identity's own. */
const modes: readonly (readonly [string, MeshSettings])[] = [
  ["default", { ...defaultSettings, addresses }],
  ["admiral", { ...admiralSettings, addresses }],
  [
    "everything on",
    {
      ...defaultSettings,
      addresses,
      scope: { ...defaultSettings.scope, authorization: true, withoutDependency: "nowhere" },
      traffic: { ...defaultSettings.traffic, failover: "distribute" },
      routing: { ...defaultSettings.routing, inCluster },
      copies: { ...defaultSettings.copies, withoutDependents: "everywhere" },
      discovery: { ...defaultSettings.discovery, policyWithoutEnv: "default" },
    },
  ],
];

/** Everything that can be asked. */
function contentOf(fleet: Fleet): unknown {
  const keys = [...fleet.keys()].sort();
  const identities = keys.filter((key) => key.startsWith("identity:")).map((key) => key.slice("identity:".length));
  return {
    keys,
    clusters: fleet.clusters,
    identities: identities.map((identity) => {
      const facts = fleet.identity(identity);
      const kinds = ["GlobalTrafficPolicy", "OutlierDetection"] as const;
      return [
        facts === undefined ? undefined : { ...facts, policies: kinds.map((kind) => facts.policies(kind)) },
        fleet.clientsOf(identity),
        fleet.destinationsOf(identity),
      ];
    }),
    spaces: fleet.clusters.flatMap(({ name }) =>
      ["shop", "team-prd", "fairlead-mesh"].map((space) => [
        fleet.identitiesIn(name, space),
        fleet.services(name, space),
        fleet.namespace(name, space),
        fleet.routingIn(name, space),
        fleet.sidecars(name, space),
      ]),
    ),
    hosts: ["default.orders.global", "prd.pay.global"].map((host) => [fleet.routing(host), fleet.addresses(host)]),
    written: keys.map((key) => fleet.written(key)),
  };
}

/** Clusters that can serve. */
const base = ["a", "b", "home"].flatMap((cluster) => [
  gateway(cluster),
  node(cluster, "one", `${cluster}-region`, "z"),
  ...["one", "two"].flatMap((name) =>
    ["shop", "team-prd"].map((space) => service({ cluster, name, namespace: space })),
  ),
]);

/** One change of each object, and no cluster that is forgotten: what comes later must not matter. */
const distinct = fc
  .array(change, { minLength: 10, maxLength: 25 })
  .map((all) => [...new Map(all.filter(({ kind }) => kind !== "forget").map((one) => [subjectOf(one), one])).values()]);

describe("a fleet", () => {
  for (const [mode, settings] of modes) {
    test(`is the same whatever the order of changes, in one call or in many (${mode})`, () => {
      const orders = distinct.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      );
      fc.assert(
        fc.property(orders, fc.integer({ min: 1, max: 5 }), ([all, shuffled], size) => {
          let fleet = createFleet(settings);
          for (let at = 0; at < shuffled.length; at += size) fleet = fleet.with(shuffled.slice(at, at + size)).fleet;
          assert.deepEqual(contentOf(fleet), contentOf(createFleet(settings).with(all).fleet));
        }),
        { seed: 10, numRuns: 150 },
      );
    });

    test(`forgets what is gone without a trace, and never changes an earlier snapshot (${mode})`, () => {
      fc.assert(
        fc.property(
          fc.array(change, { minLength: 10, maxLength: 20 }),
          fc.array(change, { maxLength: 10 }),
          (first, second) => {
            const early = createFleet(settings).with(first).fleet;
            const before = structuredClone(contentOf(early));
            const late = early.with(second).fleet;
            assert.deepEqual(contentOf(early), before);
            const end: FleetChange[] = ["a", "b", "home"].map((cluster) => ({ kind: "forget", cluster }));
            end.push({ kind: "addresses", store: "s", hosts: new Map() });
            assert.deepEqual(contentOf(late.with(end).fleet), contentOf(createFleet(settings)));
          },
        ),
        { seed: 11, numRuns: 100 },
      );
    });

    test(`names every key whose plan a change makes another (${mode})`, () => {
      fc.assert(
        fc.property(
          fc.array(change, { minLength: 20, maxLength: 40 }),
          fc.array(change, { minLength: 1, maxLength: 2 }),
          (first, second) => {
            const before = createFleet(settings).with([...base, ...first]).fleet;
            const { fleet, keys } = before.with(second);
            const touched = new Set(keys);
            for (const key of new Set<MeshKey>([...before.keys(), ...fleet.keys()])) {
              if (touched.has(key)) continue;
              assert.deepEqual(planKey(fleet, key), planKey(before, key), `${key} is not among ${keys.join(", ")}`);
            }
          },
        ),
        { seed: 12, numRuns: 100 },
      );
    });
  }
});
