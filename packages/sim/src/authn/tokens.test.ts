import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { ApiError } from "../errors.ts";
import type { TokenAuthenticator, TokenOutcome } from "./authenticator.ts";
import { createToken, type TokenIssuer } from "./create-token.ts";
import { parseJwt } from "./jwt.ts";
import { legacyToken, legacyTokens } from "./legacy-tokens.ts";
import { openidMetadata } from "./openid-metadata.ts";
import { serviceAccountTokens } from "./service-account-tokens.ts";
import { signingKeys } from "./signing-keys.ts";

const issuerName = "https://kubernetes.default.svc";
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
const keys = signingKeys({ privateKey });
const start = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const second = Math.floor(start / 1000);

/** A cluster with one service account, two pods, a secret and a node, and a clock that can be moved. */
function cluster() {
  const objects = new Map<string, JsonObject>([
    ["serviceaccounts/default/robot", { metadata: { name: "robot", namespace: "default", uid: "sa" } }],
    ["secrets/default/key", { metadata: { name: "key", namespace: "default", uid: "secret" } }],
    ["nodes//n1", { metadata: { name: "n1", uid: "node" } }],
    ["pods/default/p", { metadata: { name: "p", uid: "pod" }, spec: { serviceAccountName: "robot", nodeName: "n1" } }],
    ["pods/default/q", { metadata: { name: "q", uid: "pod-q" }, spec: { serviceAccountName: "other" } }],
    [
      "pods/default/r",
      { metadata: { name: "r", uid: "pod-r" }, spec: { serviceAccountName: "robot", nodeName: "gone" } },
    ],
  ]);
  const clock = { now: start };
  const issuer: TokenIssuer = {
    issuer: issuerName,
    keys,
    apiAudiences: [issuerName],
    lookup: (collection, namespace, name) => objects.get(`${collection}/${namespace}/${name}`),
    now: () => clock.now,
    newId: () => "id",
  };
  const change = (key: string, metadata: JsonObject): void => {
    const object = objects.get(key)!;
    objects.set(key, { ...object, metadata: { ...(object["metadata"] as JsonObject), ...metadata } });
  };
  return { objects, change, clock, issuer, authenticate: serviceAccountTokens(issuer) };
}

const request = (issuer: TokenIssuer, spec: JsonObject, metadata: JsonObject = {}): Promise<JsonObject> =>
  createToken({ namespace: "default", name: "robot", object: { metadata, spec } }, issuer);

async function tokenOf(issuer: TokenIssuer, spec: JsonObject): Promise<string> {
  return ((await request(issuer, spec))["status"] as { token: string }).token;
}

const bound = (kind: string, name: string, more: JsonObject = {}): JsonObject => ({
  boundObjectRef: { kind, apiVersion: "v1", name, ...more },
});

const ask = async (authenticate: TokenAuthenticator, token: string, ...audiences: string[]): Promise<TokenOutcome> =>
  authenticate(token, audiences.length === 0 ? [issuerName] : audiences);

async function messageOf(authenticate: TokenAuthenticator, token: string, ...audiences: string[]): Promise<string> {
  const outcome = await ask(authenticate, token, ...audiences);
  return outcome.kind === "problem" ? outcome.message : outcome.kind;
}

