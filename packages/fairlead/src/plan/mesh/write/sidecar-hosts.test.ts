import assert from "node:assert/strict";
import { test } from "node:test";
import { covers } from "./sidecar-hosts.ts";

test("knows which entries of a Sidecar let a host through", () => {
  const table: [string, string, boolean][] = [
    ["mesh/a.global", "mesh/a.global", true],
    ["*/a.global", "mesh/a.global", true],
    ["mesh/*", "mesh/a.global", true],
    ["*/*", "mesh/*.svc.cluster.local", true],
    ["mesh/*.global", "mesh/a.b.global", true],
    ["mesh/*.svc.cluster.local", "mesh/*.svc.cluster.local", true],
    ["mesh/*.local", "mesh/*.svc.cluster.local", true],
    ["other/*", "mesh/a.global", false],
    ["./*", "mesh/a.global", false],
    ["~/*", "mesh/a.global", false],
    ["mesh/b.global", "mesh/a.global", false],
    ["mesh/*.lobal", "mesh/a.global", false],
    ["mesh/global", "mesh/a.global", false],
    ["", "mesh/a.global", false],
  ];
  for (const [entry, wanted, expected] of table) assert.equal(covers(entry, wanted), expected, `${entry} ${wanted}`);
});
