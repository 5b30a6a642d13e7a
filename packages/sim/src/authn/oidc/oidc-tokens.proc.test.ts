import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { issueCertificate } from "../../serve/certificates/issue-certificate.ts";
import type { TokenAuthenticator } from "../authenticator.ts";
import { signJwt } from "../jwt.ts";
import { readAuthenticationConfiguration } from "./authentication-configuration.ts";
import type { FetchOptions } from "./fetch-document.ts";
import { oidcTokens } from "./oidc-tokens.ts";

const start = Date.UTC(2026, 0, 2);
const second = start / 1000;
const validity = { notBefore: new Date(0), notAfter: new Date(4e12) };
const authority = issueCertificate({ commonName: "authority", usage: "authority", ...validity });
const other = issueCertificate({ commonName: "other", usage: "authority", ...validity });

/** An issuer on loopback whose answers a test may change. */
let server: Server;
let origin: string;
let asked: string[];
let keySet: { readonly keys: JsonObject[]; readonly maxAge?: number };
let answer: ((path: string) => JsonValue | string | undefined) | undefined;

before(async () => {
  const issued = issueCertificate({
    commonName: "issuer",
    usage: "server",
    hosts: ["127.0.0.1"],
    issuer: authority,
    ...validity,
  });
  server = createServer({ cert: issued.certificate, key: issued.key }, (request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const special = answer?.(path);
    if (special === "silence") return;
    if (typeof special === "number") return void response.writeHead(special).end("secret body");
    if (typeof special === "string") return void response.end(special);
    const documents: Record<string, JsonValue> = {
      "/.well-known/openid-configuration": { issuer: origin, jwks_uri: `${origin}/keys` },
      "/elsewhere": { issuer: origin, jwks_uri: `${origin}/keys` },
      "/keys": { keys: keySet.keys },
    };
    if (keySet.maxAge !== undefined) response.setHeader("cache-control", `public, max-age=${keySet.maxAge}`);
    response.end(JSON.stringify(special ?? documents[path] ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

interface Key {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly jwk: JsonObject;
}

function newKey(id: string, type: "ec" | "rsa" = "ec"): Key {
  const { publicKey, privateKey } =
    type === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { id, privateKey, jwk: { ...(publicKey.export({ format: "jwk" }) as JsonObject), kid: id, use: "sig" } };
}

const first = newKey("1");
const next = newKey("2", "rsa");

function setup(issuer: JsonObject = {}, limits: FetchOptions = {}) {
  asked = [];
  answer = undefined;
  keySet = { keys: [first.jwk] };
  const clock = { now: start };
  const file = {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AuthenticationConfiguration",
    jwt: [
      {
        issuer: { url: origin, audiences: ["cluster"], certificateAuthority: authority.certificate, ...issuer },
        claimMappings: { username: { claim: "sub", prefix: "oidc:" } },
      },
    ],
  };
  const read = readAuthenticationConfiguration(file, []);
  assert.ok(read.kind === "configuration", JSON.stringify(read));
  const { issuers } = read.configuration;
  const authenticate = oidcTokens({ issuers, apiAudiences: ["api"], now: () => clock.now, limits });
  return { authenticate, clock };
}

const token = (claims: JsonObject = {}, key = first): string =>
  signJwt({ iss: origin, aud: "cluster", sub: "jane", exp: second + 60, ...claims }, key.privateKey, key.id);

async function said(authenticate: TokenAuthenticator, text: string, audiences = ["api"]): Promise<unknown> {
  const outcome = await authenticate(text, audiences);
  return outcome.kind === "problem" ? outcome.message : outcome.kind === "user" ? outcome.user.name : outcome.kind;
}

const unsigned = "oidc: verify token: failed to verify signature: failed to verify id token signature";

describe("an ID token", () => {
  test("is good once the issuer's keys say so", async () => {
    const { authenticate } = setup();
    assert.deepEqual(await authenticate(token({ aud: ["x", "cluster"] }), ["api", "y"]), {
      kind: "user",
      user: { name: "oidc:jane", groups: [] },
      audiences: ["api"],
    });
    assert.equal(await said(authenticate, token()), "oidc:jane");
    assert.deepEqual(asked, ["/.well-known/openid-configuration", "/keys"]);
  });

  test("is nobody's if another issued it or it is reviewed for others", async () => {
    const { authenticate } = setup();
    assert.equal(await said(authenticate, token({ iss: "https://x" })), "none");
    assert.equal(await said(authenticate, "a.b.c"), "none");
    assert.equal(await said(authenticate, token(), ["vault"]), "none");
    assert.deepEqual(asked, []);
  });

  test("is refused without asking the issuer where its claims say enough", async () => {
    const { authenticate } = setup();
    const fail = (why: string): string => `oidc: verify token: oidc: ${why}`;
    assert.equal(await said(authenticate, token({ aud: "x" })), fail('expected audience "cluster" got ["x"]'));
    assert.equal(
      await said(authenticate, token({ exp: second - 1 })),
      fail("token is expired (Token Expiry: 2026-01-01 23:59:59 +0000 UTC)"),
    );
    assert.equal(
      await said(authenticate, token({ nbf: second + 61 })),
      fail(
        "current time 2026-01-02 00:00:00 +0000 UTC before the nbf (not before) time: 2026-01-02 00:01:01 +0000 UTC",
      ),
    );
    const head = Buffer.from('{"alg":"HS256"}').toString("base64url");
    assert.equal(
      await said(authenticate, `${head}.${token().split(".")[1]}.AAAA`),
      fail(
        'id token signed with unsupported algorithm, expected ["ES256" "ES384" "ES512" "PS256" "PS384" "PS512" "RS256" "RS384" "RS512"] got "HS256"',
      ),
    );
    assert.deepEqual(asked, []);
    const two = setup({ audiences: ["b", "a"], audienceMatchPolicy: "MatchAny" });
    assert.equal(await said(two.authenticate, token()), fail('expected audience in ["a" "b"] got ["cluster"]'));
  });

  test("of a new key makes the keys be asked for again, at most once a second", async () => {
    const { authenticate, clock } = setup();
    assert.equal(await said(authenticate, token()), "oidc:jane");
    assert.equal(await said(authenticate, token({}, next)), unsigned);
    keySet = { keys: [next.jwk, { kty: "strange" }] };
    assert.equal(await said(authenticate, token({}, next)), unsigned);
    assert.equal(asked.length, 2);
    clock.now += 1000;
    const all = [token({}, next), token({ sub: "bob" }, next)].map((one) => said(authenticate, one));
    assert.deepEqual(await Promise.all(all), ["oidc:jane", "oidc:bob"]);
    assert.equal(asked.length, 3);
  });

  test("of a new key waits until the keys may have changed", async () => {
    const { authenticate, clock } = setup();
    keySet = { keys: [first.jwk], maxAge: 50 };
    assert.equal(await said(authenticate, token()), "oidc:jane");
    keySet = { keys: [next.jwk] };
    clock.now += 20_000;
    assert.equal(await said(authenticate, token({}, next)), unsigned);
    assert.equal(asked.length, 2);
    clock.now += 1;
    assert.equal(await said(authenticate, token({}, next)), "oidc:jane");
  });
});

describe("an issuer", () => {
  const uninitialized = "oidc: authenticator not initialized";
  const keysFailed = "oidc: verify token: failed to verify signature: fetching keys oidc: get keys failed: ";

  test("may be described elsewhere", async () => {
    const { authenticate } = setup({ discoveryURL: `${origin}/elsewhere` });
    assert.equal(await said(authenticate, token()), "oidc:jane");
    assert.deepEqual(asked, ["/elsewhere", "/keys"]);
  });

  test("that has another certificate is not believed", async () => {
    const { authenticate } = setup({ certificateAuthority: other.certificate });
    assert.equal(await said(authenticate, token()), uninitialized);
    assert.deepEqual(asked, []);
  });

  test("that says to be another is not believed", async () => {
    const { authenticate } = setup();
    answer = (path) => (path === "/keys" ? undefined : { issuer: "https://x", jwks_uri: `${origin}/keys` });
    assert.equal(await said(authenticate, token()), uninitialized);
  });

  test("that fails is asked again later", async () => {
    const { authenticate, clock } = setup();
    answer = (path) => (path === "/keys" ? 500 : undefined);
    assert.equal(await said(authenticate, token()), `${keysFailed}the answer has status 500`);
    answer = undefined;
    assert.equal(await said(authenticate, token()), `${keysFailed}the answer has status 500`);
    clock.now += 1000;
    assert.equal(await said(authenticate, token()), "oidc:jane");
  });

  for (const [name, limits, keys, why] of [
    ["answers too much", { maxBytes: 500 }, "x".repeat(501), "the answer has more than 500 bytes"],
    ["answers no JSON", {}, "[]", "the answer is no JSON object"],
    ["does not answer", { timeoutMs: 300 }, "silence", "there was no answer in time"],
  ] as const) {
    test(`that ${name} has no keys`, async () => {
      const { authenticate } = setup({}, limits);
      answer = (path) => (path === "/keys" ? keys : undefined);
      assert.equal(await said(authenticate, token()), keysFailed + why);
    });
  }
});
