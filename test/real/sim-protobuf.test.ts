import assert from "node:assert/strict";
import { get, request } from "node:https";
import { isObject, parseJson, type JsonObject } from "@fairlead/apimachinery";
import { decodeProtobuf } from "@fairlead/apimachinery/protobuf";
import { builtinResources } from "../../packages/sim/src/data/builtin-resources.ts";
import { apiVersionOf } from "../../packages/sim/src/resources/resource.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { builtinFiles, ownManifests } from "./manifests.ts";
import { vendoredTest } from "./vendored-test.ts";

// What the real server sends as Protobuf is read as what it sends as JSON.

const { plane } = readAccess();
const check = vendoredTest(plane);
const protobuf = "application/vnd.kubernetes.protobuf";

function fetchBytes(path: string, accept: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${plane.token}`, accept };
    const call = get(new URL(path, plane.url), { ca: plane.certificate, headers }, (response) => {
      response.toArray().then((chunks) => resolve(Buffer.concat(chunks)), reject);
    });
    call.on("error", reject);
  });
}

function decoded(bytes: Uint8Array): JsonObject {
  const answer = decodeProtobuf(bytes);
  assert.ok("object" in answer, "problem" in answer ? answer.problem : "");
  return answer.object;
}

check("reads every list of the server as it gives it in JSON", async () => {
  let compared = 0;
  for (const { group, version, plural, verbs } of builtinResources()) {
    if (!verbs.includes("list") || plural === "componentstatuses") continue;
    const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const path = `${root}/${plural}`;
    const json = (await fetchBytes(path, "application/json")).toString("utf8");
    const list = parseJson(json) as { metadata: { resourceVersion: string }; items: unknown[] | null };
    const exact = `${path}?resourceVersion=${list.metadata.resourceVersion}&resourceVersionMatch=Exact`;
    const read = decoded(await fetchBytes(exact, protobuf));
    // A list in Go tells empty from absent, Protobuf does not.
    assert.deepEqual({ ...read, items: read["items"] ?? [] }, list, path);
    compared += list.items?.length ?? 0;
  }
  assert.ok(compared > 200, `${compared} objects`);
});

check("reads objects of all kinds as the server gives them in JSON", async (t) => {
  let compared = 0;
  for (const { name, object } of ownManifests(...builtinFiles(plane))) {
    const resource = builtinResources().find(
      (one) => apiVersionOf(one) === object["apiVersion"] && one.kind === object["kind"],
    );
    if (resource === undefined) continue;
    const answers = await Promise.all([
      create(object, resource, "application/json"),
      create(object, resource, protobuf),
    ]);
    // Go's structs have no kinds of their own within an object, so Protobuf drops those of claim templates.
    const text = answers[0]
      .toString("utf8")
      .replaceAll('"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":', '"metadata":');
    if (text.startsWith('{"kind":"Status"')) continue;
    const json = parseJson(text) as JsonObject;
    if (object["kind"] === "PersistentVolumeClaim") Object.assign(json, { kind: object["kind"], apiVersion: "v1" });
    assert.deepEqual(neutral(decoded(answers[1])), neutral(json), name);
    compared++;
  }
  t.diagnostic(`${compared} objects`);
  assert.ok(compared > 60, `${compared} objects`);
});

async function create(
  object: JsonObject,
  { group, version, plural, namespaced }: ReturnType<typeof builtinResources>[number],
  accept: string,
): Promise<Buffer> {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const metadata = { ...(object["metadata"] as JsonObject), ...(namespaced ? { namespace: "default" } : {}) };
  const body = JSON.stringify({ ...object, metadata });
  const headers = { authorization: `Bearer ${plane.token}`, accept, "content-type": "application/json" };
  const path = namespaced ? `${root}/namespaces/default/${plural}` : `${root}/${plural}`;
  return await new Promise((resolve, reject) => {
    const options = { method: "POST", ca: plane.certificate, headers };
    const call = request(new URL(`${path}?dryRun=All`, plane.url), options, (response) => {
      response.toArray().then((chunks) => resolve(Buffer.concat(chunks)), reject);
    });
    call.on("error", reject);
    call.end(body);
  });
}

/** Without what differs between two requests. */
function neutral(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(neutral);
  if (!isObject(value)) return value;
  const changing = new Set([
    "uid",
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "creationTimestamp",
    "time",
    "clusterIP",
    "clusterIPs",
    "nodePort",
    "healthCheckNodePort",
  ]);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, changing.has(key) ? "" : neutral(one)]));
}
