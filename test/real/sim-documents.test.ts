import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { before } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { builtinResources } from "../../packages/sim/src/data/builtin-resources.ts";
import { discoveryAnswer } from "../../packages/sim/src/discovery/discovery-answer.ts";
import type { DocumentRequest } from "../../packages/sim/src/discovery/document-answer.ts";
import { createOpenApi, type OpenApi } from "../../packages/sim/src/openapi/openapi-answer.ts";
import { customResources } from "../../packages/sim/src/resources/custom-resources.ts";
import { createResourceTable, type MutableResourceTable } from "../../packages/sim/src/resources/resource-table.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { request } from "../../scripts/real/request.ts";
import { until } from "../../scripts/real/until.ts";
import { isVendored } from "./manifests.ts";
import { vendoredTest } from "./vendored-test.ts";

// Discovery and the OpenAPI documents that the embedded cluster serves are those of the real server, which has the
// CustomResourceDefinitions of nine projects installed.

const { plane } = readAccess();
const check = vendoredTest(plane);
const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

let table: MutableResourceTable;
let openApi: OpenApi;
let customPaths: ReadonlySet<string>;

before(async () => {
  if (!isVendored(plane)) return;
  const answer = await request(plane, { path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions" });
  const definitions = (JSON.parse(answer.text) as { items: JsonObject[] }).items;
  table = createResourceTable(builtinResources());
  for (const definition of definitions) {
    const { name } = definition["metadata"] as { name: string };
    table.setCustom(name, customResources(definition));
  }
  openApi = createOpenApi(definitions);
  const custom = table.all().filter((one) => one.definition !== undefined);
  assert.ok(custom.length > 80);
  customPaths = new Set(custom.map((one) => `apis/${one.group}/${one.version}`));
  await until("all definitions are published", async () => {
    const { text } = await request(plane, { path: "/openapi/v2" });
    const { paths } = JSON.parse(text) as { paths: JsonObject };
    return custom.every((one) => Object.hasOwn(paths, `/apis/${one.group}/${one.version}/${one.plural}`));
  });
});

function wanted(path: string, accept = "application/json"): DocumentRequest {
  return { path, query: new URLSearchParams(), accept, ifNoneMatch: "" };
}

function ours(path: string, accept?: string): unknown {
  const answer = discoveryAnswer(table, wanted(path, accept), "address");
  return answer === undefined ? undefined : JSON.parse(Buffer.from(answer.body).toString("utf8"));
}

async function theirs(path: string, accept?: string): Promise<unknown> {
  const { status, text } = await request(plane, { path, ...(accept === undefined ? {} : { accept }) });
  return status === 200 ? JSON.parse(text) : undefined;
}

/** apiextensions lists the kinds of a group in the order of a Go map. */
function inOrder(list: unknown): unknown {
  const { resources, ...rest } = list as { resources: { name: string }[] };
  return { ...rest, resources: [...resources].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

check("tells of every group, version and resource what the server tells", async () => {
  assert.deepEqual(ours("/version"), await theirs("/version"));
  assert.deepEqual(ours("/apis"), await theirs("/apis"));
  assert.deepEqual(ours("/api/v1"), await theirs("/api/v1"));
  const groups = new Set(table.all().map((one) => one.group));
  groups.delete("");
  for (const group of groups) assert.deepEqual(ours(`/apis/${group}/`), await theirs(`/apis/${group}`));
  const versions = new Set(table.all().map((one) => `/apis/${one.group}/${one.version}`));
  versions.delete("/apis//v1");
  for (const path of versions) {
    if (customPaths.has(path.slice(1))) assert.deepEqual(inOrder(ours(path)), inOrder(await theirs(path)), path);
    else assert.deepEqual(ours(path), await theirs(path), path);
  }
});

check("knows no group and no version that the server does not know", async () => {
  for (const path of ["/apis/nope", "/apis/nope/v1", "/apis/apps/v9", "/api/v2", "/apis/apps/v1/deployments/x/y"]) {
    assert.equal(ours(path), undefined, path);
    assert.equal(await theirs(path), undefined, path);
  }
});

check("gives all of it at once, with the server's own ETag", async () => {
  assert.deepEqual(ours("/api", aggregated), await theirs("/api", aggregated));
  assert.deepEqual(ours("/apis", aggregated), await theirs("/apis", aggregated));
  const answer = discoveryAnswer(table, wanted("/apis", aggregated), "")!;
  assert.equal(answer.headers["content-type"], aggregated);
  const their = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { authorization: `Bearer ${plane.token}`, accept: aggregated };
    get(new URL("/apis", plane.url), { ca: plane.certificate, headers }, resolve).on("error", reject);
  });
  assert.equal(Buffer.from(answer.body).toString("utf8"), Buffer.concat(await their.toArray()).toString("utf8"));
  assert.equal(answer.headers["etag"], their.headers.etag);
});

check("publishes the documents that the server publishes", async () => {
  const index = await openApi.answer(wanted("/openapi/v3"));
  const our = JSON.parse(Buffer.from(index!.body).toString("utf8")) as { paths: Record<string, JsonObject> };
  const their = (await theirs("/openapi/v3")) as { paths: Record<string, JsonObject> };
  assert.deepEqual(Object.keys(our.paths), Object.keys(their.paths));
  for (const path of Object.keys(their.paths)) {
    if (!customPaths.has(path)) assert.deepEqual(our.paths[path], their.paths[path]);
    const answer = await openApi.answer(wanted(`/openapi/v3/${path}`));
    const document: unknown = JSON.parse(Buffer.from(answer!.body).toString("utf8"));
    assert.deepEqual(document, await theirs(`/openapi/v3/${path}`), path);
  }
});

check("publishes everything in one document of version 2", async () => {
  const answer = await openApi.answer(wanted("/openapi/v2"));
  const our = JSON.parse(Buffer.from(answer!.body).toString("utf8")) as Record<string, JsonObject>;
  const their = (await theirs("/openapi/v2")) as Record<string, JsonObject>;
  assert.deepEqual(Object.keys(our), Object.keys(their));
  for (const part of Object.keys(their)) {
    if (part !== "paths" && part !== "definitions") assert.deepEqual(our[part], their[part], part);
    else {
      assert.deepEqual(Object.keys(our[part]!), Object.keys(their[part]!));
      for (const name of Object.keys(their[part]!)) assert.deepEqual(our[part]![name], their[part]![name], name);
    }
  }
});