describe("a token request", () => {
  test("is answered with a token, for an hour and the API server unless told", async () => {
    const { issuer } = cluster();
    const managedFields = [{ manager: "m" }];
    const answer = await request(issuer, {}, { managedFields });
    const { token, ...status } = answer["status"] as { token: string };
    assert.deepEqual(
      { ...answer, status },
      {
        metadata: {
          managedFields,
          name: "robot",
          namespace: "default",
          uid: "sa",
          creationTimestamp: "2026-01-02T03:04:05Z",
        },
        spec: { audiences: [issuerName], expirationSeconds: 3600, boundObjectRef: null },
        status: { expirationTimestamp: "2026-01-02T04:04:05Z" },
      },
    );
    const jwt = parseJwt(token)!;
    assert.deepEqual(jwt.header, { alg: "ES256", kid: (keys.keySet()["keys"] as { kid: string }[])[0]!.kid });
    assert.equal(
      JSON.stringify(jwt.payload),
      `{"aud":["${issuerName}"],"exp":${second + 3600},"iat":${second},"iss":"${issuerName}","jti":"id","kubernetes.io":{"namespace":"default","serviceaccount":{"name":"robot","uid":"sa"}},"nbf":${second},"sub":"system:serviceaccount:default:robot"}`,
    );
  });

  test("of the kubelet gets a year, and a warning after an hour", async () => {
    const { issuer } = cluster();
    const answer = await request(issuer, { ...bound("Pod", "p"), expirationSeconds: 3607 });
    const status = answer["status"] as { token: string; expirationTimestamp: string };
    assert.equal(status.expirationTimestamp, "2026-01-02T04:04:12Z");
    const { payload } = parseJwt(status.token)!;
    assert.equal(payload["exp"], second + 31_536_000);
    assert.deepEqual(payload["kubernetes.io"], {
      namespace: "default",
      node: { name: "n1", uid: "node" },
      pod: { name: "p", uid: "pod" },
      serviceaccount: { name: "robot", uid: "sa" },
      warnafter: second + 3607,
    });
    const elsewhere = await tokenOf(issuer, { ...bound("Pod", "p"), expirationSeconds: 3607, audiences: ["vault"] });
    assert.equal(parseJwt(elsewhere)!.payload["exp"], second + 3607);
  });

  const refusals: [string, JsonObject, JsonObject, number, string][] = [
    [
      "for less than ten minutes",
      { expirationSeconds: 599 },
      {},
      422,
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
    ],
    [
      "for more than 2^32 seconds",
      { expirationSeconds: 4294967297 },
      {},
      422,
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
    ],
    [
      "bound to a ConfigMap",
      bound("ConfigMap", "x"),
      {},
      400,
      "cannot bind token to object of type /v1, Kind=ConfigMap",
    ],
    ["bound to nothing", { boundObjectRef: {} }, {}, 400, "cannot bind token to object of type /, Kind="],
    ["bound to a pod that is not there", bound("Pod", "x"), {}, 404, 'pods "x" not found'],
    ["bound to a node that is not there", bound("Node", "x"), {}, 404, 'nodes "x" not found'],
    [
      "bound to somebody else's pod",
      bound("Pod", "q"),
      {},
      400,
      'cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.',
    ],
    [
      "bound to an object of another uid",
      bound("Secret", "key", { uid: "u" }),
      {},
      409,
      'Operation cannot be fulfilled on Secret "key": the UID in the bound object reference (u) does not match the UID in record. The object might have been deleted and then recreated',
    ],
    [
      "with another name",
      {},
      { name: "x" },
      422,
      'TokenRequest.authentication.k8s.io "robot" is invalid: metadata.name: Invalid value: "x": must match the service account name if specified',
    ],
    [
      "with another uid",
      {},
      { uid: "x" },
      409,
      'Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "robot": the UID in the token request (x) does not match the UID of the service account (sa)',
    ],
  ];
  for (const [name, spec, metadata, code, message] of refusals) {
    test(`${name} is refused`, async () => {
      await assert.rejects(request(cluster().issuer, spec, metadata), (error: ApiError) => {
        assert.deepEqual([error.code, error.message], [code, message]);
        return true;
      });
    });
  }

  test("of a service account that is not there is refused", async () => {
    const { issuer, objects } = cluster();
    objects.delete("serviceaccounts/default/robot");
    await assert.rejects(request(issuer, {}), { code: 404, message: 'serviceaccounts "robot" not found' });
  });
});

