import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { canonicalJson, get, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { accessOf, createClient, planFor, runApply, type ApplySetOptions, type Resource } from "@fairlead/kube";
import fc from "fast-check";
import { runs } from "../../scripts/runs.ts";
import { startPlane } from "../../scripts/real/plane.ts";
import type { ApplyOrder } from "./apply-child.ts";

const plane = await startPlane();
const client = createClient(accessOf({ name: "real", server: plane.url, ca: plane.certificate, token: plane.token }));
const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };
const core = (kind: string, plural: string): Resource => ({ group: "", version: "v1", kind, plural, namespaced: true });
const kinds: readonly Resource[] = [
  core("ConfigMap", "configmaps"),
  core("Secret", "secrets"),
  core("Service", "services"),
  core("ServiceAccount", "serviceaccounts"),
  { group: "apps", version: "v1", kind: "Deployment", plural: "deployments", namespaced: true },
];
after(async () => {
  await client.close();
  await plane.stop();
});

function optionsIn(namespace: string): ApplySetOptions {
  const parent = { resource: kinds[0]!, key: { namespace, name: "set" } };
  const rules = { prune: true, adopt: false, complete: true };
  return { parent, fieldManager: "fairlead/apply", tooling: "fairlead/v0.1.0", namespace, ...rules };
}

/** Some services in some versions: five objects each. */
type Wanted = readonly { readonly name: string; readonly version: number }[];

function objectsOf(wanted: Wanted): KrmObject[] {
  return wanted.flatMap(({ name, version }) => {
    const metadata = { name, labels: { app: name } };
    const container = { name: "main", image: `${name}:${version}` };
    return [
      { apiVersion: "v1", kind: "ConfigMap", metadata, data: { version: String(version) } },
      { apiVersion: "v1", kind: "Secret", metadata, stringData: { version: String(version) } },
      { apiVersion: "v1", kind: "ServiceAccount", metadata },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata,
        spec: { selector: { app: name }, ports: [{ port: 80 + version }] },
      },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata,
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: name } },
          template: { metadata: { labels: { app: name } }, spec: { containers: [container] } },
        },
      },
    ] as KrmObject[];
  });
}

/** All that lies in a namespace, without what tells when and where it was made. */
async function stateOf(namespace: string): Promise<string[]> {
  const lists = await Promise.all(kinds.map((resource) => client.list(resource, { namespace })));
  return lists
    .flatMap(({ items }) => items)
    .map(({ metadata, ...rest }) => {
      const managers = metadata["managedFields"] as JsonObject[];
      const mine = managers
        .filter((entry) => String(get(entry, "manager")).startsWith("fairlead"))
        .map((entry) => [get(entry, "manager")!, get(entry, "fieldsV1")!]);
      const { "deployment.kubernetes.io/revision": __, ...annotations } = metadata.annotations ?? {};
      const { clusterIP: ___, clusterIPs: ____, ...spec } = (rest["spec"] ?? {}) as JsonObject;
      const lasting = { kind: rest.kind, name: metadata.name!, labels: metadata.labels ?? {}, annotations, mine };
      // The ids of the sets differ by the namespace of their parents.
      return canonicalJson({ ...rest, metadata: lasting, spec, status: {} }).replaceAll(
        /applyset-[\w-]{43}-v1/g,
        "SET",
      );
    })
    .sort();
}

/** Starts an apply in a process of its own, kills it `delayMs` after its first write could be; whether it was killed. */
async function killAfter(order: ApplyOrder, delayMs: number): Promise<boolean> {
  const file = path.join(plane.folder, `apply-${process.pid}.json`);
  writeFileSync(file, JSON.stringify(order), { mode: 0o600 });
  const child = spawn(
    process.execPath,
    ["--conditions=@fairlead/source", path.join(import.meta.dirname, "apply-child.ts"), file],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exit = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), exit]);
  await Promise.race([sleep(delayMs), exit]);
  child.kill("SIGKILL");
  const [, signal] = (await exit) as [number | null, string | null];
  return signal === "SIGKILL";
}

const wantedSets = fc
  .uniqueArray(fc.constantFrom("api", "cart", "web", "mail", "search", "stock", "ship", "pay"), { minLength: 1 })
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.record({ name: fc.constant(name), version: fc.integer({ min: 1, max: 2 }) }))),
  );

/** A hundred kills, as `FAIRLEAD_RUNS=12.5` asks for, take some minutes. */
const timeout = 1_800_000;

test("an apply that is killed at any point and repeated ends where an undisturbed one ends", { timeout }, async (t) => {
  const [rough, smooth] = ["killed", "smooth"];
  for (const name of [rough, smooth]) {
    await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  const apply = async (namespace: string, wanted: Wanted): Promise<number> => {
    const start = performance.now();
    const result = await runApply(client, await planFor(client, objectsOf(wanted), optionsIn(namespace)));
    assert.deepEqual([result.ok, result.findings], [true, []]);
    return performance.now() - start;
  };
  const killed: boolean[] = [];
  await fc.assert(
    fc.asyncProperty(wantedSets, fc.double({ min: 0, max: 1, noNaN: true }), async (wanted, fraction) => {
      const tookMs = await apply(smooth, wanted);
      const options = optionsIn(rough);
      const order = { plane, desired: objectsOf(wanted), options, concurrency: 4 };
      killed.push(await killAfter(order, fraction * tookMs));
      await apply(rough, wanted);
      assert.deepEqual(await stateOf(rough), await stateOf(smooth));
      const again = await planFor(client, objectsOf(wanted), options);
      assert.deepEqual([again.parent.before, again.parent.after], [undefined, undefined]);
      assert.ok(again.steps.every(({ kind }) => kind === "unchanged"));
    }),
    // A run of its own for each step of a shrinking would take minutes, and end elsewhere each time.
    { ...runs(8), endOnFailure: true },
  );
  const count = killed.filter(Boolean).length;
  t.diagnostic(`${count} of ${killed.length} runs were killed before they ended`);
  assert.ok(count > 0);
});
