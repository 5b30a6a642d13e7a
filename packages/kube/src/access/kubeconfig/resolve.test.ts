import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import { virtualClock } from "@fairlead/apimachinery";
import { renderFindings } from "@fairlead/krm";
import { makeCertificate } from "../../../test/make-certificate.ts";
import type { Credential } from "../access.ts";
import { accessFindingOf } from "../error-finding.ts";
import { readKubeconfig } from "./read.ts";
import { resolveContext } from "./resolve.ts";
import type { AccessResult, ResolveOptions } from "./resolve-options.ts";

const leak = "s3cr3t-that-nobody-may-see";
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const authority = makeCertificate({ name: "authority" });
const client = makeCertificate({ name: "jo", authority });
const old = makeCertificate({ name: "old", authority, notAfter: new Date(Date.now() - 1_000) });
const jwt = (exp: number): string => `${base64("{}")}.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.x`;

/** A kubeconfig as JSON on one line per entry, so that the expected places are easy to count. */
function config(cluster: object, user: object, context: object = {}): string {
  return `{"current-context": "dev",
"clusters": [{"name": "c", "cluster": ${JSON.stringify({ server: "https://dev:6443", ...cluster })}}],
"users": [{"name": "u", "user": ${JSON.stringify(user)}}],
"contexts": [{"name": "dev", "context": ${JSON.stringify({ cluster: "c", user: "u", ...context })}}]}`;
}

async function resolve(
  text: string,
  options: ResolveOptions = {},
  folder: string | null = "/none",
): Promise<AccessResult> {
  const { config: read, findings } = readKubeconfig(text, { file: "config", ...(folder === null ? {} : { folder }) });
  assert.deepEqual(findings, []);
  return resolveContext(read, { env: {}, ...options });
}

/** Each finding as one line, its hint behind an arrow. */
function lines({ findings }: AccessResult): string[] {
  const shown = renderFindings(findings) + inspect(findings, { depth: 9 });
  assert.ok(!shown.includes(leak), shown);
  return findings.map(
    ({ code, severity, line, message, hint }) => `${line ?? "-"} ${severity} ${code} ${message} → ${hint ?? ""}`,
  );
}

async function credential(result: AccessResult): Promise<Credential> {
  assert.ok(result.access !== undefined, lines(result).join("\n"));
  return result.access.credentials.current();
}

const contexts = JSON.stringify({
  "current-context": "prodd",
  clusters: [{ name: "c", cluster: { server: "https://prod" } }],
  contexts: [
    { name: "prod", context: { cluster: "c", namespace: "shop" } },
    { name: "staging", context: { cluster: "nowhere", user: "nobody" } },
    { name: "odd", context: { cluster: "c", namespace: "No/../namespace" } },
    { name: "empty", context: {} },
  ],
  users: [{ name: "jo", user: { token: "t" } }],
});

test("says which context, cluster or user does not exist, what was meant, and what there is", async () => {
  const cases: readonly (readonly [options: ResolveOptions, found: RegExp])[] = [
    [
      {},
      /^1 error FL725 the current context "prodd" does not exist → did you mean "prod"\? contexts: "empty", "odd", "prod", "staging"$/,
    ],
    [{ context: "nothing-like-it" }, /^- error FL725 the context "nothing-like-it" does not exist → contexts: "empty"/],
    [
      { context: "staging", user: "jo" },
      /^1 error FL726 the cluster "nowhere", which the context "staging" names, does not exist → clusters: "c"$/,
    ],
    [
      { context: "staging", cluster: "c" },
      /^1 error FL726 the user "nobody", which the context "staging" names, does not exist → users: "jo"$/,
    ],
    [{ context: "prod", user: "joe" }, /^- error FL726 the user "joe" does not exist → did you mean "jo"\?/],
    [{ context: "prod", cluster: "x" }, /^- error FL726 the cluster "x" does not exist → clusters: "c"$/],
    [{ context: "empty" }, /^1 error FL726 the context "empty" names no cluster → clusters: "c"$/],
    [{ context: "odd" }, /^1 error FL722 there can be no namespace "No\/\.\.\/namespace"/],
    [{ context: "prod", namespace: "a/b" }, /^- error FL722 there can be no namespace "a\/b"/],
  ];
  for (const [options, found] of cases) {
    const result = await resolve(contexts, options);
    assert.equal(result.access, undefined);
    const [first, ...more] = lines(result);
    assert.match(first ?? "", found);
    assert.deepEqual(more, []);
  }
  const none = contexts.replace('"prodd"', '""');
  assert.match(
    lines(await resolve(none))[0] ?? "",
    /^- error FL724 no context is chosen → name one with `--context`; contexts: "empty"/,
  );
});

