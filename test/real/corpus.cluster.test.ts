/**
 * What people run, from their own manifests: each application is imported, applied, ready, compared, applied again,
 * changed, pruned and deleted, on a cluster with controllers and nodes.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { get, type JsonValue } from "@fairlead/apimachinery";
import { flattenLists, formatRef, parseStream, print, refOf, type KrmObject } from "@fairlead/krm";
import { corpusFiles } from "../../packages/fairlead/test/import/corpus-figures.ts";
import { fairlead, type CliResult } from "../../packages/fairlead/test/support/cli.ts";
import { importObjects } from "../../packages/fairlead/src/import/import.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { corpusFolder, repositoryRoot } from "../../scripts/real/corpus.ts";
import { discover } from "../../scripts/real/discovery.ts";
import { execute } from "../../scripts/real/execute.ts";
import { request } from "../../scripts/real/request.ts";
import { formatWrite, writesDuring, type Write } from "../../scripts/real/writes.ts";

const { plane, programs } = readAccess();
const namespace = "corpus";
const folder = mkdtempSync(path.join(tmpdir(), "fairlead-corpus-"));
after(() => rmSync(folder, { recursive: true, force: true }));

before(async () => {
  const body = JSON.stringify({ metadata: { name: namespace } });
  const answer = await request(plane, { method: "POST", path: "/api/v1/namespaces", body });
  assert.equal(answer.status, 201, answer.text);
});

/** Runs a command against the plane in the suite's namespace. */
function run(...args: readonly string[]): Promise<CliResult> {
  return fairlead([...args, "--kubeconfig", plane.kubeconfig, "--namespace", namespace]);
}

