import assert from "node:assert/strict";
import { test } from "node:test";
import { processorMs } from "../../test/processor-time.ts";
import { builtinKinds, definition, definitionName, loadDefinitions, schemaForKind } from "./definitions.ts";
import { loadDescriptions } from "./descriptions.ts";
import { lines } from "./generated/definitions.ts";
import type { Deployment, PodSpec } from "./generated/types.ts";
import type { JsonObject } from "../json.ts";

test("finds the schema of every kind that Fairlead reads or writes", () => {
  for (const [apiVersion, kind] of [
    ["v1", "Pod"],
    ["v1", "Service"],
    ["apps/v1", "Deployment"],
    ["batch/v1", "CronJob"],
    ["autoscaling/v2", "HorizontalPodAutoscaler"],
    ["policy/v1", "PodDisruptionBudget"],
    ["networking.k8s.io/v1", "Ingress"],
    ["rbac.authorization.k8s.io/v1", "RoleBinding"],
    ["storage.k8s.io/v1", "StorageClass"],
    ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
    ["admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"],
    ["coordination.k8s.io/v1", "Lease"],
    ["discovery.k8s.io/v1", "EndpointSlice"],
    ["events.k8s.io/v1", "Event"],
  ] as const) {
    assert.equal(
      schemaForKind(apiVersion, kind)?.properties?.["metadata"] !== undefined,
      true,
      `${apiVersion} ${kind}`,
    );
  }
});

test("knows no kind outside Kubernetes, nor one of a prototype", () => {
  assert.equal(schemaForKind("example.com/v1", "Deployment"), undefined);
  assert.equal(schemaForKind("v1", "constructor"), undefined);
  assert.equal(definition("toString"), undefined);
});

test("keeps merge keys, list types, formats, enums and the defaults that mean something", () => {
  const pod = definition("io.k8s.api.core.v1.PodSpec")!;
  const containers = pod.properties!["containers"]!;
  assert.equal(containers["x-kubernetes-patch-merge-key"], "name");
  assert.deepEqual(containers["x-kubernetes-list-map-keys"], ["name"]);
  const port = definition("io.k8s.api.core.v1.ServicePort")!;
  assert.deepEqual(port.properties!["protocol"], { type: "string", default: "TCP", enum: ["SCTP", "TCP", "UDP"] });
  assert.equal(port.properties!["port"]!.format, "int32");
  assert.equal(pod.properties!["volumes"]!["x-kubernetes-patch-strategy"], "merge,retainKeys");
});

test("refers only to definitions that are there", () => {
  const names = new Set(lines.split("\n").map((line) => line.split(" ")[0]!));
  const missing = [...lines.matchAll(/"\$ref":"([^"]+)"/g)]
    .map((match) => match[1]!)
    .filter((name) => !names.has(name));
  assert.deepEqual(missing, []);
});

test("lists each kind once, in order", () => {
  const kinds = builtinKinds().map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
  assert.equal(new Set(kinds).size, kinds.length);
  assert.equal(kinds.includes("apps/v1 Deployment"), true);
});

test("loads what a Deployment and a Service need within a few milliseconds", async (t) => {
  const took = await processorMs(() =>
    loadDefinitions(definitionName("apps/v1", "Deployment")!, definitionName("v1", "Service")!),
  );
  t.diagnostic(`${took.toFixed(1)} ms`);
  assert.ok(took < 100, `took ${took} ms`);
});

test("explains a definition and a field in Kubernetes' words", async () => {
  const descriptions = await loadDescriptions();
  assert.match(descriptions.describe("io.k8s.api.core.v1.PodSpec", "nodeName")!, /scheduled/);
  assert.match(descriptions.describe("io.k8s.api.core.v1.PodSpec")!, /description of a pod/);
  assert.equal(descriptions.describe("io.k8s.api.core.v1.PodSpec", "constructor"), undefined);
});

test("has types that are plain JSON objects", () => {
  const pod: PodSpec = { containers: [{ name: "a", ports: [{ containerPort: 80, protocol: "TCP" }] }] };
  const deployment: Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "a" },
    spec: { selector: { matchLabels: {} }, template: { spec: pod } },
  };
  const plain: JsonObject = deployment;
  assert.equal(plain["kind"], "Deployment");
});
