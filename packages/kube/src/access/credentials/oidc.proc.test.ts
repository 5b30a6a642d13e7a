import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import { virtualClock } from "@fairlead/apimachinery";
import { makeCertificate } from "../../../test/make-certificate.ts";
import { isKubeError, type KubeError } from "../../errors.ts";
import { loadKubeconfig } from "../kubeconfig/load.ts";
import { resolveContext } from "../kubeconfig/resolve.ts";
import { secret } from "../hidden.ts";
import { combine } from "./combine.ts";
import { oidcSource, type OidcConfig } from "./oidc.ts";

const start = Date.parse("2030-01-01T00:00:00Z");
const leak = "s3cr3t-that-nobody-may-see";
const authority = makeCertificate({ name: "issuer-authority" });
const server = makeCertificate({ name: "issuer", authority, hosts: ["127.0.0.1"] });

function jwt(expires: number, name = "jo"): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ sub: name, exp: expires / 1000 })}.${leak}`;
}

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly form: { readonly [key: string]: string };
}

interface Issuer {
  readonly url: string;
  readonly asked: readonly Asked[];
}

type Answer = (asked: Asked, count: number) => { readonly status?: number; readonly body: unknown } | "hang" | "cut";

/** An issuer whose discovery document is right and whose token endpoint answers as told. */
async function issuer(t: TestContext, answer: Answer, discovery?: Answer): Promise<Issuer> {
  const asked: Asked[] = [];
  const listener = https.createServer({ cert: server.certificate, key: server.key }, (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const one: Asked = {
        method: request.method ?? "",
        url: request.url ?? "",
        authorization: request.headers.authorization,
        form: Object.fromEntries(new URLSearchParams(body)),
      };
      asked.push(one);
      const isDiscovery = one.url === "/realm/.well-known/openid-configuration";
      const given = isDiscovery
        ? (discovery?.(one, 0) ?? { body: { token_endpoint: `${url}/token` } })
        : answer(one, asked.filter(({ method }) => method === "POST").length);
      if (given === "hang") return;
      if (given === "cut") return void response.socket?.destroy();
      response.writeHead(given.status ?? 200, { "content-type": "application/json" });
      response.end(typeof given.body === "string" ? given.body : JSON.stringify(given.body));
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    listener.closeAllConnections();
    listener.close();
  });
  const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}/realm`;
  return { url, asked };
}

function config(url: string, more: Partial<OidcConfig> = {}): OidcConfig {
  return {
    issuer: url,
    clientId: "fair lead",
    refreshToken: secret(`refresh-1-${leak}`),
    ca: async () => authority.certificate,
    ...more,
  };
}

async function failure(promise: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await promise.then(
    () => assert.fail("it did not fail"),
    (reason: unknown) => reason,
  );
  assert.ok(isKubeError(error), inspect(error));
  assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(leak), "the error shows a secret");
  return error;
}

test("uses the id token to its end, then refreshes once for all, with rotated refresh tokens", async (t) => {
  const clock = virtualClock(start);
  const { url, asked } = await issuer(t, (_, count) => ({
    body: { id_token: jwt(clock.now() + 3_600_000, `jo-${count}`), refresh_token: `refresh-${count + 1}-${leak}` },
  }));
  const first = jwt(start + 600_000);
  const credentials = combine([oidcSource(config(url, { idToken: secret(first) }), { clock })]);
  const before = await credentials.current();
  assert.equal(before.headers["authorization"], `Bearer ${first}`);
  assert.equal(asked.length, 0);
  clock.advance(600_000);
  const [one, two] = await Promise.all([credentials.current(), credentials.current()]);
  assert.equal(one, two);
  assert.equal(one.headers["authorization"], `Bearer ${jwt(start + 4_200_000, "jo-1")}`);
  assert.deepEqual(
    asked.map((request) => `${request.method} ${request.url}`),
    ["GET /realm/.well-known/openid-configuration", "POST /realm/token"],
  );
  assert.deepEqual(asked[1]?.form, {
    grant_type: "refresh_token",
    refresh_token: `refresh-1-${leak}`,
    client_id: "fair lead",
  });
  clock.advance(3_600_000);
  await credentials.current();
  assert.equal(asked.at(-1)?.form["refresh_token"], `refresh-2-${leak}`);
});

test("gets another token when the server refuses the one of the kubeconfig", async (t) => {
  const clock = virtualClock(start);
  const { url } = await issuer(t, () => ({ body: { id_token: jwt(start + 7_200_000, "fresh") } }));
  const credentials = combine([oidcSource(config(url, { idToken: secret(jwt(start + 3_600_000)) }), { clock })]);
  const before = await credentials.current();
  const after = await credentials.rejected(before);
  assert.equal(after.headers["authorization"], `Bearer ${jwt(start + 7_200_000, "fresh")}`);
});

