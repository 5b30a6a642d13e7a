/** What holds for every fleet. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, compareText, get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { FleetSnapshot } from "../../src/plan/mesh/fleet/create-fleet.ts";
import { runs } from "../../../../scripts/runs.ts";
import { fleets, meshSettings } from "./arbitraries.ts";
import { afterWriting, deployment, plansOf, service, world } from "./world.ts";

const options = runs(100);
const given = { changes: fleets, settings: meshSettings };

/** Everything that is planned, as text. */
function text(fleet: FleetSnapshot): string {
  const plans = [...plansOf(fleet).values()].sort((a, b) => compareText(a.key, b.key));
  return canonicalJson(plans as unknown as JsonValue);
}

function objectsOf(fleet: FleetSnapshot): readonly { cluster: string; object: JsonObject }[] {
  return [...plansOf(fleet).values()].flatMap(({ clusters }) =>
    clusters.flatMap(({ cluster, desired }) => desired.map((object) => ({ cluster, object }))),
  );
}

/** The addresses of each host, so that another world of the same hosts gives the same ones. */
function addressesOf(fleet: FleetSnapshot): { [host: string]: readonly string[] } {
  const addresses: { [host: string]: readonly string[] } = {};
  for (const { object } of objectsOf(fleet)) {
    const host = (get(object["spec"], "hosts") as string[] | undefined)?.[0]?.toLowerCase();
    const known = host === undefined ? undefined : fleet.addresses(host);
    if (host !== undefined && known !== undefined) addresses[host] = known;
  }
  return addresses;
}

test("a plan does not depend on the order in which things were seen", () => {
  fc.assert(
    fc.property(fc.record(given), fc.infiniteStream(fc.nat()), ({ changes, settings }, numbers) => {
      const fleet = world(settings, changes);
      const shuffled = changes
        .map((change) => ({ change, at: numbers.next().value }))
        .sort((a, b) => a.at - b.at)
        .map(({ change }) => change);
      assert.equal(text(world(settings, shuffled, addressesOf(fleet))), text(fleet));
    }),
    options,
  );
});

test("what is written is what is planned: a second plan changes nothing", () => {
  fc.assert(
    fc.property(fc.record(given), ({ changes, settings }) => {
      const fleet = world(settings, changes);
      const after = afterWriting(fleet);
      assert.equal(text(after), text(fleet));
      for (const [key, { clusters }] of plansOf(after)) {
        if (!key.startsWith("identity:")) continue;
        const planned = clusters.flatMap(({ cluster, desired }) => desired.map((one) => [cluster, one] as const));
        const found = after.written(key).map((fact) => [fact.cluster, fact.object] as const);
        const sorted = (list: readonly (readonly [string, JsonObject])[]) =>
          list.map(([a, b]) => a + canonicalJson(b)).sort();
        assert.deepEqual(sorted(found), sorted(planned), key);
      }
    }),
    options,
  );
});

test("another identity changes nothing of those that have nothing to do with it", () => {
  fc.assert(
    fc.property(fc.record(given), ({ changes, settings }) => {
      const fleet = world(settings, changes);
      const before = plansOf(fleet);
      const more = [deployment("c1/apart/apart", "apart"), service("c1/apart/apart", [80])];
      const { fleet: after, keys } = fleet.with(more);
      for (const [key, plan] of plansOf(after)) {
        if (key === "identity:apart" || key === "namespace:c1/apart") continue;
        assert.deepEqual(plan, before.get(key), key);
        assert.ok(!keys.includes(key), `${key} need not be planned again`);
      }
    }),
    options,
  );
});

test("a host has one address everywhere, no other host has it, and there is no entry without an endpoint", () => {
  fc.assert(
    fc.property(fc.record(given), ({ changes, settings }) => {
      const owners = new Map<string, string>();
      const addresses = new Map<string, string>();
      const names = new Set<string>();
      for (const { cluster, object } of objectsOf(world(settings, changes))) {
        const { name, namespace } = object["metadata"] as { name: string; namespace: string };
        const title = `${cluster} ${String(object["kind"])} ${namespace}/${name}`;
        assert.ok(!names.has(title), `${title} is planned once`);
        names.add(title);
        if (object["kind"] !== "ServiceEntry") continue;
        const spec = object["spec"] as JsonObject;
        const host = (spec["hosts"] as string[])[0]!;
        const own = ((spec["addresses"] ?? []) as string[]).join(" ");
        assert.equal(addresses.get(host) ?? own, own, `${host} has one address in all clusters`);
        addresses.set(host, own);
        if (own !== "") assert.equal(owners.get(own) ?? host, host, `${own} is of one host`);
        owners.set(own, host);
        const endpoints = spec["endpoints"] as JsonObject[];
        assert.ok(endpoints.length > 0);
        const numbers = (spec["ports"] as JsonObject[]).map(({ number }) => number);
        assert.equal(new Set(numbers).size, numbers.length, "no port stands twice");
        const known = new Set((spec["ports"] as JsonObject[]).map(({ name: port }) => String(port)));
        for (const { ports } of endpoints) {
          for (const port of Object.keys(ports as JsonObject)) assert.ok(known.has(port), port);
        }
        assert.equal(new Set(endpoints.map(({ address }) => address)).size, endpoints.length);
      }
    }),
    options,
  );
});