describe("a token", () => {
  test("says whose it is, and of which pod and node", async () => {
    const { issuer, authenticate } = cluster();
    const user = {
      name: "system:serviceaccount:default:robot",
      uid: "sa",
      groups: ["system:serviceaccounts", "system:serviceaccounts:default"],
    };
    const id = { "authentication.kubernetes.io/credential-id": ["JTI=id"] };
    assert.deepEqual(await ask(authenticate, await tokenOf(issuer, {})), {
      kind: "user",
      user: { ...user, extra: id },
      audiences: [issuerName],
    });
    const ofPod = await ask(authenticate, await tokenOf(issuer, bound("Pod", "p")));
    assert.deepEqual(ofPod.kind === "user" && ofPod.user.extra, {
      ...id,
      "authentication.kubernetes.io/node-name": ["n1"],
      "authentication.kubernetes.io/node-uid": ["node"],
      "authentication.kubernetes.io/pod-name": ["p"],
      "authentication.kubernetes.io/pod-uid": ["pod"],
    });
    const lost = await ask(authenticate, await tokenOf(issuer, bound("Pod", "r")));
    assert.deepEqual(lost.kind === "user" && Object.keys(lost.user.extra!).map((key) => key.split("/")[1]), [
      "credential-id",
      "node-name",
      "pod-name",
      "pod-uid",
    ]);
    const ofNode = await ask(authenticate, await tokenOf(issuer, bound("Node", "n1")));
    assert.deepEqual(ofNode.kind === "user" && ofNode.user.extra?.["authentication.kubernetes.io/node-uid"], ["node"]);
  });

  test("is good for its audiences only", async () => {
    const { issuer, authenticate } = cluster();
    const token = await tokenOf(issuer, { audiences: ["a", "b"] });
    const outcome = await ask(authenticate, token, "b", "c");
    assert.deepEqual(outcome.kind === "user" && outcome.audiences, ["b"]);
    assert.equal(
      await messageOf(authenticate, token, "c"),
      'token audiences ["a" "b"] is invalid for the target audiences ["c"]',
    );
  });

  test("is good from a minute before its time to a minute after", async () => {
    const { issuer, authenticate, clock } = cluster();
    const token = await tokenOf(issuer, {});
    const at = (seconds: number): Promise<string> => {
      clock.now = (second + seconds) * 1000;
      return messageOf(authenticate, token);
    };
    assert.equal(await at(-60), "user");
    assert.equal(await at(-61), "service account token is not valid yet");
    assert.equal(await at(3660), "user");
    assert.equal(await at(3661), "service account token has expired");
  });

  test("ends with its service account", async () => {
    const { issuer, authenticate, objects, change, clock } = cluster();
    const token = await tokenOf(issuer, {});
    change("serviceaccounts/default/robot", { deletionTimestamp: new Date(start).toISOString() });
    assert.equal(await messageOf(authenticate, token), "user");
    clock.now += 61_000;
    assert.equal(await messageOf(authenticate, token), "service account default/robot has been deleted");
    change("serviceaccounts/default/robot", { uid: "new" });
    assert.equal(await messageOf(authenticate, token), "service account UID (new) does not match claim (sa)");
    objects.delete("serviceaccounts/default/robot");
    assert.equal(await messageOf(authenticate, token), 'serviceaccounts "robot" not found');
  });

  for (const [kind, key] of [
    ["Pod", "pods/default/p"],
    ["Secret", "secrets/default/key"],
    ["Node", "nodes//n1"],
  ] as const) {
    test(`ends with the ${kind} that it is bound to`, async () => {
      const { issuer, authenticate, objects, change, clock } = cluster();
      const token = await tokenOf(issuer, bound(kind, key.split("/")[2]!));
      assert.equal(await messageOf(authenticate, token), "user");
      change(key, { deletionTimestamp: new Date(start - 61_000).toISOString() });
      assert.equal(await messageOf(authenticate, token), "service account token has been invalidated");
      clock.now -= 2_000;
      assert.equal(await messageOf(authenticate, token), "user");
      const lower = kind.toLowerCase();
      const uid = key === "pods/default/p" ? "pod" : lower;
      change(key, { uid: "new" });
      const message = `${lower} UID (new) does not match service account ${lower} ref claim (${uid})`;
      assert.equal(await messageOf(authenticate, token), message);
      objects.delete(key);
      assert.equal(await messageOf(authenticate, token), "service account token has been invalidated");
    });
  }

  test("of a pod does not end with the node", async () => {
    const { issuer, authenticate, objects } = cluster();
    const token = await tokenOf(issuer, bound("Pod", "p"));
    objects.delete("nodes//n1");
    assert.equal(await messageOf(authenticate, token), "user");
  });

  test("that nobody of ours has signed is refused, also after a good one", async () => {
    const { issuer, authenticate } = cluster();
    const good = await tokenOf(issuer, {});
    const [header, payload, signature] = good.split(".") as [string, string, string];
    assert.equal(await messageOf(authenticate, good), "user");
    const broken = "go-jose/go-jose: error in cryptographic primitive";
    const forged = Buffer.from(JSON.stringify({ ...parseJwt(good)!.payload, sub: "x" })).toString("base64url");
    const head = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    assert.equal(await messageOf(authenticate, `${header}.${forged}.${signature}`), broken);
    assert.equal(await messageOf(authenticate, `${header}.${payload}.AAAA`), broken);
    assert.equal(await messageOf(authenticate, `${head({ alg: "none" })}.${payload}.`), broken);
    assert.equal(await messageOf(authenticate, `${head({ alg: "HS256" })}.${payload}.${signature}`), broken);
    assert.equal(
      await messageOf(authenticate, `${head({ alg: "ES256", kid: "x" })}.${payload}.${signature}`),
      "invalid signature, no keys found",
    );
    const stranger = signingKeys({ privateKey: other.privateKey });
    assert.equal(
      await messageOf(authenticate, stranger.sign(parseJwt(good)!.payload)),
      "invalid signature, no keys found",
    );
  });

  test("of another issuer, or what is no token, is nobody's", async () => {
    const { authenticate } = cluster();
    for (const token of ["", "x", "a.b.c", "{}", keys.sign({ iss: "https://other" }), `${"a".repeat(300_000)}.b.c`]) {
      assert.equal(await messageOf(authenticate, token), "none");
    }
  });

  test("of an older key is still good", async () => {
    const { issuer } = cluster();
    const token = await tokenOf({ ...issuer, keys: signingKeys({ privateKey: other.privateKey }) }, {});
    const both = signingKeys({ privateKey, publicKeys: [other.publicKey] });
    assert.equal(await messageOf(serviceAccountTokens({ ...issuer, keys: both }), token), "user");
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const rsaKeys = signingKeys({ privateKey: rsa.privateKey });
    const rsaToken = await tokenOf({ ...issuer, keys: rsaKeys }, {});
    assert.equal(await messageOf(serviceAccountTokens({ ...issuer, keys: rsaKeys }), rsaToken), "user");
  });
});

