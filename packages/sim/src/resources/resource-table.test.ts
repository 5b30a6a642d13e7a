import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinResources } from "../data/builtin-resources.ts";
import { compareVersions } from "./compare-versions.ts";
import { createResourceTable } from "./resource-table.ts";
import type { Resource } from "./resource.ts";

const crontab = (version: string, group = "stable.example.com"): Resource => ({
  group,
  version,
  plural: "crontabs",
  singular: "crontab",
  kind: "CronTab",
  namespaced: true,
  shortNames: ["ct"],
  categories: [],
  verbs: ["get", "list"],
  subresources: new Map(),
  storageVersion: "v1",
  definition: `crontabs.${group}`,
});

test("finds a resource by its path, by its kind and in its preferred version", () => {
  const table = createResourceTable(builtinResources());
  assert.equal(table.find("apps", "v1", "deployments")?.kind, "Deployment");
  assert.equal(table.findKind("v1", "Pod")?.plural, "pods");
  assert.equal(table.preferred("horizontalpodautoscalers.autoscaling")?.version, "v2");
  assert.equal(table.find("autoscaling", "v1", "horizontalpodautoscalers")?.storageVersion, "v2");
  assert.equal(table.find("apps", "v1beta1", "deployments"), undefined);
  assert.equal(table.findKind("apps/v1", "__proto__"), undefined);
});

test("puts custom groups behind the built-in ones by name, and their versions by maturity", () => {
  const table = createResourceTable(builtinResources());
  table.setCustom("crontabs.zoo.example.com", [crontab("v1", "zoo.example.com")]);
  table.setCustom("crontabs.stable.example.com", [crontab("v1beta1"), crontab("v1"), crontab("v2alpha1")]);
  const custom = table.all().filter((one) => one.definition !== undefined);
  assert.deepEqual(
    custom.map(({ group, version }) => `${group}/${version}`),
    ["stable.example.com/v1", "stable.example.com/v1beta1", "stable.example.com/v2alpha1", "zoo.example.com/v1"],
  );
  assert.deepEqual(table.all().slice(0, builtinResources().length), builtinResources());
  assert.equal(table.preferred("crontabs.stable.example.com")?.version, "v1");
});

test("says by its generation that a definition came, changed or went", () => {
  const table = createResourceTable(builtinResources());
  const seen = [table.generation];
  table.setCustom("crontabs.stable.example.com", [crontab("v1")]);
  seen.push(table.generation);
  assert.equal(table.find("stable.example.com", "v1", "crontabs")?.kind, "CronTab");
  table.setCustom("crontabs.stable.example.com", []);
  seen.push(table.generation);
  assert.equal(table.find("stable.example.com", "v1", "crontabs"), undefined);
  assert.equal(new Set(seen).size, 3);
  table.setCustom("crontabs.stable.example.com", []);
  assert.equal(table.generation, seen[2]);
});

test("orders versions as Kubernetes does", () => {
  const ordered = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"];
  assert.deepEqual([...ordered].reverse().sort(compareVersions), ordered);
});
