import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import { makeCertificate } from "../../test/make-certificate.ts";
import { defaultAccess } from "./default-access.ts";
import { inClusterAccess } from "./in-cluster.ts";

const ca = makeCertificate({ name: "cluster" }).certificate;
const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };

async function folderWith(t: TestContext, files: { readonly [name: string]: string }): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "access-pod-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return folder;
}

test("reads the service account of the Pod, and its token again when the kubelet replaced it", async (t) => {
  const clock = virtualClock();
  const folder = await folderWith(t, { token: "one\n", "ca.crt": ca, namespace: "shop" });
  const { access, findings } = await inClusterAccess({ env, folder, clock });
  assert.deepEqual([findings, access?.server.href, access?.namespace], [[], "https://10.0.0.1/", "shop"]);
  const before = await access?.credentials.current();
  assert.deepEqual([before?.headers, { ...before?.tls }], [{ authorization: "Bearer one" }, { ca: [ca] }]);
  await writeFile(path.join(folder, "token"), "another");
  clock.advance(1_000);
  assert.equal((await access?.credentials.current())?.headers["authorization"], "Bearer another");
});

test("acts as somebody else, or with another token, when told so", async (t) => {
  const folder = await folderWith(t, { token: "one", "ca.crt": ca });
  const { access } = await inClusterAccess({ env, folder, as: "jo", asGroups: ["dev"] });
  assert.deepEqual((await access?.credentials.current())?.headers, {
    authorization: "Bearer one",
    "impersonate-user": "jo",
    "impersonate-group": ["dev"],
  });
  const other = await inClusterAccess({ env, folder, token: "other" });
  assert.deepEqual((await other.access?.credentials.current())?.headers, { authorization: "Bearer other" });
});

test("finds the server by an IPv6 address, a name and another port", async (t) => {
  const folder = await folderWith(t, { token: "t", "ca.crt": ca });
  for (const [host, port, server] of [
    ["fd00::1", "443", "https://[fd00::1]/"],
    ["kubernetes.default", "6443", "https://kubernetes.default:6443/"],
  ]) {
    const { access } = await inClusterAccess({
      env: { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port },
      folder,
    });
    assert.deepEqual([access?.server.href, access?.namespace], [server, "default"]);
  }
});

test("says what is missing of the service account", async (t) => {
  const whole = { token: "t", "ca.crt": ca };
  const cases: readonly (readonly [
    files: { [name: string]: string },
    env: { [name: string]: string },
    found: RegExp,
  ])[] = [
    [whole, {}, /KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set/],
    [whole, { ...env, KUBERNETES_SERVICE_PORT: "https" }, /are no host and port/],
    [whole, { ...env, KUBERNETES_SERVICE_HOST: "a/b" }, /are no host and port/],
    [{ "ca.crt": ca }, env, /token cannot be read: it does not exist/],
    [{ ...whole, token: "" }, env, /token is empty/],
    [{ token: "t" }, env, /ca\.crt cannot be read: it does not exist/],
    [{ ...whole, "ca.crt": "x" }, env, /ca\.crt holds no certificate/],
  ];
  for (const [files, environment, found] of cases) {
    const { access, findings } = await inClusterAccess({ env: environment, folder: await folderWith(t, files) });
    assert.equal(access, undefined);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["FL739"],
    );
    assert.match(findings[0]?.message ?? "", found);
  }
});

const kubeconfig = (current: string): string =>
  JSON.stringify({
    "current-context": current,
    clusters: [{ name: "c", cluster: { server: "https://dev" } }],
    contexts: [{ name: "dev", context: { cluster: "c" } }],
  });

test("prefers a kubeconfig with a current context, and else the Pod's service account", async (t) => {
  const serviceAccountFolder = await folderWith(t, { token: "t", "ca.crt": ca, namespace: "shop" });
  const configs = await folderWith(t, { chosen: kubeconfig("dev"), open: kubeconfig(""), broken: "{" });
  const file = (name: string): string => path.join(configs, name);
  const nameFor = async (options: object): Promise<string | undefined> => {
    const { access, findings } = await defaultAccess({ env, home: configs, serviceAccountFolder, ...options });
    return access?.name ?? findings.map(({ code }) => code).join();
  };
  assert.equal(await nameFor({}), "in-cluster");
  assert.equal(await nameFor({ env: { ...env, KUBECONFIG: file("chosen") } }), "dev");
  assert.equal(await nameFor({ env: { ...env, KUBECONFIG: file("open") } }), "in-cluster");
  assert.equal(await nameFor({ env: { ...env, KUBECONFIG: file("open") }, context: "dev" }), "dev");
  assert.equal(await nameFor({ env: { ...env, KUBECONFIG: file("broken") } }), "FL721");
  assert.equal(await nameFor({ paths: [file("open")] }), "FL724");
  assert.equal(await nameFor({ context: "dev" }), "FL725");
  assert.equal(await nameFor({ serviceAccountFolder: configs }), "FL724");
  assert.equal(await nameFor({ env: {} }), "FL724");
  const { access } = await defaultAccess({ env, home: configs, serviceAccountFolder, namespace: "other" });
  assert.equal(access?.namespace, "other");
});