/** Runs a command and tells what it wrote, as the API server's audit log has it. */
async function writesOf(...args: readonly string[]): Promise<readonly Write[]> {
  let result: CliResult | undefined;
  const writes = await writesDuring(plane, async () => (result = await run(...args)), { userAgent: /^fairlead\// });
  assert.equal(result!.code, 0, result!.output);
  return writes;
}

/** One object per file: the objects of a set can be changed and taken away. */
function write(set: string, objects: readonly KrmObject[]): string {
  const at = path.join(folder, set);
  rmSync(at, { recursive: true, force: true });
  mkdirSync(at, { recursive: true });
  objects.forEach((object, index) => writeFileSync(path.join(at, `${index}.yaml`), print(object)));
  return at;
}

/** Gives the first App's container another image; undefined if there is no App. A Job's template cannot change. */
function withOtherImage(objects: readonly KrmObject[]): KrmObject[] | undefined {
  const copy = structuredClone(objects) as KrmObject[];
  for (const object of copy) {
    const containers = object.kind === "App" ? get(object["spec"], "containers") : undefined;
    const container = Array.isArray(containers) ? (containers[0] as { image?: JsonValue }) : undefined;
    if (typeof container?.image !== "string") continue;
    container.image = `${container.image.split("@")[0]!.split(":")[0]!}:changed`;
    return copy;
  }
  return undefined;
}

async function membersOf(set: string): Promise<string[]> {
  const result = await run("delete", "--set", set, "--dry-run", "client", "-o", "json");
  assert.equal(result.code, 0, result.output);
  const { clusters } = JSON.parse(result.stdout) as { clusters: { objects: { object: KrmObject }[] }[] };
  return clusters[0]!.objects.map(({ object }) => formatRef(object as never));
}

/** The whole life of a set. Tells whether an image could be changed in it. */
async function lives(set: string, objects: readonly KrmObject[]): Promise<boolean> {
  const at = write(set, objects);
  const apply = ["apply", "-f", at, "--set", set, "--prune"] as const;
  const first = await writesOf(...apply, "--timeout", "90s");
  assert.ok(first.length >= objects.length, "each object and the parent is written");

  const same = await run("diff", "-f", at, "--set", set, "--prune");
  assert.deepEqual([same.code, same.stdout], [0, ""], same.output);
  assert.deepEqual((await writesOf(...apply)).map(formatWrite), [], "applying again writes nothing");

  const changed = withOtherImage(objects);
  if (changed !== undefined) {
    write(set, changed);
    const different = await run("diff", "-f", at, "--set", set, "--prune");
    assert.equal(different.code, 1, different.output);
    assert.match(different.stdout, /\.image/);
    const writes = await writesOf(...apply);
    assert.equal(writes.length, 1, `a new image is one write, not ${writes.map(formatWrite).join(", ")}`);
  }

  const gone = objects.findLastIndex(({ kind }) => kind === "App" || kind === "Task");
  const kept = (changed ?? objects).toSpliced(gone, 1);
  if (kept.length > 0) {
    write(set, kept);
    const pruned = await run("diff", "-f", at, "--set", set, "--prune");
    assert.match(pruned.stdout, /^- /m, "diff shows what would be pruned");
    const members = await membersOf(set);
    await writesOf(...apply, "--allow", "delete-volume-claim");
    const left = await membersOf(set);
    assert.ok(left.length < members.length, "what is no longer declared is gone");
  }

  const deleted = await run("delete", "--set", set, "--allow", "delete-volume-claim", "--timeout", "90s");
  assert.equal(deleted.code, 0, deleted.output);
  const label = encodeURIComponent(`applyset.kubernetes.io/part-of`);
  for (const kind of ["/apis/apps/v1/deployments", "/api/v1/services", "/api/v1/configmaps", "/apis/batch/v1/jobs"]) {
    const answer = await request(plane, { path: `${kind}?labelSelector=${label}` });
    const { items } = JSON.parse(answer.text) as { items: KrmObject[] };
    const mine = items.filter(({ metadata }) => metadata.namespace === namespace);
    assert.deepEqual(
      mine.map((item) => item.metadata.name),
      [],
      "nothing is left",
    );
  }
  return changed !== undefined;
}

/** What pods need and the application does not bring: somebody's storage and accounts, played by the test. */
async function makeExternals(objects: readonly KrmObject[], tell: (text: string) => void): Promise<void> {
  const text = JSON.stringify(objects);
  const storage = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  for (const [kind, plural, pattern, more] of [
    ["PersistentVolumeClaim", "persistentvolumeclaims", /"claimName":"([^"]+)"/g, { spec: storage }],
    ["ServiceAccount", "serviceaccounts", /"serviceAccountName":"([^"]+)"/g, {}],
  ] as const) {
    const declared = new Set(objects.filter((one) => one.kind === kind).map((one) => one.metadata.name));
    for (const name of new Set([...text.matchAll(pattern)].map((match) => match[1]!))) {
      if (declared.has(name)) continue;
      tell(`external, made by the test: ${kind} ${name}`);
      const body = JSON.stringify({ metadata: { name }, ...more });
      const answer = await request(plane, { method: "POST", path: `/api/v1/namespaces/${namespace}/${plural}`, body });
      assert.ok(answer.status === 201 || answer.status === 409, answer.text);
    }
  }
}

