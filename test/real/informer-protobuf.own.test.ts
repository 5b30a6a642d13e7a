/** Lists in Protobuf on the real API server: every object, of every built-in kind, equals the one that JSON gives. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { accessOf, createClient, createInformers, systemClock, type Client, type Resource } from "@fairlead/kube";
import { protobufOf } from "../../packages/kube/src/informer/message-kinds.ts";
import { startPlane, type Plane } from "../../scripts/real/plane.ts";
import { until } from "../../scripts/real/until.ts";
import { builtinFiles, isVendored, ownManifests } from "./manifests.ts";

let plane: Plane;
let client: Client;
let resources: readonly Resource[];

before(async () => {
  plane = await startPlane();
  client = createClient(accessOf({ server: plane.url, token: plane.token, ca: plane.certificate }));
  resources = await client.discovery.resources();
  await until("the namespace default", async () => {
    const namespaces = resources.find(({ plural, group }) => plural === "namespaces" && group === "")!;
    return (await client.find(namespaces, { name: "default" })) !== undefined;
  });
});
after(async () => {
  await client?.close();
  await plane?.stop();
});

/** Component statuses are made up for each request, all of them on one page. */
const listable = ({ verbs, plural }: Resource): boolean =>
  verbs?.includes("list") === true && plural !== "componentstatuses";

/** Two of each, so that a list has two pages of one. */
async function createAll(): Promise<number> {
  let created = 0;
  for (const { object } of ownManifests(...builtinFiles(plane))) {
    const resource = resources.find(
      ({ group, version, kind }) =>
        object["kind"] === kind && object["apiVersion"] === (group === "" ? version : `${group}/${version}`),
    );
    if (resource === undefined || !listable(resource)) continue;
    const { name, generateName, ...metadata } = object["metadata"] as { name?: string; generateName?: string };
    for (const suffix of ["", "-2"]) {
      const called = `${name ?? generateName ?? "some"}${suffix}`;
      const place = resource.namespaced ? { namespace: "default" } : {};
      try {
        await client.create(resource, { ...object, metadata: { ...metadata, ...place, name: called } } as KrmObject);
        created++;
      } catch {
        // Two may want the same port, or to be the only default.
      }
    }
  }
  return created;
}

/** What an informer holds that lists in pages of one, and so everything in one answer. */
async function held(resource: Resource, protobuf: boolean): Promise<readonly KrmObject[]> {
  let messages = 0;
  const counted: Client = Object.assign(Object.create(client) as Client, {
    listMessages(...parameters: Parameters<NonNullable<Client["listMessages"]>>) {
      messages++;
      return client.listMessages!(...parameters);
    },
  });
  const timings = { firstPage: 1, largestPage: 1000, protobuf };
  const informers = createInformers(counted, {
    clock: systemClock,
    timings,
    onError: (error) => assert.fail(String(error)),
  });
  try {
    const informer = informers.informer({ resource });
    await informer.waitForSync(AbortSignal.timeout(20_000));
    const { lists } = informer.status();
    // A list that is read again in JSON would be equal, too.
    if (protobuf && informer.store.size > 1) assert.deepEqual([messages, lists], [1, 1], resource.plural);
    return [...informer.store.values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  } finally {
    await informers.stop();
  }
}

const idOf = ({ metadata }: KrmObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;

test("objects of all built-in kinds that come in Protobuf equal those that come in JSON", async (t) => {
  if (!isVendored(plane)) return t.diagnostic(`not checked: another release than ${plane.kubernetes} is vendored`);
  const created = await createAll();
  let compared = 0;
  const kinds: string[] = [];
  for (const resource of resources.filter(listable)) {
    if ((await protobufOf(client, resource)) === undefined) continue;
    const fromJson = await held(resource, false);
    const fromProtobuf = await held(resource, true);
    // Leases are renewed meanwhile.
    if (resource.kind === "Lease") continue;
    assert.deepEqual(fromProtobuf, fromJson, resource.plural);
    compared += fromJson.length;
    if (fromJson.length > 1) kinds.push(resource.kind);
  }
  t.diagnostic(`${created} objects created; ${compared} compared, of ${kinds.length} kinds: ${kinds.join(", ")}`);
  assert.ok(compared > 200 && kinds.length > 25, `${compared} objects of ${kinds.length} kinds`);
});

test("a server of another release is read in JSON", async (t) => {
  const pods = resources.find(({ plural, group }) => plural === "pods" && group === "")!;
  const known = await protobufOf(client, pods);
  assert.equal(known?.message, isVendored(plane) ? "core.v1.Pod" : undefined);
  t.diagnostic(plane.kubernetes);
});
