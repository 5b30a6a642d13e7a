import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { loadKubeconfig } from "./load.ts";
import { resolveContext } from "./resolve.ts";

async function folder(t: TestContext, files: { readonly [name: string]: string }): Promise<string> {
  const made = await mkdtemp(path.join(os.tmpdir(), "access-load-"));
  t.after(() => rm(made, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(made, name)), { recursive: true });
    await writeFile(path.join(made, name), text);
  }
  return made;
}

const one = `
current-context: a
clusters: [{name: a, cluster: {server: "https://one"}}]
users: [{name: u, user: {username: one}}]
contexts: [{name: a, context: {cluster: a, user: u}}]
`;
const two = `
current-context: b
clusters: [{name: a, cluster: {server: "https://two", tls-server-name: two}}, {name: b, cluster: {server: "https://b"}}]
users: [{name: u, user: {username: two, password: two}}]
contexts: [{name: b, context: {cluster: b, user: u}}]
`;

test("merges the files of KUBECONFIG: the first with a name provides the whole entry", async (t) => {
  const root = await folder(t, { one, two, none: "users: []" });
  const file = (name: string): string => path.join(root, name);
  const list = ["none", "missing", "one", "two", "one"].map(file);
  const { config, findings } = await loadKubeconfig({ env: { KUBECONFIG: ["", ...list].join(path.delimiter) } });
  assert.deepEqual(findings, []);
  assert.deepEqual(config.files, [file("none"), file("one"), file("two")]);
  assert.equal(config.currentContext?.name, "a");
  assert.deepEqual(config.clusters.get("a")?.settings, { server: "https://one" });
  assert.deepEqual(Object.keys(config.users.get("u")?.settings ?? {}), ["username"]);
  assert.deepEqual([...config.contexts.keys()], ["a", "b"]);
  assert.equal(config.contexts.get("b")?.at().file, file("two"));
});

test("reads ~/.kube/config when nothing is named, and takes its absence as nothing", async (t) => {
  const home = await folder(t, { ".kube/config": one });
  assert.deepEqual((await loadKubeconfig({ home, env: {} })).config.files, [path.join(home, ".kube", "config")]);
  assert.equal((await loadKubeconfig({ home, env: { KUBECONFIG: "" } })).config.files.length, 1);
  const nothing = await loadKubeconfig({ home: path.join(home, "nobody"), env: {} });
  assert.deepEqual([nothing.config.files, nothing.findings], [[], []]);
  const { findings } = await resolveContext(nothing.config);
  assert.deepEqual(
    findings.map(({ code, message }) => [code, message]),
    [["FL724", "there is no kubeconfig, so no cluster is known"]],
  );
});

test("takes the files that were named and no others, and demands that they exist", async (t) => {
  const root = await folder(t, { one, two });
  const env = { KUBECONFIG: path.join(root, "one") };
  const named = await loadKubeconfig({ paths: [path.join(root, "two")], env });
  assert.equal(named.config.currentContext?.name, "b");
  const missing = await loadKubeconfig({ paths: [path.join(root, "missing")], env });
  const [finding] = missing.findings;
  assert.deepEqual(
    [finding?.code, finding?.severity, finding?.message],
    ["FL720", "error", "the kubeconfig cannot be read: it does not exist"],
  );
});

test("warns when none of the files of KUBECONFIG exists", async (t) => {
  const root = await folder(t, {});
  const { findings } = await loadKubeconfig({ env: { KUBECONFIG: path.join(root, "missing") } });
  assert.deepEqual(
    findings.map(({ code, severity }) => [code, severity]),
    [["FL720", "warning"]],
  );
});

test("says why a file cannot be read", async (t) => {
  const root = await folder(t, { secret: one, "folder/x": "" });
  await writeFile(path.join(root, "binary"), Buffer.from([0xff, 0xfe, 0x00, 0xd8]));
  await writeFile(path.join(root, "latin1"), Buffer.from([0x61, 0x3a, 0x20, 0xe4]));
  await chmod(path.join(root, "secret"), 0);
  const why = async (name: string): Promise<string> => {
    const { findings } = await loadKubeconfig({ paths: [path.join(root, name)] });
    return findings.map(({ code, message }) => `${code} ${message}`).join("\n");
  };
  assert.equal(await why("folder"), "FL720 the kubeconfig cannot be read: it is a folder");
  assert.equal(await why("one/two"), "FL720 the kubeconfig cannot be read: it does not exist");
  assert.match(await why("latin1"), /^FL721 the kubeconfig is not UTF-8 text$/);
  assert.match(await why("binary"), /^FL721/);
  assert.match(await why("a\0b"), /^FL720 .* no file's name can hold$/);
  // Root may read everything.
  if (process.getuid?.() !== 0) assert.match(await why("secret"), /this user may not read it/);
  if (process.platform === "linux") assert.match(await why("/../../../../../../dev/zero"), /^FL720 .* bytes$/);
});

test("reads UTF-16 with a byte order mark, as PowerShell writes it", async (t) => {
  const root = await folder(t, {});
  await writeFile(path.join(root, "config"), Buffer.from(`\uFEFF${one}`, "utf16le"));
  const { config, findings } = await loadKubeconfig({ paths: [path.join(root, "config")] });
  assert.deepEqual([findings, config.currentContext?.name], [[], "a"]);
});
