import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { get, virtualClock, type JsonValue } from "@fairlead/apimachinery";
import {
  accessFindingOf,
  createClient,
  inClusterAccess,
  isKubeError,
  loadKubeconfig,
  resolveContext,
  type AccessResult,
  type Client,
  type KubeError,
  type ResolveOptions,
} from "@fairlead/kube";
import { makeCertificate } from "../../packages/kube/test/make-certificate.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { execute } from "../../scripts/real/execute.ts";
import { createServiceAccount, issueCertificate, signToken } from "../../scripts/real/users.ts";

const { plane, programs } = readAccess();
const root = await mkdtemp(path.join(os.tmpdir(), "real-credentials-"));
const clients: Client[] = [];

after(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await rm(root, { recursive: true, force: true });
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const jo = issueCertificate(plane, { name: "jo", groups: ["dev", "ops"] });
const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };

/** Writes a kubeconfig of one context into a folder of its own, with the files that it names. */
async function kubeconfig(
  name: string,
  user: object,
  { cluster = {}, files = {} }: { cluster?: object; files?: { readonly [name: string]: string } } = {},
): Promise<string> {
  const folder = path.join(root, name);
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), text, { mode: 0o700 });
  const whole = { server: plane.url, "certificate-authority-data": base64(plane.certificate), ...cluster };
  const text = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: whole }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  await writeFile(path.join(folder, "config"), JSON.stringify(text));
  return path.join(folder, "config");
}

function clientOf({ access, findings }: AccessResult): Client {
  assert.ok(access !== undefined, JSON.stringify(findings));
  const client = createClient(access);
  clients.push(client);
  return client;
}

async function clientFor(file: string, options: ResolveOptions = {}): Promise<Client> {
  const { config, findings } = await loadKubeconfig({ paths: [file] });
  assert.deepEqual(findings, []);
  return clientOf(await resolveContext(config, { terminal: false, ...options }));
}

/** Whom the server takes us for. */
async function whoAmI(client: Client): Promise<JsonValue | undefined> {
  const answer = await client.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", review);
  return get(get(answer, "status"), "userInfo");
}

async function failure(promise: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await promise.then(
    () => assert.fail("it did not fail"),
    (reason: unknown) => reason,
  );
  assert.ok(isKubeError(error), String(error));
  return error;
}

const execVersion = "client.authentication.k8s.io/v1";

/** A plugin in the kubeconfig's folder that prints the next of its credentials each time, then the last for ever. */
function plugin(...statuses: readonly object[]): { user: object; files: { [name: string]: string } } {
  const code = `#!${process.execPath}
    const { appendFileSync, readFileSync } = require("node:fs");
    const statuses = ${JSON.stringify(statuses)};
    appendFileSync(__dirname + "/runs", "x");
    const run = readFileSync(__dirname + "/runs", "utf8").length;
    const status = statuses[Math.min(run, statuses.length) - 1];
    console.log(JSON.stringify({ kind: "ExecCredential", apiVersion: "${execVersion}", status }));
  `;
  const exec = { apiVersion: execVersion, command: "./plugin.cjs", interactiveMode: "Never", provideClusterInfo: true };
  return { user: { exec }, files: { "plugin.cjs": code } };
}

const certificateStatus = { clientCertificateData: jo.certificate, clientKeyData: jo.key };
const impersonation = {
  as: "jane@example.com",
  "as-uid": "42",
  "as-groups": ["dev", "a b"],
  "as-user-extra": { "acme.com/project": ["p", "q"], "100% it": ["x"] },
};

for (const [name, user, more] of [
  ["token", { token: plane.token }, {}],
  ["token file", { tokenFile: "token" }, { files: { token: `${plane.token}\n` } }],
  [
    "client certificate",
    { "client-certificate": "./crt", "client-key": "key" },
    { files: { crt: jo.certificate, key: jo.key } },
  ],
  ["inline certificate", { "client-certificate-data": base64(jo.certificate), "client-key-data": base64(jo.key) }, {}],
  [
    "certificate authority file",
    { token: plane.token },
    {
      cluster: { "certificate-authority-data": undefined, "certificate-authority": "ca" },
      files: { ca: plane.certificate },
    },
  ],
  [
    "several authorities",
    { token: plane.token },
    {
      cluster: {
        "certificate-authority-data": base64(makeCertificate({ name: "other" }).certificate + plane.certificate),
      },
    },
  ],
  [
    "unchecked server",
    { token: plane.token },
    { cluster: { "certificate-authority-data": undefined, "insecure-skip-tls-verify": true } },
  ],
  ["plugin with a token", plugin({ token: plane.token }).user, plugin({ token: plane.token })],
  ["plugin with a certificate", plugin(certificateStatus).user, plugin(certificateStatus)],
  ["impersonation", { token: plane.token, ...impersonation }, {}],
] as const) {
  test(`the server takes us for the same as kubectl: ${name}`, async () => {
    const file = await kubeconfig(name.replaceAll(" ", "-"), user, more);
    const ours = await whoAmI(await clientFor(file));
    const kubectl = await execute(programs.kubectl, ["--kubeconfig", file, "auth", "whoami", "-o", "json"]);
    assert.equal(kubectl.status, 0, kubectl.stderr);
    assert.deepEqual(ours, get(get(JSON.parse(kubectl.stdout) as JsonValue, "status"), "userInfo"));
    assert.ok(typeof get(ours, "username") === "string");
  });
}

