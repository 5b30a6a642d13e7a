import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../client/client.ts";
import { KubeError } from "../errors.ts";
import type { Resource } from "../resource.ts";
import { protobufOf } from "./message-kinds.ts";

const pods: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };

function serverOf(version: () => Promise<string>): Client {
  return { discovery: { version } } as unknown as Client;
}

async function messageOf(resource: Resource, version = "1.36.0"): Promise<string | undefined> {
  return (
    await protobufOf(
      serverOf(() => Promise.resolve(version)),
      resource,
    )
  )?.message;
}

test("knows built-in kinds by their group and version", async () => {
  assert.equal(await messageOf(pods), "core.v1.Pod");
  assert.equal(await messageOf({ ...pods, group: "apps", kind: "ReplicaSet" }), "apps.v1.ReplicaSet");
  assert.equal(await messageOf({ ...pods, group: "networking.k8s.io", kind: "Ingress" }), "networking.v1.Ingress");
  assert.equal(await messageOf({ ...pods, version: "v7" }), undefined);
  // A kind that has no lists.
  assert.equal(await messageOf({ ...pods, kind: "Binding" }), undefined);
});

test("asks nothing for custom kinds, nor for those whose JSON differs", async () => {
  const server = serverOf(() => assert.fail("the version was asked for"));
  for (const [group, kind] of [
    ["networking.istio.io", "Pod"],
    ["apps", "StatefulSet"],
    ["apiextensions.k8s.io", "CustomResourceDefinition"],
    ["apiregistration.k8s.io", "APIService"],
  ] as const) {
    assert.equal(await protobufOf(server, { ...pods, group, kind }), undefined);
  }
});

test("takes patch releases and builds of the minor release whose messages are known, and no other", async () => {
  for (const version of ["1.36.99", "1.36.3-gke.100", "1.36.1+k3s1"])
    assert.ok(await messageOf(pods, version), version);
  for (const version of ["1.30.14", "1.35.9", "1.37.0", "1.360.0", "2.36.3", ""]) {
    assert.equal(await messageOf(pods, version), undefined, version);
  }
  const silent = serverOf(() => Promise.reject(new KubeError("forbidden", "no")));
  assert.equal(await protobufOf(silent, pods), undefined);
});
