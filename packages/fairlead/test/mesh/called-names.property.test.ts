/** What is kept of identities from one snapshot to the next is what the next one says of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { createFleet } from "../../src/plan/mesh/fleet/create-fleet.ts";
import type { MeshKey } from "../../src/plan/mesh/model/fleet.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import { calledNames } from "../../src/plan/mesh/write/called-names.ts";
import { intentIn } from "../../src/plan/mesh/write/namespace-input.ts";
import { sidecarEdits } from "../../src/plan/mesh/write/sidecar.ts";
import { dependency, gateway, put, service, workload } from "./fleet-objects.ts";
import { change } from "./random-changes.ts";

const settings = [defaultSettings, admiralSettings].map((one) => ({
  ...one,
  addresses: { ...one.addresses, kind: "none" as const },
}));
const identities = ["orders", "cart", "pay"];

/** What random changes are changes of: alone, they seldom make a name. */
const start = ["a", "b", "home"].flatMap((cluster) => [
  gateway(cluster, `${cluster}.example`),
  ...["one", "two"].flatMap((name, at) => [
    workload({ cluster, name, identity: identities[at]! }),
    service({ cluster, name }),
  ]),
  workload({ cluster, name: "three", identity: "pay" }),
  service({ cluster, name: "three" }),
]);

test("names that are kept are those that a new look gives", () => {
  let kept = 0;
  let hosts = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 40 }), fc.constantFrom(...settings), (changes, chosen) => {
      let { fleet } = createFleet(chosen).with(start);
      for (const one of changes) {
        const before = identities.map((name) => fleet.revision(name));
        ({ fleet } = fleet.with([one]));
        const now = fleet;
        const alone = { ...fleet, revision: () => undefined };
        for (const [at, name] of identities.entries()) {
          if (before[at] !== undefined && before[at] === now.revision(name)) kept++;
          const names = calledNames(now, name, (identity) => intentIn(now, identity));
          hosts += names?.hosts.length ?? 0;
          assert.deepEqual(
            names,
            calledNames(alone, name, (identity) => intentIn(alone, identity)),
            name,
          );
        }
      }
    }),
    runs(150),
  );
  assert.ok(kept > 1000 && hosts > 1000, `${kept} were kept, ${hosts} hosts seen`);
});

test("of several that are called, the one that has changed is looked at again, and its new names are let out", () => {
  const calls = { egress: [{ hosts: ["istio-system/*"] }] };
  const back = (name: string, env: string) => workload({ cluster: "a", namespace: "back", name, labels: { env } });
  let { fleet } = createFleet(settings[0]!).with([
    workload({ cluster: "a", namespace: "shop", name: "web" }),
    ...identities.flatMap((name) => [back(name, "prd"), service({ cluster: "a", namespace: "back", name })]),
    dependency("calls", "web", identities),
    put("a", "networking.istio.io/v1", "Sidecar", { name: "default", namespace: "shop" }, calls),
  ]);
  const hosts = () => {
    const looked: string[] = [];
    const intentOf = (identity: string) => {
      looked.push(identity);
      return intentIn(fleet, identity);
    };
    const key: MeshKey = "namespace:a/shop";
    const { edits = [] } = sidecarEdits({ fleet, key, cluster: "a", namespace: "shop", intentOf });
    return { looked, hosts: edits.flatMap(({ edit }) => edit.hosts.map((host) => host.split("/")[1])) };
  };
  const names = {
    looked: ["cart", "orders", "pay"],
    hosts: ["*", ...["cart", "orders", "pay"].map((name) => `prd.${name}.global`)],
  };
  assert.deepEqual(hosts(), names);
  ({ fleet } = fleet.with([back("orders", "qa")]));
  assert.deepEqual(hosts(), {
    looked: ["orders"],
    hosts: ["*", "prd.cart.global", "prd.pay.global", "qa.orders.global"],
  });
});