test("takes what the options say over the context, and needs no context for a server", async () => {
  const prod = await resolve(contexts, { context: "prod", user: "jo" });
  assert.deepEqual(
    [prod.access?.name, prod.access?.server.href, prod.access?.namespace],
    ["prod", "https://prod/", "shop"],
  );
  assert.equal((await credential(prod)).headers["authorization"], "Bearer t");
  assert.equal((await resolve(contexts, { context: "prod", namespace: "other" })).access?.namespace, "other");
  const bare = await resolve("{}", { server: "https://10.0.0.1/prefix", token: leak });
  assert.deepEqual([bare.access?.server.href, bare.access?.namespace], ["https://10.0.0.1/prefix", "default"]);
  assert.equal((await credential(bare)).headers["authorization"], `Bearer ${leak}`);
});

test("an option that authenticates replaces all that the user has, and keeps whom to act as", async () => {
  const user = {
    "client-certificate-data": base64(client.certificate),
    "client-key-data": base64(client.key),
    as: "admin",
  };
  const { headers, tls } = await credential(await resolve(config({}, user), { token: "t" }));
  assert.deepEqual([headers, tls.certificate], [{ authorization: "Bearer t", "impersonate-user": "admin" }, undefined]);
  const both = await credential(await resolve(config({}, user), { as: "other", asGroups: ["g"] }));
  assert.deepEqual(both.headers, { "impersonate-user": "other", "impersonate-group": ["g"] });
  assert.equal(both.tls.certificate, client.certificate);
});

test("gives TLS what the cluster says of its certificate", async () => {
  const bundle = authority.certificate + client.certificate;
  const cluster = { "certificate-authority-data": base64(bundle), "tls-server-name": "api" };
  assert.deepEqual(
    { ...(await credential(await resolve(config(cluster, {})))).tls },
    { ca: [bundle], serverName: "api" },
  );
  const elsewhere = await credential(await resolve(config(cluster, {}), { server: "https://other" }));
  assert.deepEqual({ ...elsewhere.tls }, { ca: [bundle] }, "another server has another name, as in client-go");
  const named = await credential(await resolve(config(cluster, {}), { server: "https://other", tlsServerName: "x" }));
  assert.equal(named.tls.serverName, "x");
  const insecure = await credential(await resolve(config(cluster, {}), { insecureSkipTlsVerify: true }));
  assert.deepEqual({ ...insecure.tls }, { serverName: "api", insecureSkipVerify: true });
});

test("finds the server and the proxy", async () => {
  const cases: readonly (readonly [
    cluster: object,
    options: ResolveOptions,
    server: string,
    proxy: string | undefined,
  ])[] = [
    [{ server: "https://a:1/x/" }, {}, "https://a:1/x/", undefined],
    [{ server: "a:1" }, {}, "http://a:1/", undefined],
    [{ server: "a", "insecure-skip-tls-verify": true }, {}, "https://a/", undefined],
    [{ server: "https://[fd00::1]:6443" }, {}, "https://[fd00::1]:6443/", undefined],
    [{ "proxy-url": "socks5://p:1080" }, {}, "https://dev:6443/", "socks5://p:1080"],
    [{ "proxy-url": `http://me:${leak}@p` }, { env: { HTTPS_PROXY: "q" } }, "https://dev:6443/", "http://p/"],
    [{}, { env: { HTTPS_PROXY: "q:3128" } }, "https://dev:6443/", "http://q:3128/"],
    [{}, { env: { https_proxy: "q:3128", NO_PROXY: "dev" } }, "https://dev:6443/", undefined],
    [{ "proxy-url": "http://p" }, { proxyUrl: "https://r" }, "https://dev:6443/", "https://r/"],
  ];
  for (const [cluster, options, server, proxy] of cases) {
    const { access } = await resolve(config(cluster, {}), options);
    assert.deepEqual([access?.server.href, access?.proxy?.href], [server, proxy]);
    assert.equal(access?.proxy?.password ?? "", JSON.stringify(cluster).includes(leak) ? leak : "");
    assert.ok(!`${inspect(access)} ${JSON.stringify(access)}`.includes(leak));
  }
});

