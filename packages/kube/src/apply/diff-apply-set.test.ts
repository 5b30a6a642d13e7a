import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDiffPath } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { codesOf, object, setOptions } from "../../test/apply-fixtures.ts";
import { fakeClient, type FakeClient, type FakeClientOptions } from "../../test/fake-client.ts";
import { kubeError } from "../../test/fake-store.ts";
import type { ApplySetOptions } from "./apply-set.ts";
import { diffApplySet, type ApplySetDiff } from "./diff-apply-set.ts";
import { planFor } from "./plan-for.ts";
import { runApply } from "./run-apply.ts";

const shop = object("v1 Namespace shop");
const service = object("v1 Service shop/web", { spec: { selector: { app: "web" }, ports: [{ port: 80 }] } });
const secret = object("v1 Secret shop/token", { stringData: { token: "hunter2" } });

async function clusterWith(desired: readonly KrmObject[], options: FakeClientOptions = {}): Promise<FakeClient> {
  const client = fakeClient({ ...options, objects: [shop] });
  const result = await runApply(client, await planFor(client, desired, setOptions()));
  assert.ok(result.ok);
  client.requests.length = 0;
  return client;
}

const lines = ({ objects }: ApplySetDiff): string[] =>
  objects.map(
    ({ step, changes }) =>
      `${step.kind} ${step.object.name} ${changes.map(({ path }) => formatDiffPath(path)).join(" ")}`,
  );

async function diffOf(
  client: FakeClient,
  desired: readonly KrmObject[],
  options: Partial<ApplySetOptions> = {},
): Promise<ApplySetDiff> {
  const result = await diffApplySet(client, desired, setOptions(options));
  assert.deepEqual(client.writes(), []);
  return result;
}

test("shows nothing for a set that is applied", async () => {
  const client = await clusterWith([service, secret]);
  assert.deepEqual(lines(await diffOf(client, [service, secret])), []);
});

test("shows what the server would make of an object, its defaults included", async () => {
  const client = fakeClient({ objects: [shop] });
  const { objects } = await diffOf(client, [service]);
  assert.deepEqual([objects[0]!.before, objects[0]!.fromServer], [undefined, true]);
  assert.deepEqual((objects[0]!.after!["spec"] as { ports: unknown }).ports, [
    { port: 80, protocol: "TCP", targetPort: 80 },
  ]);
  assert.equal(objects[0]!.after!.metadata["managedFields"], undefined);
});

test("shows changes by their path, and what is pruned", async () => {
  const client = await clusterWith([service, secret, object("v1 ConfigMap shop/old")]);
  const changed = { ...service, spec: { selector: { app: "web" }, ports: [{ port: 81 }] } };
  assert.deepEqual(lines(await diffOf(client, [changed, secret])), ["update web spec.ports", "delete old "]);
  const { objects } = await diffOf(client, [service, secret]);
  assert.deepEqual(
    [objects[0]!.step.kind, objects[0]!.before!.kind, objects[0]!.after],
    ["delete", "ConfigMap", undefined],
  );
});

test("masks the data of Secrets wherever a difference carries it", async () => {
  const client = await clusterWith([secret]);
  const plain = /hunter|aHVudGVy/;
  for (const desired of [[{ ...secret, stringData: { token: "hunter3" } }], []]) {
    const result = await diffOf(client, desired);
    assert.equal(result.objects.length, 1);
    assert.doesNotMatch(JSON.stringify([result.objects, result.findings]), plain);
  }
  const created = await diffOf(fakeClient({ objects: [shop] }), [secret]);
  assert.doesNotMatch(JSON.stringify(created.objects), plain);
});

test("shows what was declared where the server cannot be asked before the plan is carried out", async () => {
  const client = fakeClient();
  const result = await diffOf(client, [shop, service]);
  assert.deepEqual(codesOf(result), ["FL718 info"]);
  assert.match(
    result.findings[0]!.message,
    /Service shop\/web is shown as declared: the namespace shop is created first/,
  );
  assert.deepEqual(
    result.objects.map(({ fromServer }) => fromServer),
    [true, false],
  );
});

test("shows conflicts and what taking over would change", async () => {
  const client = await clusterWith([service]);
  const services = client.resource("Service");
  const live = client.store.find(services, { namespace: "shop", name: "web" })!;
  client.store.update(
    services,
    { ...live, spec: { ...(live["spec"] as object), selector: { app: "other" } } } as KrmObject,
    { manager: "kubectl-edit" },
  );
  const result = await diffOf(client, [service]);
  assert.deepEqual(codesOf(result), ["FL704 error"]);
  assert.deepEqual(lines(result), ["conflict web spec.selector.app"]);
});

test("makes a finding of what the server refuses", async () => {
  const client = fakeClient({
    objects: [shop],
    before: ({ verb }) => {
      if (verb === "apply") throw kubeError("invalid", 422, "Invalid", "spec.ports: Required value");
    },
  });
  const result = await diffOf(client, [service]);
  assert.deepEqual(codesOf(result), ["FL711 error"]);
  assert.equal(result.objects[0]!.fromServer, false);
});
