/** Heads of answers, as kube-apiserver writes them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { request } from "node:https";
import { test, type TestContext } from "node:test";
import { get } from "@fairlead/apimachinery";
import { type Cluster, createCluster } from "../src/cluster/create-cluster.ts";

interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

async function ask(cluster: Cluster, path: string, headers: Record<string, string> = {}): Promise<Head> {
  const own = { authorization: `Bearer ${cluster.token}`, ...headers };
  const call = request(new URL(path, cluster.url), { ca: cluster.certificate, agent: false, headers: own });
  call.end();
  const [response] = (await once(call, "response")) as [IncomingMessage];
  await response.toArray();
  return { status: response.statusCode ?? 0, headers: response.headers };
}

async function clusterOf(t: TestContext): Promise<Cluster> {
  const cluster = await createCluster({ controllers: false });
  t.after(() => cluster.stop());
  return cluster;
}

test("an answer without a change has no type and no length", async (t) => {
  const cluster = await clusterOf(t);
  const { headers } = await ask(cluster, "/openapi/v2");
  const again = { "if-none-match": String(headers["etag"]) };
  const first = await ask(cluster, "/openapi/v2", again);
  const session = connect(cluster.url, { ca: cluster.certificate });
  t.after(() => session.close());
  const stream = session.request({ ":path": "/openapi/v2", authorization: `Bearer ${cluster.token}`, ...again });
  const [second] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status": number }];
  await stream.toArray();
  assert.deepEqual([first.status, second[":status"]], [304, 304]);
  for (const one of [first.headers, second]) {
    assert.deepEqual(
      [one["content-type"], one["content-length"], one["etag"]],
      [undefined, undefined, headers["etag"]],
    );
  }
});

test("tells what it counts a request with, and that refusals are no pages", async (t) => {
  const cluster = await clusterOf(t);
  const uidOf = (plural: string, name: string): unknown => {
    const found = cluster.api.get(`${plural}.flowcontrol.apiserver.k8s.io`, { namespace: "", name });
    return get(found?.["metadata"], "uid");
  };
  for (const [who, name, status] of [
    [{}, "exempt", 200],
    [{ "impersonate-user": "jane" }, "global-default", 403],
    [{ "impersonate-user": "jane", "impersonate-group": "system:masters" }, "exempt", 200],
  ] as const) {
    const { status: said, headers } = await ask(cluster, "/api/v1/pods", who);
    assert.equal(said, status);
    assert.equal(headers["x-content-type-options"], status === 403 ? "nosniff" : undefined);
    assert.equal(headers["x-kubernetes-pf-flowschema-uid"], uidOf("flowschemas", name));
    assert.equal(headers["x-kubernetes-pf-prioritylevel-uid"], uidOf("prioritylevelconfigurations", name));
  }
  const unknown = await ask(cluster, "/api/v1/pods", { authorization: "Bearer none" });
  assert.deepEqual([unknown.status, unknown.headers["x-kubernetes-pf-flowschema-uid"]], [401, undefined]);
});

test("gives keys and issuer to who names their type, for an hour", async (t) => {
  const cluster = await clusterOf(t);
  const keys = "application/jwk-set+json";
  const [keysPath, issuerPath] = ["/openid/v1/jwks", "/.well-known/openid-configuration"];
  for (const [path, accept, status] of [
    [keysPath, keys, 200],
    [keysPath, "text/html, */*;q=0.8", 200],
    [keysPath, "application/json", 406],
    [keysPath, "application/*", 406],
    [issuerPath, "application/json", 200],
    [issuerPath, "text/html", 406],
  ] as const) {
    const { status: said, headers } = await ask(cluster, path, { accept });
    assert.equal(said, status, `${path} as ${accept}`);
    assert.equal(headers["cache-control"], status === 200 ? "public, max-age=3600" : "no-cache, private");
  }
});
