import assert from "node:assert/strict";
import { after, before } from "node:test";
import { parseJson, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { builtinResources } from "../../packages/sim/src/data/builtin-resources.ts";
import { customResources } from "../../packages/sim/src/resources/custom-resources.ts";
import { apiVersionOf, type Resource } from "../../packages/sim/src/resources/resource.ts";
import { tableOf } from "../../packages/sim/src/tables/table-of.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { request } from "../../scripts/real/request.ts";
import { until } from "../../scripts/real/until.ts";
import { builtinFiles, isVendored, ownManifests, type Manifest } from "./manifests.ts";
import { tableObjects } from "./sim-table-objects.ts";
import { vendoredTest } from "./vendored-test.ts";

// The rows that the embedded cluster shows of an object are those of the real server.

const { plane } = readAccess();
const check = vendoredTest(plane);
const namespace = `sim-tables-${process.pid}`;
const asTable = "application/json;as=Table;v=v1;g=meta.k8s.io";

interface Table {
  readonly rows: readonly { readonly object: JsonObject; readonly cells: readonly JsonValue[] }[] | null;
  readonly metadata: JsonObject;
  readonly [field: string]: unknown;
}

async function send(
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  options: { readonly accept?: string; readonly body?: JsonObject } = {},
): Promise<{ readonly status: number; readonly value: JsonObject }> {
  // The storage of a custom resource takes a moment when it is asked for the first time.
  return await until("the storage is ready", async () => {
    const { status, text } = await request(plane, {
      method,
      path,
      ...(options.accept === undefined ? {} : { accept: options.accept }),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(method === "PATCH" ? { contentType: "application/merge-patch+json" } : {}),
    });
    return status === 429 ? undefined : { status, value: parseJson(text) as JsonObject };
  });
}

function pathOf({ group, version, plural, namespaced }: Resource, inNamespace = ""): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespaced && inNamespace !== "" ? `${root}/namespaces/${inNamespace}/${plural}` : `${root}/${plural}`;
}

function resourceFor(object: JsonObject): Resource | undefined {
  return builtinResources().find((one) => apiVersionOf(one) === object["apiVersion"] && one.kind === object["kind"]);
}

/** The server's table, and ours of the same objects at some moment while it answered. */
async function assertSameTable(resource: Resource, path: string, body?: JsonObject): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const earliest = Date.now();
    const query = path.includes("?") ? "&includeObject=Object" : "?includeObject=Object";
    const answer = await send(body === undefined ? "GET" : "POST", path + query, {
      accept: asTable,
      ...(body === undefined ? {} : { body }),
    });
    const latest = Date.now();
    const theirs = inAnyOrder(answer.value as unknown as Table, path);
    assert.equal(theirs["kind"], "Table", JSON.stringify(theirs));
    const objects = (theirs.rows ?? []).map(({ object }) => object);
    const ours = [earliest, latest].map((now) => ({
      ...inAnyOrder(tableOf(resource, objects, { includeObject: "Object", now, version: "v1" }) as Table, path),
      metadata: theirs.metadata,
    }));
    // A second may pass between the two clocks.
    const isSame =
      JSON.stringify(ours[0]) === JSON.stringify(theirs) || JSON.stringify(ours[1]) === JSON.stringify(theirs);
    if (!isSame && attempt === 4) assert.deepEqual(ours[0], theirs, path);
    if (isSame) return objects.length;
  }
}

/**
 * Targets of autoscalers of v1 sorted: this version has one of them in a field and the others in an annotation, and does
 * not say in which order they are stored, as the server shows them.
 */
function inAnyOrder(table: Table, path: string): Table {
  if (!path.startsWith("/apis/autoscaling/v1/")) return table;
  const sorted = (cell: unknown): unknown =>
    typeof cell === "string" && cell.includes(", ") ? cell.split(", ").sort().join(", ") : cell;
  return { ...table, rows: table.rows?.map((row) => ({ ...row, cells: row.cells.map(sorted) })) ?? null } as Table;
}

const clusterScoped: string[] = [];

before(async () => {
  if (!isVendored(plane)) return;
  await send("POST", "/api/v1/namespaces", {
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  });
  const refused: string[] = [];
  for (const { object, status } of tableObjects(namespace)) {
    const resource = resourceFor(object)!;
    const created = await send("POST", pathOf(resource, namespace), { body: object });
    if (created.status !== 201) {
      refused.push(String(created.value["message"]));
      continue;
    }
    const { name } = created.value["metadata"] as { name: string };
    const path = `${pathOf(resource, namespace)}/${name}`;
    if (!resource.namespaced) clusterScoped.push(path);
    if (status === undefined) continue;
    const changed = await send("PATCH", `${path}/status`, { body: { status } });
    if (changed.status !== 200) refused.push(String(changed.value["message"]));
  }
  assert.deepEqual(refused, []);
});

after(async () => {
  if (!isVendored(plane)) return;
  for (const path of clusterScoped) await send("DELETE", path);
  await send("DELETE", `/api/v1/namespaces/${namespace}`);
});

check("shows every list of built-in kinds as the server does", async (t) => {
  let rows = 0;
  for (const resource of builtinResources()) {
    if (resource.verbs.includes("list")) rows += await assertSameTable(resource, pathOf(resource));
  }
  t.diagnostic(`${rows} rows`);
  assert.ok(rows > 250);
});

check("shows what is created as the server does", async (t) => {
  let compared = 0;
  for (const { object, name } of ownManifests(...builtinFiles(plane))) {
    const resource = resourceFor(object);
    if (resource === undefined) continue;
    const { namespace: _namespace, ...metadata } = object["metadata"] as JsonObject;
    const body = { ...object, metadata };
    const path = `${pathOf(resource, namespace)}?dryRun=All`;
    if ((await send("POST", path, { body })).status !== 201) continue;
    assert.equal(await assertSameTable(resource, path, body), 1, name);
    compared++;
  }
  t.diagnostic(`${compared} objects`);
  assert.ok(compared > 60);
});

check("shows custom resources by the columns that they declare", async (t) => {
  const definitions = (
    await send("GET", pathOf(resourceFor({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" })!))
  ).value["items"] as JsonObject[];
  const resources = definitions.flatMap((definition) => customResources(definition));
  for (const resource of resources) await assertSameTable(resource, pathOf(resource));
  let compared = 0;
  for (const { object } of ownManifests("custom.yaml") satisfies Manifest[]) {
    const resource = resources.find((one) => apiVersionOf(one) === object["apiVersion"] && one.kind === object["kind"]);
    if (resource === undefined) continue;
    const { namespace: _namespace, ...metadata } = object["metadata"] as JsonObject;
    const path = `${pathOf(resource, namespace)}?dryRun=All`;
    compared += await assertSameTable(resource, path, { ...object, metadata });
  }
  t.diagnostic(`${resources.length} lists, ${compared} objects`);
  assert.ok(compared >= 5);
});

check("gives metadata or nothing of the objects, when asked to", async () => {
  const resource = resourceFor({ apiVersion: "v1", kind: "Namespace" })!;
  const path = `${pathOf(resource)}/kube-system`;
  const { value: object } = await send("GET", path);
  for (const includeObject of ["None", "Metadata"] as const) {
    const { value: theirs } = await send("GET", `${path}?includeObject=${includeObject}`, { accept: asTable });
    const ours = tableOf(resource, [object], { includeObject, now: 0, version: "v1" });
    assert.deepEqual(objectsOf(ours), objectsOf(theirs));
  }
});

function objectsOf(table: JsonObject): unknown {
  return (table["rows"] as { object: JsonValue }[]).map(({ object }) => object);
}