const certificates = { "client-certificate-data": base64(client.certificate), "client-key-data": base64(client.key) };
const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "login", interactiveMode: "Never" };
const oidc = { "idp-issuer-url": "https://issuer", "client-id": "c", "refresh-token": leak };

test("says at its place what is wrong with a cluster", async () => {
  const cases: readonly (readonly [cluster: object, found: RegExp])[] = [
    [{ server: "" }, /^2 error FL727 the cluster "c" has no server/],
    [{ server: "https://" }, /^2 error FL727 the server's address cannot be read as a URL/],
    [{ server: `https://me:${leak}@dev` }, /^2 error FL727 the server's address has a user or password/],
    [{ server: "ftp://dev" }, /^2 error FL727 the server's address begins with ftp:\/\/ → it has to begin with https/],
    [{ server: "https://dev?a=b" }, /^2 error FL727 the server's address has a query/],
    [{ "proxy-url": `me:${leak}@proxy` }, /^2 error FL727 the proxy's address is no http:/],
    [{ "proxy-url": "proxy:3128" }, /^2 error FL727 .* → write the scheme, too/],
    [{ "certificate-authority-data": "%%%" }, /^2 error FL728 certificate-authority-data is not base64/],
    [
      { "certificate-authority-data": authority.certificate },
      /is not base64 → it is PEM text; `base64 -w0` of it belongs here/,
    ],
    [
      { "certificate-authority-data": base64("hello") },
      /^2 error FL728 certificate-authority-data holds no certificate/,
    ],
    [{ "certificate-authority": "ca.crt" }, /^2 error FL729 \/none\/ca\.crt cannot be read: it does not exist/],
    [
      { "certificate-authority-data": base64(authority.certificate), "insecure-skip-tls-verify": true },
      /^2 error FL730 insecure-skip-tls-verify and certificate-authority-data exclude each other/,
    ],
  ];
  for (const [cluster, found] of cases) {
    const result = await resolve(config(cluster, {}));
    assert.equal(result.access, undefined);
    const [first, ...more] = lines(result);
    assert.match(first ?? "", found);
    assert.deepEqual(more, []);
  }
});

test("says at its place what is wrong with a user", async () => {
  const cases: readonly (readonly [user: object, found: RegExp])[] = [
    [{ token: `${leak}\n` }, /^3 error FL728 the token has characters/],
    [{ token: "t", username: "u" }, /^3 error FL730 a token and a username with password exclude each other/],
    [{ username: "a:b", password: leak }, /^3 error FL728 username or password/],
    [{ tokenFile: "gone" }, /^3 error FL729 \/none\/gone cannot be read: it does not exist/],
    [{ ...certificates, "client-key-data": undefined }, /^3 error FL730 there is a client certificate without its key/],
    [
      { ...certificates, "client-key-data": base64(old.key) },
      /^3 error FL728 the client certificate and the client key do not belong together/,
    ],
    [{ ...certificates, "client-key-data": leak }, /^3 error FL728 client-key-data is not base64/],
    [{ ...certificates, "client-key-data": base64(leak) }, /^3 error FL728 the client key cannot be read/],
    [{ "client-certificate": "a", "client-key": "b" }, /^3 error FL729 \/none\/a cannot be read/],
    [{ exec, "auth-provider": { name: "oidc" } }, /^3 error FL730 exec and auth-provider exclude each other/],
    [{ exec: { ...exec, apiVersion: undefined } }, /^3 error FL731 exec has no apiVersion → write apiVersion/],
    [
      { exec: { ...exec, apiVersion: "client.authentication.k8s.io/v1alpha1" } },
      /^3 error FL731 .*v1alpha1.* → v1alpha1 was removed/,
    ],
    [{ exec: { ...exec, apiVersion: "v1" } }, /^3 error FL731 .* → known are client\.authentication\.k8s\.io\/v1 and/],
    [{ exec: { ...exec, command: undefined } }, /^3 error FL731 exec has no command/],
    [{ exec: { ...exec, interactiveMode: undefined } }, /^3 error FL731 exec has no interactiveMode/],
    [
      { exec: { ...exec, interactiveMode: "Sometimes" } },
      /^3 error FL731 .*"Sometimes".* → known are Never, IfAvailable, Always/,
    ],
    [{ exec: { ...exec, env: [{ value: leak }] } }, /^3 error FL731 exec\.env has an entry/],
    [
      { "auth-provider": { name: "gcp", config: { "access-token": leak } } },
      /^3 error FL732 the auth-provider gcp was removed .* → install gke-gcloud-auth-plugin/,
    ],
    [{ "auth-provider": { name: "azure" } }, /^3 error FL732 .* → install kubelogin/],
    [{ "auth-provider": { name: "mine" } }, /^3 error FL732 the auth-provider "mine" is unknown/],
    [
      { "auth-provider": { name: "oidc", config: { "client-secret": leak } } },
      /^3 error FL733 there is no id-token, and there is no idp-issuer-url, client-id, refresh-token/,
    ],
    [
      { "auth-provider": { name: "oidc", config: { "id-token": jwt(1e9) } } },
      /^3 error FL733 the id-token expired 2001-09-09T01:46Z/,
    ],
    [
      { "auth-provider": { name: "oidc", config: { ...oidc, "idp-issuer-url": "issuer" } } },
      /^3 error FL727 idp-issuer-url is no https: URL/,
    ],
    [
      { "auth-provider": { name: "oidc", config: { ...oidc, "idp-certificate-authority-data": "x" } } },
      /^3 error FL728 idp-certificate-authority-data is not base64/,
    ],
    [{ "as-groups": ["a"] }, /^3 error FL730 groups, uid or extra to act as are given, but no user/],
    [{ as: "a\nb" }, /^3 error FL722 impersonate-user cannot be sent/],
  ];
  for (const [user, found] of cases) {
    const result = await resolve(config({}, user));
    assert.equal(result.access, undefined, inspect(user));
    const [first, ...more] = lines(result);
    assert.match(first ?? "", found);
    assert.deepEqual(more, []);
  }
});

test("warns of what works but is not meant", async () => {
  const cases: readonly (readonly [cluster: object, user: object, found: RegExp])[] = [
    [{}, { token: "t", exec }, /^3 warning FL730 exec is never used, because token is given, too/],
    [{}, { token: jwt(1e9) }, /^3 warning FL734 the token expired 2001-09-09T01:46Z → Log in again/],
    [
      {},
      { "client-certificate-data": base64(old.certificate), "client-key-data": base64(old.key) },
      /^3 warning FL734 the client certificate expired/,
    ],
    [
      {},
      { ...certificates, "client-key": "/x" },
      /^3 warning FL730 client-key is ignored, because client-key-data is given, too/,
    ],
    [{}, { "client-key-data": base64(client.key) }, /^3 warning FL730 the client key is not used/],
    [
      { server: "http://dev" },
      { token: leak },
      /^3 warning FL730 the credentials are not sent, because the server's address begins with http/,
    ],
  ];
  for (const [cluster, user, found] of cases) {
    const result = await resolve(config(cluster, user));
    assert.ok(result.access !== undefined, lines(result).join("\n"));
    const [first, ...more] = lines(result);
    assert.match(first ?? "", found);
    assert.deepEqual(more, []);
  }
});

test("sends no credentials over plain http", async () => {
  const { headers } = await credential(await resolve(config({ server: "http://dev" }, { token: leak, as: "a" })));
  assert.deepEqual(headers, {});
});

test("gives a kubeconfig that is no file of this machine neither files nor programs", async () => {
  const users: readonly object[] = [
    { exec },
    { tokenFile: "/etc/hostname" },
    { "client-certificate": "/a", "client-key-data": base64(client.key) },
    { "auth-provider": { name: "oidc", config: { ...oidc, "idp-certificate-authority": "/a" } } },
  ];
  for (const user of users) {
    const result = await resolve(config({}, user), {}, null);
    assert.match(lines(result).join("\n"), /^3 error FL735 /);
  }
  assert.match(
    lines(await resolve(config({ "certificate-authority": "/a" }, {}), {}, null)).join("\n"),
    /^2 error FL735 /,
  );
  const inline = { ...certificates, token: "t" };
  assert.ok(
    (await resolve(config({ "certificate-authority-data": base64(authority.certificate) }, inline), {}, null)).access,
  );
});

async function files(t: TestContext, texts: { readonly [name: string]: string }): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "access-resolve-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(texts)) await writeFile(path.join(folder, name), text);
  return folder;
}

test("finds files from the folder of the kubeconfig, and gives up the old ones when they are replaced", async (t) => {
  const clock = virtualClock(Date.now());
  const other = makeCertificate({ name: "other" });
  const folder = await files(t, {
    "ca.crt": authority.certificate,
    crt: client.certificate,
    key: client.key,
    token: "one",
  });
  const user = { "client-certificate": "crt", "client-key": "./key", tokenFile: "token" };
  const result = await resolve(config({ "certificate-authority": "ca.crt" }, user), { clock }, folder);
  const before = await credential(result);
  assert.deepEqual({ ...before.tls }, { ca: [authority.certificate], certificate: client.certificate });
  assert.deepEqual([before.headers["authorization"], before.tls.key], ["Bearer one", client.key]);
  await writeFile(path.join(folder, "token"), "two-two");
  await writeFile(path.join(folder, "ca.crt"), authority.certificate + other.certificate);
  await writeFile(path.join(folder, "crt"), other.certificate);
  await writeFile(path.join(folder, "key"), other.key);
  clock.advance(1_000);
  const after = await credential(result);
  assert.deepEqual([after.headers["authorization"], after.tls.key], ["Bearer two-two", other.key]);
  assert.deepEqual(
    { ...after.tls },
    { ca: [authority.certificate + other.certificate], certificate: other.certificate },
  );
});

test("takes the token itself until the token file can be read, as client-go does", async (t) => {
  const folder = await files(t, {});
  const clock = virtualClock();
  const result = await resolve(config({}, { token: "fallback", tokenFile: "token" }), { clock }, folder);
  assert.equal((await credential(result)).headers["authorization"], "Bearer fallback");
  await writeFile(path.join(folder, "token"), "from-the-file");
  assert.equal((await credential(result)).headers["authorization"], "Bearer from-the-file");
});

test("sends an OIDC id token until its end", async () => {
  const clock = virtualClock(1_700_000_000_000);
  const idToken = jwt(1_700_003_600);
  const user = { "auth-provider": { name: "oidc", config: { "id-token": idToken } } };
  const result = await resolve(config({}, user), { clock });
  assert.equal((await credential(result)).headers["authorization"], `Bearer ${idToken}`);
  clock.advance(3_601_000);
  await assert.rejects(credential(result), (error) => {
    const finding = accessFindingOf(error);
    assert.equal(finding?.code, "FL736");
    assert.match(finding.message, /^dev: the OIDC id token .* cannot be refreshed without refresh-token$/);
    assert.match(finding.hint ?? "", /^log in again/);
    return true;
  });
});