test("sends a client's secret as a header, and in the form to an issuer that wants it there", async (t) => {
  const clock = virtualClock(start);
  const { url, asked } = await issuer(t, ({ authorization }) =>
    authorization === undefined
      ? { body: { id_token: jwt(start + 3_600_000) } }
      : { status: 401, body: { error: "invalid_client", error_description: leak } },
  );
  await oidcSource(config(url, { clientSecret: secret(`${leak}:`) }), { clock }).current();
  const [, header, form] = asked;
  assert.equal(
    Buffer.from(header?.authorization?.slice("Basic ".length) ?? "", "base64").toString(),
    `fair%20lead:${leak}%3A`,
  );
  assert.equal(header?.form["client_secret"], undefined);
  assert.equal(form?.form["client_secret"], `${leak}:`);
});

test("says what an issuer does wrong, without what it says", async (t) => {
  const clock = virtualClock(start);
  const cases: readonly (readonly [answer: Answer, discovery: Answer | undefined, found: RegExp])[] = [
    [
      () => ({ status: 400, body: { error: "invalid_grant", error_description: leak } }),
      undefined,
      /refused to refresh the id token: invalid_grant \(HTTP 400\)$/,
    ],
    [() => ({ status: 400, body: { error: leak } }), undefined, /: HTTP 400$/],
    [() => ({ status: 500, body: leak }), undefined, /: HTTP 500$/],
    [() => ({ body: { access_token: leak } }), undefined, /without an id token$/],
    [() => ({ body: { id_token: `${leak}\n` } }), undefined, /that is not one$/],
    [() => ({ body: `{"id_token": "${"x".repeat(2_000_000)}"}` }), undefined, /more than 1048576 bytes$/],
    [() => "cut", undefined, /cannot be asked: /],
    [() => ({ body: {} }), () => ({ status: 404, body: leak }), /no usable OIDC discovery document \(HTTP 404\)$/],
    [() => ({ body: {} }), () => ({ body: { token_endpoint: "http://192.0.2.1/token" } }), /does not begin with https/],
    [() => ({ body: {} }), () => ({ status: 302, body: {} }), /\(HTTP 302\)$/],
  ];
  for (const [answer, discovery, found] of cases) {
    const { url } = await issuer(t, answer, discovery);
    const error = await failure(oidcSource(config(url), { clock }).current());
    assert.deepEqual([error.code, found.test(error.message)], ["credentials", true], error.message);
  }
});

test("gives up on an issuer that does not answer, and on one that is not trusted", async (t) => {
  const clock = virtualClock(start);
  const { url, asked } = await issuer(t, () => "hang");
  const silent = failure(oidcSource(config(url), { clock }).current());
  while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(30_000);
  assert.match((await silent).message, /did not answer within 30 s$/);
  const stranger = config(url, { ca: async () => makeCertificate({ name: "stranger" }).certificate });
  const error = await failure(oidcSource(stranger, { clock }).current());
  assert.match(error.message, /cannot be asked: /);
  assert.match(error.hint ?? "", /idp-certificate-authority-data/);
  const abort = new AbortController();
  const aborted = failure(oidcSource(config(url), { clock }).current(abort.signal));
  abort.abort();
  assert.equal((await aborted).code, "aborted");
});

test("speaks plain HTTP to this machine only", async (t) => {
  const listener = http.createServer((_, response) => void response.end("{}"));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    listener.closeAllConnections();
    listener.close();
  });
  const clock = virtualClock(start);
  const local = config(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`);
  assert.match((await failure(oidcSource(local, { clock }).current())).message, /no usable OIDC discovery document/);
  const remote = config("http://issuer.invalid");
  assert.match((await failure(oidcSource(remote, { clock }).current())).message, /does not begin with https/);
});

test("writes new tokens back into the kubeconfig, so that kubectl stays logged in", async (t) => {
  const clock = virtualClock(start);
  const idToken = jwt(start + 3_600_000, "fresh");
  const { url } = await issuer(t, () => ({ body: { id_token: idToken, refresh_token: "refresh-2" } }));
  const folder = await mkdtemp(path.join(os.tmpdir(), "access-oidc-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, "config");
  const ca = Buffer.from(authority.certificate).toString("base64");
  const text = (id: string, refresh: string): string => `# mine
clusters: [{name: c, cluster: {server: "https://dev"}}]
contexts: [{name: dev, context: {cluster: c, user: jo}}]
current-context: dev
users:
- name: jo
  user:
    auth-provider:
      name: oidc
      config:
        idp-issuer-url: ${url}
        idp-certificate-authority-data: ${ca}
        client-id: c
        id-token: ${id} # old
        refresh-token: ${refresh}
`;
  await writeFile(file, text(jwt(start - 1_000), "refresh-1"));
  const { config: loaded } = await loadKubeconfig({ paths: [file] });
  const { access, findings } = await resolveContext(loaded, {
    clock,
    env: {},
    onWarning: (message) => assert.fail(message),
  });
  assert.deepEqual(findings, []);
  assert.equal((await access?.credentials.current())?.headers["authorization"], `Bearer ${idToken}`);
  assert.equal(await readFile(file, "utf8"), text(idToken, "refresh-2"));
});