/** Argo's controller is not here: the test says of each Rollout that it is done, until it is told to end. */
async function playRollouts(signal: AbortSignal): Promise<void> {
  const collection = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts`;
  while (!signal.aborted) {
    const { items } = JSON.parse((await request(plane, { path: collection })).text) as { items: KrmObject[] };
    for (const { metadata, status, spec } of items) {
      const observedGeneration = String(metadata["generation"]);
      if (get(status, "observedGeneration") === observedGeneration) continue;
      const replicas = get(spec, "replicas") ?? 1;
      const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
      const body = JSON.stringify({ status: { observedGeneration, phase: "Healthy", ...counts } });
      const at = `${collection}/${metadata.name}`;
      // A CRD without the subresource takes the status with the rest.
      for (const target of [`${at}/status`, at])
        await request(plane, { method: "PATCH", path: target, body, contentType: "application/merge-patch+json" });
    }
    await sleep(200, undefined, { signal }).catch(() => undefined);
  }
}

/** Without what a cluster of ours cannot judge: kinds whose definitions are in no registry. */
async function servedOnly(objects: readonly KrmObject[], tell: (text: string) => void): Promise<KrmObject[]> {
  const served = new Set(
    (await discover(plane)).map(
      ({ group, version, kind }) => `${group === "" ? version : `${group}/${version}`}|${kind}`,
    ),
  );
  return objects.filter((object) => {
    const isServed = object.apiVersion.startsWith("fairlead.dev/") || served.has(`${object.apiVersion}|${object.kind}`);
    if (!isServed) tell(`left out, its kind is external: ${formatRef(refOf(object))} (${object.apiVersion})`);
    return isServed;
  });
}

const corpus = corpusFolder();
describe("other people's applications", () => {
  if (corpus === undefined) {
    test("are imported, applied, changed, pruned and deleted", (t) => {
      t.diagnostic("the corpus is not here; set FAIRLEAD_CORPUS to its folder to run this");
    });
    return;
  }
  let images = 0;
  for (const { name, objects } of corpusFiles(corpus, "faf")) {
    const set = path.basename(name, ".yaml").replaceAll("_", "-");
    test(set, async (t) => {
      const inNamespace = objects.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));
      await makeExternals(inNamespace, (text) => t.diagnostic(text));
      const { declarations, untouched } = await importObjects(inNamespace.map((object) => ({ object, file: name })));
      if (await lives(set, await servedOnly([...declarations, ...untouched], (text) => t.diagnostic(text)))) images++;
    });
  }
  test("most of them have an image that was changed by one write", () => assert.ok(images >= 15, String(images)));
});

test("the shop is applied, changed, pruned and deleted", async (t) => {
  const at = path.join(repositoryRoot, "examples", "shop");
  // The fleet is what `up` starts, and no object of a cluster.
  const files = readdirSync(at).filter((file) => file.endsWith(".yaml") && file !== "fleet.yaml");
  const objects = files.flatMap((file) => {
    const { documents } = parseStream(readFileSync(path.join(at, file), "utf8"), { file });
    return flattenLists(documents).map(({ value }) => value as KrmObject);
  });
  const here = objects.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));
  t.diagnostic("external, played by the test: the controller of Argo Rollouts");
  const over = new AbortController();
  const player = playRollouts(over.signal);
  try {
    assert.ok(await lives("shop", await servedOnly(here, (text) => t.diagnostic(text))));
  } finally {
    over.abort();
    await player;
  }
});

test("kubectl sees an ordinary rollout, the field manager and the parts of the set", async () => {
  const at = path.join(repositoryRoot, "examples", "first-app");
  const applied = await run("apply", "-f", at, "--set", "hello");
  assert.equal(applied.code, 0, applied.output);
  const kubectl = async (...args: readonly string[]): Promise<string> => {
    const result = await execute(programs.kubectl, ["--kubeconfig", plane.kubeconfig, "-n", namespace, ...args]);
    assert.equal(result.status, 0, result.stderr);
    return result.stdout;
  };
  assert.match(await kubectl("rollout", "status", "deployment/hello"), /successfully rolled out/);
  const managed = await kubectl("get", "deployment", "hello", "--show-managed-fields", "-o", "json");
  const { metadata } = JSON.parse(managed) as { metadata: { managedFields: { manager: string; operation: string }[] } };
  assert.deepEqual(
    metadata.managedFields.filter(({ operation }) => operation === "Apply").map(({ manager }) => manager),
    ["fairlead/workloads"],
  );
  const parent = await kubectl("get", "configmap", "fairlead-hello", "-o", "json");
  const { labels } = (JSON.parse(parent) as { metadata: { labels: Record<string, string> } }).metadata;
  const label = `applyset.kubernetes.io/part-of=${labels["applyset.kubernetes.io/id"]}`;
  assert.match(
    await kubectl("get", "deployments,services", "-l", label, "-o", "name"),
    /deployment.apps\/hello\nservice\/hello/,
  );
  const deleted = await run("delete", "--set", "hello");
  assert.equal(deleted.code, 0, deleted.output);
});
