import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { withoutRulesOf } from "./withheld.ts";

const object = (kind: string, name: string, spec: JsonObject): KrmObject => ({
  apiVersion: "networking.istio.io/v1",
  kind,
  metadata: { name, namespace: "mesh" },
  spec,
});
const entry = (host: string): KrmObject => object("ServiceEntry", `${host}-se`, { hosts: [host] });

test("leaves out rules and routes of the hosts, and nothing of other hosts", () => {
  const desired = [
    object("DestinationRule", "a-dr", { host: "A.global" }),
    object("DestinationRule", "a-gateway-dr", { host: "a.global" }),
    object("DestinationRule", "b-dr", { host: "b.global" }),
    entry("a.global"),
    object("Sidecar", "s", { egress: [{ hosts: ["./a.global"] }] }),
    object("VirtualService", "a-vs", { hosts: ["a.global"] }),
    object("VirtualService", "ab-vs", { hosts: ["a.global", "b.global"] }),
    object("VirtualService", "none-vs", {}),
  ];
  const plan = withoutRulesOf([entry("a.global")], { cluster: "eu", desired, edits: [], complete: true });
  assert.deepEqual(
    plan.desired.map(({ metadata }) => metadata.name),
    ["b-dr", "a.global-se", "s", "ab-vs", "none-vs"],
  );
  assert.equal(plan.complete, true);
});

test("routes nothing to the hosts, and keeps what is left of a route", () => {
  const to = (host: string, weight: number): JsonObject => ({ destination: { host }, weight });
  const spec = (routes: JsonObject[][], hosts = ["c.global"]): JsonObject => ({
    hosts,
    http: routes.map((route) => ({ route })),
  });
  const desired = [
    object("VirtualService", "some-vs", spec([[to("local", 70), to("A.global", 30)], [to("a.global", 100)]])),
    object("VirtualService", "all-vs", spec([[to("a.global", 100)]])),
    object("VirtualService", "both-vs", spec([[to("local", 100)]], ["a.global", "c.global"])),
    object("VirtualService", "other-vs", spec([[to("local", 100)]])),
  ];
  const plan = withoutRulesOf([entry("a.global")], { cluster: "eu", desired, edits: [], complete: true });
  assert.deepEqual(
    plan.desired.map((one) => [one.metadata.name, one["spec"]]),
    [
      ["some-vs", spec([[to("local", 70)]])],
      ["both-vs", spec([[to("local", 100)]])],
      ["other-vs", spec([[to("local", 100)]])],
    ],
  );
  assert.equal(plan.desired.at(-1), desired.at(-1), "what is not concerned stays the same object");
});
