import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { builtinResources } from "../data/builtin-resources.ts";
import { ApiError } from "../errors.ts";
import { customResources } from "../resources/custom-resources.ts";
import { createResourceTable } from "../resources/resource-table.ts";
import { discoveryAnswer } from "./discovery-answer.ts";
import type { DocumentAnswer } from "./document-answer.ts";

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const ofOldClients = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

const definition = (established: boolean): JsonObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "crontabs.stable.example.com" },
  spec: {
    group: "stable.example.com",
    scope: "Namespaced",
    versions: [
      { name: "v1beta1", served: true, storage: false },
      { name: "v1", served: true, storage: true, subresources: { status: {}, scale: {} } },
      { name: "v1alpha1", served: false, storage: false },
    ],
  },
  status: {
    acceptedNames: {
      plural: "crontabs",
      singular: "crontab",
      kind: "CronTab",
      listKind: "CronTabList",
      shortNames: ["ct"],
    },
    conditions: [{ type: "Established", status: established ? "True" : "False" }],
  },
});

function tableWith(established: boolean): ReturnType<typeof createResourceTable> {
  const table = createResourceTable(builtinResources());
  table.setCustom("crontabs.stable.example.com", customResources(definition(established)));
  return table;
}

function answer(path: string, accept = "", ifNoneMatch = "", table = tableWith(true)): DocumentAnswer | undefined {
  return discoveryAnswer(table, { path, query: new URLSearchParams(), accept, ifNoneMatch }, "127.0.0.1:6443");
}

function bodyOf(found: DocumentAnswer | undefined): JsonObject {
  return JSON.parse(Buffer.from(found!.body).toString("utf8")) as JsonObject;
}

test("serves a custom resource in the versions that are served, once it is established", () => {
  assert.deepEqual(bodyOf(answer("/apis/stable.example.com")), {
    kind: "APIGroup",
    apiVersion: "v1",
    name: "stable.example.com",
    versions: [
      { groupVersion: "stable.example.com/v1", version: "v1" },
      { groupVersion: "stable.example.com/v1beta1", version: "v1beta1" },
    ],
    preferredVersion: { groupVersion: "stable.example.com/v1", version: "v1" },
  });
  const { resources } = bodyOf(answer("/apis/stable.example.com/v1")) as { resources: JsonObject[] };
  assert.deepEqual(
    resources.map((one) => one["name"]),
    ["crontabs", "crontabs/status", "crontabs/scale"],
  );
  assert.equal(answer("/apis/stable.example.com/v1alpha1"), undefined);
  assert.equal(answer("/apis/stable.example.com", "", "", tableWith(false)), undefined);
});

test("answers with everything at once to those who can read it", () => {
  const found = answer("/apis", `${aggregated},${ofOldClients},application/json`);
  assert.equal(found?.headers["content-type"], aggregated);
  assert.equal(bodyOf(found)["kind"], "APIGroupDiscoveryList");
  assert.equal(bodyOf(answer("/apis", `${ofOldClients},application/json`))["kind"], "APIGroupList");
  assert.equal(bodyOf(answer("/apis/apps", aggregated + ",application/json"))["kind"], "APIGroup");
});

test("says that nothing changed to a client that has it, until a definition comes", () => {
  const table = tableWith(false);
  const first = answer("/apis", aggregated, "", table)!;
  const etag = first.headers["etag"]!;
  assert.match(etag, /^"[0-9A-F]{128}"$/);
  const unchanged = answer("/apis", aggregated, etag, table)!;
  assert.deepEqual([unchanged.status, unchanged.body.length], [304, 0]);
  assert.equal(unchanged.headers["content-type"], aggregated);
  table.setCustom("crontabs.stable.example.com", customResources(definition(true)));
  const later = answer("/apis", aggregated, etag, table)!;
  assert.equal(later.status, 200);
  assert.notEqual(later.headers["etag"], etag);
});

test("refuses who takes no JSON, and knows no other paths", () => {
  assert.throws(
    () => answer("/apis/apps", "text/html"),
    (error) => error instanceof ApiError && error.code === 406,
  );
  assert.throws(
    () => answer("/apis", ofOldClients),
    (error) => error instanceof ApiError && error.code === 406,
  );
  for (const path of ["/healthz", "/api/v1/pods", "/apis//v1", "/apis/nope", "/api/v2", "//apis", ""]) {
    assert.equal(answer(path), undefined, path);
  }
  assert.equal(bodyOf(answer("/api"))["kind"], "APIVersions");
  const { paths } = bodyOf(answer("/")) as { paths: string[] };
  assert.ok(paths.includes("/apis/stable.example.com/v1") && paths.includes("/api/v1") && !paths.includes("/apis//v1"));
  assert.equal(bodyOf(answer("/version"))["gitVersion"], "v1.36.3");
});