test("takes another certificate and another token over while it runs", async () => {
  const clock = virtualClock(Date.now());
  const files = { crt: jo.certificate, key: jo.key, token: plane.token };
  const certificate = await clientFor(
    await kubeconfig("rotated-certificate", { "client-certificate": "crt", "client-key": "key" }, { files }),
    { clock },
  );
  assert.equal(get(await whoAmI(certificate), "username"), "jo");
  const jane = issueCertificate(plane, { name: "jane" });
  await writeFile(path.join(root, "rotated-certificate", "crt"), jane.certificate);
  await writeFile(path.join(root, "rotated-certificate", "key"), jane.key);
  clock.advance(1_000);
  assert.equal(get(await whoAmI(certificate), "username"), "jane");

  const token = await clientFor(await kubeconfig("rotated-token", { tokenFile: "token" }, { files }), { clock });
  const before = get(await whoAmI(token), "username");
  const account = await createServiceAccount(plane, { name: `rotated-${process.pid}` });
  await writeFile(path.join(root, "rotated-token", "token"), signToken(plane, account, 600));
  clock.advance(1_000);
  const now = get(await whoAmI(token), "username");
  assert.notEqual(now, before);
  assert.equal(now, `system:serviceaccount:default:${account.name}`);
});

test("asks a plugin again when the server refuses its token, within the same call", async () => {
  const { user, files } = plugin({ token: "revoked" }, { token: plane.token });
  const client = await clientFor(await kubeconfig("revoked", user, { files }));
  const answers = await Promise.all([whoAmI(client), whoAmI(client), whoAmI(client)]);
  assert.equal(new Set(answers.map((answer) => get(answer, "username"))).size, 1);
});

test("asks a plugin again when its certificate is at its end, and makes connections anew", async () => {
  const clock = virtualClock(Date.now());
  const soon = new Date(Date.now() + 600_000);
  const jane = issueCertificate(plane, { name: "jane" });
  const short = issueCertificate(plane, { name: "jo" }, soon);
  const { user, files } = plugin(
    { clientCertificateData: short.certificate, clientKeyData: short.key },
    { clientCertificateData: jane.certificate, clientKeyData: jane.key },
  );
  const client = await clientFor(await kubeconfig("ending", user, { files }), { clock });
  assert.equal(get(await whoAmI(client), "username"), "jo");
  clock.advance(550_000);
  assert.equal(get(await whoAmI(client), "username"), "jane");
});

test("says what to do when the server does not accept us, and when we do not accept the server", async () => {
  const stranger = makeCertificate({ name: "stranger" });
  const cases: readonly (readonly [user: object, cluster: object, code: string])[] = [
    [{ token: "wrong" }, {}, "FL738"],
    [{ "client-certificate-data": base64(stranger.certificate), "client-key-data": base64(stranger.key) }, {}, "FL738"],
    [{ token: plane.token }, { "certificate-authority-data": base64(stranger.certificate) }, "FL737"],
    [{ token: plane.token }, { "tls-server-name": "elsewhere.example.com" }, "FL737"],
  ];
  for (const [index, [user, cluster, code]] of cases.entries()) {
    const client = await clientFor(await kubeconfig(`refused-${index}`, user, { cluster }));
    const error = await failure(whoAmI(client));
    const finding = accessFindingOf(error);
    assert.equal(finding?.code, code, `${error.code}: ${error.message}`);
    assert.ok((finding?.hint ?? "").length > 20);
    assert.ok(!JSON.stringify(finding).includes(plane.token));
  }
});

test("is the service account of a Pod, and stays it when the kubelet replaces the token", async () => {
  const account = await createServiceAccount(plane, { name: `pod-${process.pid}`, namespace: "kube-public" });
  const folder = path.join(root, "serviceaccount");
  await mkdir(folder);
  // Its end is half a minute behind it: the server refuses it, as it does when a process slept too long.
  await writeFile(path.join(folder, "token"), signToken(plane, account, -30));
  await writeFile(path.join(folder, "ca.crt"), plane.certificate);
  await writeFile(path.join(folder, "namespace"), "kube-public");
  const { hostname, port } = new URL(plane.url);
  const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  const client = clientOf(await inClusterAccess({ env, folder }));
  assert.equal(client.access.namespace, "kube-public");
  assert.equal((await failure(whoAmI(client))).code, "unauthorized");
  await writeFile(path.join(folder, "token"), signToken(plane, account, 600));
  assert.equal(get(await whoAmI(client), "username"), `system:serviceaccount:kube-public:${account.name}`);
});
