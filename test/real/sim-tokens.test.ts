/** Tokens of service accounts: asked for, signed and reviewed as by a real API server. */
import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { after, before, describe, test, type TestContext } from "node:test";
import { get, type JsonObject, type JsonValue, textOf } from "@fairlead/apimachinery";
import { createAuthenticator } from "../../packages/sim/src/authn/create-authenticator.ts";
import { createToken, type TokenIssuer } from "../../packages/sim/src/authn/create-token.ts";
import { parseJwt } from "../../packages/sim/src/authn/jwt.ts";
import { openidMetadata } from "../../packages/sim/src/authn/openid-metadata.ts";
import { answerSelfSubjectReview, answerTokenReview } from "../../packages/sim/src/authn/reviews.ts";
import { serviceAccountTokens } from "../../packages/sim/src/authn/service-account-tokens.ts";
import { signingKeys } from "../../packages/sim/src/authn/signing-keys.ts";
import { staticTokens } from "../../packages/sim/src/authn/static-tokens.ts";
import { ApiError } from "../../packages/sim/src/errors.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { request } from "../../scripts/real/request.ts";
import { until } from "../../scripts/real/until.ts";
import { isVendored } from "./manifests.ts";

const { plane } = readAccess();
const namespace = `sim-tokens-${process.pid}`;
const core = `/api/v1/namespaces/${namespace}`;

/** A test of the release that the embedded cluster imitates; another one is passed over. */
function check(name: string, body: (t: TestContext) => Promise<void> | void): void {
  test(name, async (t) => {
    if (isVendored(plane)) await body(t);
    else t.diagnostic(`not checked: another release than ${plane.kubernetes} is imitated`);
  });
}

async function send(method: "GET" | "POST" | "DELETE", path: string, body?: JsonValue): Promise<JsonObject> {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  // The key set is of a type of its own.
  const answer = await request(plane, { method, path, accept: "*/*", ...text });
  return JSON.parse(answer.text) as JsonObject;
}

const objects = new Map<string, JsonObject>();

async function create(collection: string, object: JsonObject): Promise<void> {
  const made = await send("POST", `${core}/${collection}`, object);
  assert.notEqual(get(made, "kind"), "Status", textOf(get(made, "message")));
  const metadata = get(made, "metadata");
  objects.set(`${collection}/${namespace}/${textOf(get(metadata, "name"))}`, made);
}

const pod = (name: string, serviceAccountName: string, nodeName?: string): JsonObject => ({
  metadata: { name },
  spec: {
    serviceAccountName,
    containers: [{ name: "c", image: "i" }],
    ...(nodeName === undefined ? {} : { nodeName }),
  },
});

/** Verifies with the keys of the real server, and signs with one of its own. */
let issuer: TokenIssuer;
let keySet: JsonObject;
let configuration: JsonObject;

