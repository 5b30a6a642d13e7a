import assert from "node:assert/strict";
import { test } from "node:test";
import { requestInfo } from "./request-info.ts";

const cases: readonly [string, string, string][] = [
  ["GET", "/api/v1/pods", "list  v1 . pods . ."],
  ["GET", "/api/v1/pods?watch=true", "watch  v1 . pods . ."],
  ["GET", "/api/v1/namespaces", "list  v1 . namespaces . ."],
  ["GET", "/api/v1/namespaces/one", "get  v1 one namespaces one ."],
  ["PUT", "/api/v1/namespaces/one/finalize", "update  v1 one namespaces one finalize"],
  ["GET", "/api/v1/namespaces/one/pods", "list  v1 one pods . ."],
  ["GET", "/api/v1/namespaces/one/pods/a/log", "get  v1 one pods a log"],
  ["DELETE", "/apis/apps/v1/namespaces/one/deployments", "deletecollection apps v1 one deployments . ."],
  ["DELETE", "/apis/apps/v1/namespaces/one/deployments/web", "delete apps v1 one deployments web ."],
  ["POST", "/apis/apps/v1/namespaces/one/deployments", "create apps v1 one deployments . ."],
  ["GET", "/api/v1/watch/namespaces/one/pods", "watch  v1 one pods . ."],
  ["GET", "/api/v1/namespaces/one/pods/a?watch=1", "watch  v1 one pods a ."],
];

for (const [method, target, expected] of cases) {
  test(`${method} ${target} asks for ${expected}`, () => {
    const url = new URL(target, "https://any");
    const info = requestInfo(method, url.pathname, url.searchParams);
    assert.ok(info.isResource);
    const dot = (text: string): string => (text === "" ? "." : text);
    const { verb, group, version, namespace, resource, name, subresource } = info;
    assert.equal([verb, group, version, dot(namespace), resource, dot(name), dot(subresource)].join(" "), expected);
  });
}

for (const target of ["/", "/version", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/healthz/ping"]) {
  test(`${target} is no resource`, () => {
    const info = requestInfo("GET", target, new URLSearchParams());
    assert.deepEqual([info.isResource, info.verb, info.path], [false, "get", target]);
  });
}