describe("the token of a Secret", () => {
  function setup() {
    const parts = cluster();
    const { objects, issuer } = parts;
    const token = legacyToken(objects.get("serviceaccounts/default/robot")!, "key", keys);
    const data = { token: Buffer.from(token).toString("base64") };
    objects.set("secrets/default/key", { ...objects.get("secrets/default/key")!, data });
    const days: string[] = [];
    const authenticate = legacyTokens({ ...issuer, used: (_, day) => days.push(day) });
    return { ...parts, token, days, authenticate };
  }

  test("says whose it is, and is marked as used once a day", async () => {
    const { authenticate, token, days, change } = setup();
    const outcome = await ask(authenticate, token);
    assert.deepEqual(outcome.kind === "user" && outcome.user, {
      name: "system:serviceaccount:default:robot",
      uid: "sa",
      groups: ["system:serviceaccounts", "system:serviceaccounts:default"],
    });
    assert.deepEqual(days, ["2026-01-02"]);
    change("secrets/default/key", { labels: { "kubernetes.io/legacy-token-last-used": "2026-01-02" } });
    assert.equal(await messageOf(authenticate, token), "user");
    assert.equal(days.length, 1);
  });

  test("ends with the Secret, its content and its account", async () => {
    const { authenticate, token, change, objects } = setup();
    change("secrets/default/key", { labels: { "kubernetes.io/legacy-token-invalid-since": "2026-01-01" } });
    assert.match(await messageOf(authenticate, token), /^the token in secret default\/key .* has been marked invalid/);
    change("serviceaccounts/default/robot", { uid: "new" });
    assert.equal(await messageOf(authenticate, token), "ServiceAccount UID (new) does not match claim (sa)");
    change("serviceaccounts/default/robot", { deletionTimestamp: "2026-01-01T00:00:00Z" });
    assert.equal(await messageOf(authenticate, token), "ServiceAccount default/robot has been deleted");
    objects.set("secrets/default/key", { ...objects.get("secrets/default/key")!, data: { token: "eA==" } });
    assert.equal(await messageOf(authenticate, token), "Token does not match server's copy");
    objects.delete("secrets/default/key");
    assert.equal(await messageOf(authenticate, token), "Token has been invalidated");
  });

  test("is refused where claims are missing", async () => {
    const { authenticate } = setup();
    const sign = (payload: JsonObject): string => keys.sign({ iss: "kubernetes/serviceaccount", ...payload });
    assert.equal(await messageOf(authenticate, sign({})), "sub claim is missing");
    assert.equal(await messageOf(authenticate, sign({ sub: "x" })), "namespace claim is missing");
  });
});

test("the documents for others name the issuer, where its keys are, and the keys", () => {
  const { configuration, keySet } = openidMetadata(keys, issuerName, "127.0.0.1:6443");
  assert.equal(
    JSON.stringify(configuration),
    `{"issuer":"${issuerName}","jwks_uri":"https://127.0.0.1:6443/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256"]}`,
  );
  const [key] = keySet["keys"] as JsonObject[];
  assert.deepEqual(Object.keys(key!), ["use", "kty", "kid", "crv", "alg", "x", "y"]);
});