before(async () => {
  if (!isVendored(plane)) return;
  await send("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  for (const name of ["robot", "gone"]) await create("serviceaccounts", { metadata: { name } });
  for (const name of ["key", "lost"]) await create("secrets", { metadata: { name } });
  await create("pods", pod("p", "robot"));
  await create("pods", pod("on-a-node", "robot", "missing-node"));
  await create("pods", pod("q", "other"));
  keySet = await send("GET", "/openid/v1/jwks");
  configuration = await send("GET", "/.well-known/openid-configuration");
  const publicKeys = (get(keySet, "keys") as JsonWebKey[]).map((key) => createPublicKey({ key, format: "jwk" }));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = textOf(get(configuration, "issuer"));
  issuer = {
    issuer: name,
    keys: signingKeys({ privateKey, publicKeys }),
    apiAudiences: [name],
    lookup: (collection, inside, named) => objects.get(`${collection}/${inside}/${named}`),
    now: () => Date.now(),
    newId: () => "id",
  };
});

after(async () => {
  if (!isVendored(plane)) return;
  for (const name of ["p", "on-a-node", "q"]) await send("DELETE", `${core}/pods/${name}?gracePeriodSeconds=0`);
  await send("DELETE", `/api/v1/namespaces/${namespace}`);
});

const asked = (name: string, object: JsonObject): Promise<JsonObject> =>
  send("POST", `${core}/serviceaccounts/${name}/token`, object);

async function ours(name: string, object: JsonObject): Promise<JsonObject> {
  try {
    return await createToken({ namespace, name, object }, issuer);
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
}

/** A TokenRequest without what differs each time. */
function comparable(answer: JsonObject): unknown {
  const status = get(answer, "status");
  if (typeof status === "string") return answer;
  const { payload } = parseJwt(textOf(get(status, "token")))!;
  const { iat, nbf, exp, jti, ...claims } = payload as { iat: number; nbf: number; exp: number; jti: string };
  const bound = get(claims, "kubernetes.io") as { warnafter?: number };
  const seconds = [nbf - iat, exp - iat, ...(bound.warnafter === undefined ? [] : [bound.warnafter - iat])];
  const metadata = get(answer, "metadata");
  const lasts = (Date.parse(textOf(get(status, "expirationTimestamp"))) - iat * 1000) / 1000;
  return {
    spec: answer["spec"],
    metadata: ["name", "namespace", "uid"].map((key) => get(metadata, key)),
    claims: JSON.stringify({ ...claims, "kubernetes.io": { ...bound, warnafter: undefined } }),
    order: Object.keys(payload),
    hasId: jti !== "",
    seconds,
    lasts,
  };
}

const bind = (kind: string, name: string, more: JsonObject = {}): JsonObject => ({
  spec: { boundObjectRef: { kind, apiVersion: "v1", name, ...more } },
});

describe("a token request is answered alike", () => {
  const requests: [string, JsonObject][] = [
    ["by default", {}],
    ["for other audiences and a day", { spec: { audiences: ["a", "b"], expirationSeconds: 86_400 } }],
    ["for a Secret", bind("Secret", "key")],
    ["for a pod", bind("Pod", "p")],
    ["for a pod on a node that is not there", bind("Pod", "on-a-node")],
    ["as the kubelet asks", { spec: { ...(bind("Pod", "p")["spec"] as JsonObject), expirationSeconds: 3607 } }],
    [
      "as the kubelet asks for others",
      { spec: { ...(bind("Pod", "p")["spec"] as JsonObject), expirationSeconds: 3607, audiences: ["x"] } },
    ],
    ["of the longest life", { spec: { expirationSeconds: 2 ** 32 } }],
    ["of too short a life", { spec: { expirationSeconds: 1 } }],
    ["of too long a life", { spec: { expirationSeconds: 2 ** 32 + 1 } }],
    ["for a ConfigMap", bind("ConfigMap", "x")],
    ["for nothing", { spec: { boundObjectRef: {} } }],
    ["for another group", { spec: { boundObjectRef: { kind: "Pod", apiVersion: "a/v1", name: "p" } } }],
    ["for a pod that is not there", bind("Pod", "x")],
    ["for somebody else's pod", bind("Pod", "q")],
    ["for a node that is not there", bind("Node", "x")],
    ["for a Secret of another uid", bind("Secret", "key", { uid: "u" })],
    ["with another name", { metadata: { name: "x" } }],
    ["with another uid", { metadata: { uid: "x" } }],
  ];
  for (const [name, object] of requests) {
    check(name, async () => {
      assert.deepEqual(comparable(await ours("robot", object)), comparable(await asked("robot", object)));
    });
  }

  check("of a service account that is not there", async () => {
    assert.deepEqual(comparable(await ours("nobody", {})), comparable(await asked("nobody", {})));
  });
});

describe("a review answers alike", () => {
  const chain = () =>
    createAuthenticator({
      tokens: [
        staticTokens(
          new Map([[plane.token, { name: "admin", uid: "admin", groups: ["system:masters"] }]]),
          issuer.apiAudiences,
        ),
        serviceAccountTokens(issuer),
      ],
      apiAudiences: issuer.apiAudiences,
    });

  const review = async (spec: JsonObject): Promise<readonly unknown[]> => {
    const object = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec };
    const real = await send("POST", "/apis/authentication.k8s.io/v1/tokenreviews", object);
    const answer = await answerTokenReview({ object }, chain()).catch((error: ApiError) => error.status);
    return [answer["status"], real["status"]];
  };

  const tokenOf = async (name: string, object: JsonObject): Promise<string> =>
    textOf(get(get(await asked(name, object), "status"), "token"));

  check("to who asks about himself", async () => {
    const real = await send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {});
    const user = { name: "admin", uid: "admin", groups: ["system:masters", "system:authenticated"] };
    const now = Date.parse(textOf(get(get(real, "metadata"), "creationTimestamp")));
    assert.deepEqual(await answerSelfSubjectReview({ object: {}, user, now }), real);
  });

  check("for good tokens of accounts, pods and Secrets, and the administrator's", async () => {
    for (const object of [{}, bind("Pod", "p"), bind("Pod", "on-a-node"), bind("Secret", "key")]) {
      const [answer, real] = await review({ token: await tokenOf("robot", object) });
      assert.equal(get(real, "authenticated"), true);
      assert.deepEqual(answer, real);
    }
    for (const audiences of [[], ["x"], ["x", issuer.issuer]]) {
      const [answer, real] = await review({ token: plane.token, ...(audiences.length === 0 ? {} : { audiences }) });
      assert.deepEqual(answer, real);
    }
  });

  check("for audiences", async () => {
    for (const audiences of [["a"], ["b", "a"], ["b"], ["b", "c"]]) {
      const token = await tokenOf("robot", { spec: { audiences: ["a", "d"] } });
      const [answer, real] = await review({ token, audiences });
      assert.deepEqual(answer, real);
    }
  });

  check("for what is no token, or nobody's", async () => {
    const part = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const good = await tokenOf("robot", {});
    const [header, payload, signature] = good.split(".") as [string, string, string];
    const claims = part({ iss: issuer.issuer });
    const tokens = [
      "x",
      "a b",
      "a.b.c",
      "",
      `${header}.${payload}.AAAA`,
      `${header}.${claims}.${signature}`,
      `${part({ alg: "ES256" })}.${claims}.AAAA`,
      `${part({ alg: "ES256", kid: "x" })}.${claims}.AAAA`,
      `${part({ alg: "none" })}.${claims}.`,
      `${part({ alg: "RS256" })}.${part({ iss: "https://other" })}.AAAA`,
      `${header}.${payload}.*`,
      `${part({})}.${claims}.AAAA`,
    ];
    for (const token of tokens) {
      const [answer, real] = await review({ token });
      assert.deepEqual(answer, real, token);
    }
  });

  for (const [what, name, collection, object] of [
    ["the Secret", "lost", "secrets", bind("Secret", "lost")],
    ["the account", "gone", "serviceaccounts", {}],
  ] as const) {
    check(`once ${what} is gone`, async () => {
      const account = collection === "secrets" ? "robot" : name;
      // The server remembers for ten seconds that a token is good, so each is shown once.
      const tokens: string[] = [];
      for (let at = 0; at < 40; at++) tokens.push(await tokenOf(account, object));
      await send("DELETE", `${core}/${collection}/${name}`);
      objects.delete(`${collection}/${namespace}/${name}`);
      const [answer, real] = await until("the authenticator", async () => {
        const both = await review({ token: tokens.pop() ?? "" });
        return get(both[1], "authenticated") === true ? undefined : both;
      });
      assert.deepEqual(answer, real);
    });
  }
});

check("the documents of the issuer have the same form", () => {
  const address = new URL(textOf(get(configuration, "jwks_uri"))).host;
  const made = openidMetadata(issuer.keys, issuer.issuer, address);
  const own = made.keySet["keys"] as JsonObject[];
  assert.deepEqual(own.slice(1), keySet["keys"]);
  assert.equal(JSON.stringify(own.slice(1)), JSON.stringify(keySet["keys"]));
  const algorithms = { id_token_signing_alg_values_supported: ["ES256", "RS256"] };
  assert.equal(JSON.stringify(made.configuration), JSON.stringify({ ...configuration, ...algorithms }));
});
