import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { signJwt } from "../src/authn/jwt.ts";
import { readAuthenticationConfiguration } from "../src/authn/oidc/authentication-configuration.ts";
import { type Cluster, createCluster } from "../src/cluster/create-cluster.ts";
import { issueCertificate } from "../src/serve/certificates/issue-certificate.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject;
}

async function send(cluster: Cluster, path: string, token?: string, body?: JsonObject): Promise<Answer> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const call = request(new URL(path, cluster.url), {
    method: body === undefined ? "GET" : "POST",
    ca: cluster.certificate,
    agent: false,
    headers: { ...authorization, "content-type": "application/json" },
  });
  call.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(call, "response")) as [IncomingMessage];
  const text = (await response.toArray()).join("");
  const answered = text.startsWith("{") ? (JSON.parse(text) as JsonObject) : { text };
  return { status: response.statusCode ?? 0, headers: response.headers, body: answered };
}

const whoami = async (cluster: Cluster, token: string): Promise<unknown> => {
  const { status, body } = await send(cluster, "/apis/authentication.k8s.io/v1/selfsubjectreviews", token, {});
  return status === 201 ? get(get(body, "status"), "userInfo") : status;
};

/** An issuer of ID tokens on loopback. */
async function startIssuer(t: TestContext) {
  const validity = { notBefore: new Date(0), notAfter: new Date(4e12) };
  const authority = issueCertificate({ commonName: "authority", usage: "authority", ...validity });
  const hosts = ["127.0.0.1"];
  const { certificate, key } = issueCertificate({
    commonName: "i",
    usage: "server",
    hosts,
    issuer: authority,
    ...validity,
  });
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const server = createServer({ cert: certificate, key }, (incoming, response) => {
    const keys = [{ ...publicKey.export({ format: "jwk" }), kid: "1" }];
    response.end(JSON.stringify(incoming.url === "/keys" ? { keys } : { issuer: url, jwks_uri: `${url}/keys` }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url,
    certificateAuthority: authority.certificate,
    sign: (claims: JsonObject) => signJwt(claims, privateKey, "1"),
  };
}

test("a cluster takes the ID tokens of a configured issuer, and anonymous requests only where it says so", async (t) => {
  const { url, certificateAuthority, sign } = await startIssuer(t);
  const file = {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AuthenticationConfiguration",
    jwt: [
      {
        issuer: { url, audiences: ["cluster"], certificateAuthority },
        claimMappings: {
          username: { expression: "'corp:' + claims.sub" },
          groups: { claim: "groups", prefix: "corp:" },
        },
      },
    ],
    anonymous: { enabled: true, conditions: [{ path: "/livez" }] },
  };
  const read = readAuthenticationConfiguration(file);
  assert.ok(read.kind === "configuration");
  const cluster = await createCluster({ controllers: false, authentication: read.configuration });
  t.after(() => cluster.stop());
  const exp = Math.floor(Date.now() / 1000) + 600;
  const token = sign({ iss: url, aud: "cluster", sub: "jane", groups: ["dev"], exp });
  assert.deepEqual(await whoami(cluster, token), {
    username: "corp:jane",
    groups: ["corp:dev", "system:authenticated"],
  });
  assert.equal(await whoami(cluster, sign({ iss: url, aud: "other", sub: "jane", exp })), 401);
  assert.equal((await send(cluster, "/api/v1/pods", token)).status, 403);
  assert.equal((await send(cluster, "/livez?verbose")).status, 200);
  assert.equal((await send(cluster, "/version")).status, 401);
});

test("the token of a Secret is good until the Secret is gone, and its use is noted", async (t) => {
  const cluster = await createCluster({ nodes: [] });
  t.after(() => cluster.stop());
  const namespace = "default";
  const metadata = { name: "robot", namespace, annotations: { "kubernetes.io/service-account.name": "robot" } };
  await cluster.api.create("serviceaccounts", { metadata: { name: "robot", namespace } });
  await cluster.api.create("secrets", { metadata, type: "kubernetes.io/service-account-token" });
  await cluster.settled();
  const secret = (): JsonObject | undefined => cluster.api.get("secrets", { namespace, name: "robot" });
  const token = Buffer.from(String(get(get(secret(), "data"), "token")), "base64").toString();
  assert.equal(get(await whoami(cluster, token), "username"), "system:serviceaccount:default:robot");
  await cluster.settled();
  const label = get(get(get(secret(), "metadata"), "labels"), "kubernetes.io/legacy-token-last-used");
  assert.match(String(label), /^\d{4}-\d{2}-\d{2}$/);
  // One that nobody has asked for: clusters made one for each account, and listed it there.
  assert.equal((await send(cluster, "/version", token)).headers["warning"], undefined);
  await cluster.api.patch("serviceaccounts", { namespace, name: "robot" }, { secrets: [{ name: "robot" }] });
  const { warning } = (await send(cluster, "/version", token)).headers;
  assert.match(String(warning), /^299 - "Use tokens from the TokenRequest API or manually created secret-based tokens/);
  await cluster.api.delete("secrets", { namespace, name: "robot" });
  assert.equal(await whoami(cluster, token), 401);
});
