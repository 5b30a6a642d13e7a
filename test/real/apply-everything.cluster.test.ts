import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { refKey, refOf, type KrmObject } from "@fairlead/krm";
import {
  accessOf,
  createClient,
  deleteApplySet,
  planFor,
  runApply,
  servedKinds,
  type ApplySetOptions,
  type Resource,
  type ServedKinds,
} from "@fairlead/kube";
import { readAccess } from "../../scripts/real/access.ts";
import { goldenFiles, readGolden } from "../../scripts/real/rendered.ts";
import { formatWrite, writesDuring } from "../../scripts/real/writes.ts";
import { builtinFiles, corpusManifests, ownManifests } from "./manifests.ts";

const { plane, programs } = readAccess();
const userAgent = `apply-everything-test/${process.pid}`;
const client = createClient(accessOf({ server: plane.url, ca: plane.certificate, token: plane.token }), { userAgent });
const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };
let served: ServedKinds;
let spaces = 0;

before(async () => {
  served = await servedKinds(client);
});

after(() => client.close());

/** Each once, of kinds that the cluster serves, in a namespace of their own. */
function movedTo(namespace: string, objects: readonly JsonObject[]): KrmObject[] {
  const moved = new Map<string, KrmObject>();
  for (const object of objects as readonly KrmObject[]) {
    if (served.find(object) === undefined || object.kind === "Namespace") continue;
    if (typeof get(object.metadata, "name") !== "string") continue;
    const one = { ...object, metadata: { ...object.metadata, namespace } };
    moved.set(refKey(refOf(one)), one);
  }
  // Nothing makes bare Pods wait for theirs.
  for (const { kind, spec } of moved.values()) {
    const name = kind === "Pod" ? get(spec, "serviceAccountName") : undefined;
    if (typeof name !== "string") continue;
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } };
    moved.set(refKey(refOf(account)), account);
  }
  return [...moved.values()];
}

/** The second apply of the same must write nothing, whatever forms the server has given to values meanwhile. */
async function applyTwice(objects: readonly JsonObject[]): Promise<void> {
  const namespace = `everything-${process.pid}-${spaces++}`;
  const desired = movedTo(namespace, objects);
  assert.ok(desired.length > 0, "nothing is served of it");
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const options: ApplySetOptions = {
    parent: { resource: configMaps, key: { namespace, name: "set" } },
    fieldManager: "fairlead/apply",
    tooling: "fairlead/v0.1.0",
    prune: true,
    adopt: false,
    complete: true,
    namespace,
    allow: ["delete-crd", "delete-volume-claim"],
  };
  try {
    const first = await runApply(client, await planFor(client, desired, options));
    assert.deepEqual([first.ok, first.findings], [true, []]);
    const second = async (): Promise<void> => {
      const result = await runApply(client, await planFor(client, desired, options));
      assert.deepEqual([result.ok, result.writes], [true, 0]);
    };
    const writes = await writesDuring(plane, second, { userAgent: new RegExp(userAgent) });
    assert.deepEqual(writes.map(formatWrite), []);
  } finally {
    await deleteApplySet(client, options);
    await client.delete(namespaces, { name: namespace });
  }
}

for (const file of goldenFiles()) {
  test(`what ${path.basename(file)} holds is applied once`, async () => {
    await applyTwice(await readGolden(programs["yaml-oracle"], file));
  });
}

for (const file of [...builtinFiles(plane), "custom.yaml"]) {
  test(`what manifests/${file} holds is applied once`, async () => {
    await applyTwice(ownManifests(file).map(({ object }) => object));
  });
}

test("what other people's manifests hold is applied once", async (t) => {
  const manifests = corpusManifests();
  if (manifests === undefined) return t.diagnostic("the corpus is absent: nothing of it was applied");
  await applyTwice(manifests.map(({ object }) => object));
});
