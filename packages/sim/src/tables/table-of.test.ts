import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { builtinResources } from "../data/builtin-resources.ts";
import { apiVersionOf, type PrinterColumn, type Resource } from "../resources/resource.ts";
import { builtinColumns } from "./columns.ts";
import { tableOf } from "./table-of.ts";

const now = Date.parse("2026-01-01T00:10:00Z");
const metadata = { name: "web", creationTimestamp: "2026-01-01T00:00:00Z" };

function resource(apiVersion: string, kind: string): Resource {
  return builtinResources().find((one) => apiVersionOf(one) === apiVersion && one.kind === kind)!;
}

function cellsOf(of: Resource, object: JsonObject): JsonValue {
  const table = tableOf(of, [object], { includeObject: "None", now, version: "v1" });
  return (table["rows"] as JsonObject[])[0]!["cells"]!;
}

test("has as many cells as columns for every built-in kind, even of an empty object", () => {
  for (const of of builtinResources()) {
    if (!of.verbs.includes("list")) continue;
    const columns = builtinColumns(of.group, of.version, of.kind).length;
    const cells = (cellsOf(of, { metadata: { name: "x" } }) as JsonValue[]).length;
    // The server's own table of IPAddresses has a cell too many.
    assert.equal(cells, of.kind === "IPAddress" ? columns + 1 : columns, of.kind);
  }
});

test("shows a pod's state as its containers tell it", () => {
  const pod: JsonObject = {
    metadata,
    spec: { containers: [{ name: "a" }, { name: "b" }], nodeName: "node-1" },
    status: {
      phase: "Running",
      podIPs: [{ ip: "10.0.0.1" }],
      containerStatuses: [
        { name: "a", ready: true, restartCount: 0, state: { running: {} } },
        {
          name: "b",
          ready: false,
          restartCount: 3,
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: { terminated: { finishedAt: "2026-01-01T00:05:00Z" } },
        },
      ],
    },
  };
  const cells = ["web", "1/2", "CrashLoopBackOff", "3 (5m ago)", "10m", "10.0.0.1", "node-1", "<none>", "<none>"];
  assert.deepEqual(cellsOf(resource("v1", "Pod"), pod), cells);
  const deleted = { ...pod, metadata: { ...metadata, deletionTimestamp: "2026-01-01T00:09:00Z" } };
  assert.equal((cellsOf(resource("v1", "Pod"), deleted) as JsonValue[])[2], "Terminating");
  const lost = { ...deleted, status: { phase: "Running", reason: "NodeLost" } };
  assert.equal((cellsOf(resource("v1", "Pod"), lost) as JsonValue[])[2], "Unknown");
});

test("says of a pod that ended that it did", () => {
  const table = tableOf(resource("v1", "Pod"), [{ metadata, status: { phase: "Succeeded" } }], {
    includeObject: "Metadata",
    now,
    version: "v1",
  });
  const [row] = table["rows"] as JsonObject[];
  const message = "The pod has completed successfully.";
  assert.deepEqual(row!["conditions"], [{ type: "Completed", status: "True", reason: "Succeeded", message }]);
  assert.deepEqual(row!["object"], { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata });
});

function custom(printerColumns: readonly PrinterColumn[]): Resource {
  return {
    ...resource("v1", "Pod"),
    group: "example.com",
    kind: "Thing",
    definition: "things.example.com",
    printerColumns,
  };
}

const column = (name: string, type: string, jsonPath: string): PrinterColumn => ({
  name,
  type,
  format: "",
  description: "",
  priority: 0,
  jsonPath,
});

test("shows a custom resource by its columns, and its age when it has none", () => {
  assert.deepEqual(cellsOf(custom([]), { metadata }), ["web", "10m"]);
  const columns = [
    column("Text", "string", ".spec.list"),
    column("Whole", "integer", ".spec.ratio"),
    column("Ratio", "number", ".spec.ratio"),
    column("On", "boolean", ".spec.on"),
    column("Since", "date", ".spec.since"),
    column("Tiny", "string", ".spec.tiny"),
    column("Wrong", "integer", ".spec.list"),
    column("Absent", "string", ".spec.absent"),
  ];
  const spec = { list: [1, { b: "<", a: null }], ratio: 2.75, on: true, since: "soon", tiny: 0.00001 };
  const shown = ["web", String.raw`[1,{"a":null,"b":"\u003c"}]`, 2, 2.75, true, "<invalid>", "1e-05", null, null];
  assert.deepEqual(cellsOf(custom(columns), { metadata, spec }), shown);
});
