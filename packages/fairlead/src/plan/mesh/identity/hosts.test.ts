import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkloadFact } from "../model/facts.ts";
import { defaultSettings } from "../model/presets.ts";
import { baseHost, hostProblem, regionHost } from "./hosts.ts";

const plain = { annotations: {} } as WorkloadFact;
const keeping = { annotations: { "admiral.io/cname-case-sensitive": "true" } } as unknown as WorkloadFact;

test("puts a host together by the template, in lower case unless the workload keeps it", () => {
  assert.equal(baseHost("Orders", "prd", plain, defaultSettings), "prd.orders.global");
  assert.equal(baseHost("Orders", "prd", keeping, defaultSettings), "prd.Orders.global");
  const names = { ...defaultSettings.names, template: "{identity}-{env}.{suffix}", suffix: "mesh.acme" };
  assert.equal(baseHost("{env}", "prd", plain, { ...defaultSettings, names }), "{env}-prd.mesh.acme");
});

test("refuses what cannot be a host, and what leaves no room for the names of objects", () => {
  for (const host of [
    "prd.my_orders.global",
    "prd..global",
    "prd.-x.global",
    `${"a".repeat(64)}.global`,
    "",
    "prd.__proto__.global",
  ]) {
    assert.notEqual(hostProblem(host), undefined, host);
  }
  assert.notEqual(hostProblem(`${"a.".repeat(122)}global`), undefined);
  assert.equal(hostProblem("prd.Orders.global"), undefined);
});

test("names the host of a region by the region, where that can be a part of a host", () => {
  assert.equal(regionHost("US_East_1", "prd.orders.global"), "us-east-1.region.prd.orders.global");
  assert.equal(regionHost("us.east", "prd.orders.global"), undefined);
});
