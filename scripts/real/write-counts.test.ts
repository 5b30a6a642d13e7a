import assert from "node:assert/strict";
import { test } from "node:test";
import { addedWrites, parseWriteCounts, totalWrites } from "./write-counts.ts";

const line = (verb: string, labels: Record<string, string>, value: number): string => {
  const all = { code: "200", component: "apiserver", dry_run: "", group: "", scope: "resource", ...labels, verb };
  return `apiserver_request_total{${Object.entries(all)
    .map(([name, text]) => `${name}="${text}"`)
    .join(",")}} ${value}`;
};

const metrics = [
  "# HELP apiserver_request_total requests",
  line("APPLY", { resource: "deployments", group: "apps" }, 2),
  line("APPLY", { resource: "deployments", group: "apps", code: "409" }, 1),
  line("APPLY", { resource: "deployments", group: "apps", dry_run: "All" }, 5),
  line("PATCH", { resource: "pods", subresource: "status" }, 7),
  line("PUT", { resource: "leases", group: "coordination.k8s.io" }, 9),
  line("POST", { resource: "events" }, 9),
  line("LIST", { resource: "pods" }, 9),
  line("DELETE", { resource: "pods" }, 1e6),
  'apiserver_request_duration_seconds_count{verb="POST"} 3',
].join("\n");

test("counts what changes something, whatever the answer: no reads, dry runs, Leases and Events", () => {
  assert.deepEqual(Object.fromEntries(parseWriteCounts(metrics)), {
    "APPLY deployments.apps": 3,
    "PATCH pods/status": 7,
    "DELETE pods": 1e6,
  });
});

test("reads the large numbers of the text format", () => {
  assert.equal(
    parseWriteCounts(line("POST", { resource: "pods" }, 0).replace(/ 0$/, " 1.5e+06")).get("POST pods"),
    1_500_000,
  );
});

test("says what has come since", () => {
  const added = addedWrites(
    new Map([
      ["a", 1],
      ["b", 2],
    ]),
    new Map([
      ["a", 1],
      ["b", 5],
      ["c", 1],
    ]),
  );
  assert.deepEqual(Object.fromEntries(added), { b: 3, c: 1 });
  assert.equal(totalWrites(added), 4);
});
