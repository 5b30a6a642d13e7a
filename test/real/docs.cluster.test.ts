/** The pages whose console blocks need a cluster show what the commands print. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { accessOf, createClient, type Resource } from "@fairlead/kube";
import { fencesOf } from "../../packages/fairlead/test/docs/support/fences.ts";
import { needOf, runPage, updating } from "../../packages/fairlead/test/docs/support/page.ts";
import { pages, read } from "../../packages/fairlead/test/docs/support/repository.ts";
import { kubeconfigText, readAccess } from "../../scripts/real/access.ts";
import { execute } from "../../scripts/real/execute.ts";
import { until } from "../../scripts/real/until.ts";
import { newestKubernetes } from "../../scripts/real/versions.ts";

const { plane, programs } = readAccess();
const client = createClient(accessOf({ name: "real", server: plane.url, ca: plane.certificate, token: plane.token }));
const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };
const accounts: Resource = {
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  namespaced: true,
};
const clusterWide: readonly Resource[] = [
  namespaces,
  ["apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions"] as const,
  ["rbac.authorization.k8s.io", "ClusterRole", "clusterroles"] as const,
  ["rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings"] as const,
].map((one) =>
  "kind" in one ? one : { group: one[0], version: "v1", kind: one[1], plural: one[2], namespaced: false },
);
const installed = /^fairlead-(?:system|workloads)$|\.fairlead\.dev$/;

/** What pages call the clusters; each is a namespace of its own, which they call `demo`. */
const contexts = ["demo", "berlin", "paris"];
const folder = mkdtempSync(path.join(tmpdir(), "fairlead-docs-real-"));
const made: string[] = [];

after(async () => {
  for (const name of made) await client.delete(namespaces, { name }).catch(() => undefined);
  await client.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Pages begin with a cluster that has never seen Fairlead: neither its kinds nor what deploy/ installs. */
async function removeInstalled(): Promise<void> {
  const ours = async () => {
    const lists = await Promise.all(clusterWide.map(async (kind) => ({ kind, list: await client.list(kind) })));
    return lists.flatMap(({ kind, list }) =>
      list.items.flatMap(({ metadata: { name = "" } }) => (installed.test(name) ? [{ kind, name }] : [])),
    );
  };
  await Promise.all((await ours()).map(({ kind, name }) => client.delete(kind, { name })));
  await until("what was installed to be gone", async () => (await ours()).length === 0);
}

const namespaceOf = (page: number, context: string): string => `docs-${process.pid}-${page}-${context}`;

/** A kubeconfig for one page, whose contexts are empty namespaces. */
async function kubeconfigFor(index: number): Promise<string> {
  const entries = contexts.map((name) => ({ ...plane, name }));
  const text = JSON.parse(kubeconfigText(...entries)) as { contexts: { context: { namespace: string } }[] };
  for (const [at, { context }] of text.contexts.entries()) {
    const name = namespaceOf(index, contexts[at]!);
    made.push(name);
    await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    await until("the default ServiceAccount", () => client.find(accounts, { namespace: name, name: "default" }));
    context.namespace = name;
  }
  const file = path.join(folder, `${index}.kubeconfig`);
  writeFileSync(file, JSON.stringify(text));
  chmodSync(file, 0o600);
  return file;
}

/** What is another in each run becomes what is the same in all: names of namespaces and pods, times, uids. */
function normalize(text: string): string {
  const pods = new Map<string, string>();
  const suffixes = ["2xk7p", "m4q9z", "c8v5t", "r6w2d", "h9n4b", "z7t5j"];
  return text
    .replace(/\bdocs-\d+-\d+-(?:demo|berlin|paris)\b/g, "demo")
    .replace(/(?<=-[0-9a-f]{8,10}-)[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, (suffix) => {
      if (!pods.has(suffix)) pods.set(suffix, suffixes[pods.size % suffixes.length]!);
      return pods.get(suffix)!;
    })
    .replace(/\bapplyset-[\w-]{43}-v1\b/g, "applyset-QzM3kB1…-v1")
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "2026-11-21T10:00:00Z")
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "5f0c2a8e-3b1d-4c76-9a52-e1b7d04f6c93")
    .replace(/(?<=resourceVersion: ")\d+/g, "4711")
    .replace(/(?<= (?:\()?)\d+(?:\.\d+)?(?:ms|s)(?=\)?$)/gm, "2s");
}

/**
 * Pages show the newest Kubernetes. Others hash pod templates differently, and their kubectl does not say from where it
 * has deleted something.
 */
function normalizeFor(page: string): (text: string) => string {
  if (plane.kubernetes.replace(/^v/, "").startsWith(`${newestKubernetes}.`)) return normalize;
  const templateHash = /(?<=-)[0-9a-f]{8,10}(?=-(?:[bcdfghjklmnpqrstvwxz2456789]{5})\b|  )/g;
  const shown = [...new Set(page.match(templateHash))];
  const seen = new Map<string, string>();
  return (text) =>
    normalize(text)
      .replace(templateHash, (hash) => {
        if (!seen.has(hash)) seen.set(hash, shown[seen.size] ?? hash);
        return seen.get(hash)!;
      })
      .replace(/^(\S+ "[^"]+" deleted)$/gm, "$1 from demo namespace");
}

/** DOCS_PAGE=apply runs the pages whose names have this in them. */
const chosen = process.env["DOCS_PAGE"] ?? "";
const all = pages().filter((file) => fencesOf(read(file)).some((fence) => needOf(fence) === "cluster"));

test("several pages show what happens in a cluster", () => {
  assert.ok(all.includes("README.md") && all.length >= 4, all.join(", "));
});

for (const [index, file] of all.filter((name) => name.includes(chosen)).entries()) {
  test(`${file} shows what the commands print`, async (t) => {
    await removeInstalled();
    const kubeconfig = await kubeconfigFor(index);
    const search = [path.dirname(programs.kubectl), process.env["PATH"] ?? ""].join(path.delimiter);
    const env = { PATH: search, HOME: folder, KUBECONFIG: kubeconfig, KUBECTL_APPLYSET: "true" };
    const program = async (name: string, words: readonly string[], cwd: string) => {
      const args = words.map((word) => (word === "demo" ? namespaceOf(index, "demo") : word));
      const { status, stdout, stderr } = await execute(name, args, { cwd, env, timeoutMs: 60_000 });
      return { code: status ?? 1, text: stdout + stderr };
    };
    const tools = { needs: ["cluster"], env, program, normalize: normalizeFor(read(file)) };
    assert.deepEqual(await runPage(file, tools), []);
    if (updating) t.diagnostic(`${file} was brought up to date`);
  });
}
