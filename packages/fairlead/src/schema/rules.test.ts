import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, Schema } from "@fairlead/apimachinery";
import { checkRules } from "@fairlead/apimachinery/cel";
import { print } from "@fairlead/krm";
import { compileText } from "../compile/text.ts";
import { kindNames, loadKind, type KindName } from "../kinds/load.ts";
import { crdOf } from "./crd.ts";

const container = { name: "x", image: "example/x:1", resources: "unlimited" };
const scaling = (more: JsonObject) => ({ containers: [container], scaling: { max: 3, cpu: 50, ...more } });

/** For each rule of a kind, a spec that breaks it and nothing else. */
const broken: readonly (readonly [KindName, message: string, spec: JsonObject])[] = [
  ["App", "scaling needs max", { containers: [container], scaling: { cpu: 50 } }],
  ["App", "min must not be above max", scaling({ min: 5 })],
  ["App", "idle must be below min", scaling({ min: 2, idle: 2 })],
  [
    "App",
    "write steps or strategy, not both",
    { containers: [container], rollout: { steps: [{ weight: 30 }], strategy: { canary: {} } } },
  ],
  [
    "App",
    "write minAvailable or maxUnavailable, not both",
    { containers: [container], replicas: 3, disruptionBudget: { minAvailable: 1, maxUnavailable: 1 } },
  ],
  [
    "App",
    "volumeClaimTemplates need workload: StatefulSet",
    {
      containers: [container],
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } }],
    },
  ],
  ["App", "a DaemonSet runs once per node and cannot scale", { ...scaling({}), workload: "DaemonSet" }],
  [
    "App",
    "rollout needs workload: Rollout, or no workload",
    { containers: [container], workload: "Deployment", rollout: { steps: [{ weight: 30 }] } },
  ],
  ["Task", "write schedule or manual, not both", { containers: [container], schedule: "0 3 * * *", manual: true }],
  ["Route", "write app or service, not both", { app: "x", service: { name: "x", port: 80 }, hosts: ["a.example"] }],
  [
    "CloudIdentity",
    "roleArn needs provider: aws",
    { project: "shop-prod", roleArn: "arn:aws:iam::123456789012:role/orders" },
  ],
  [
    "CloudIdentity",
    "clientId needs provider: azure",
    { project: "shop-prod", clientId: "00000000-0000-0000-0000-000000000000" },
  ],
];

function specOf(kind: Awaited<ReturnType<typeof loadKind>>): Schema {
  const [version] = (crdOf(kind)["spec"] as unknown as { versions: { schema: { openAPIV3Schema: Schema } }[] })
    .versions;
  return version!.schema.openAPIV3Schema.properties!["spec"]!;
}

function messagesIn(schema: Schema): string[] {
  const own = (schema["x-kubernetes-validations"] ?? []).map(({ message }) => message!);
  const below = [...Object.values(schema.properties ?? {}), ...(schema.items ? [schema.items] : [])].flatMap(
    messagesIn,
  );
  return [...own, ...below];
}

describe("CEL rules of the kinds", () => {
  test("each has a spec here that breaks it", async () => {
    for (const name of kindNames) {
      const messages = messagesIn(specOf(await loadKind(name)));
      assert.deepEqual(
        [...new Set(messages)].sort(),
        broken
          .filter(([kind]) => kind === name)
          .map(([, message]) => message)
          .sort(),
        name,
      );
    }
  });

  for (const [name, message, spec] of broken) {
    test(`${name}: "${message}" is said by CEL, and Fairlead has a finding of its own`, async () => {
      const schema = specOf(await loadKind(name));
      assert.deepEqual(
        checkRules(spec, schema).map((problem) => problem.message),
        [message],
      );
      const object = { apiVersion: "fairlead.dev/v1alpha1", kind: name, metadata: { name: "orders" }, spec };
      const { findings } = await compileText([{ name: "input.yaml", text: print(object) }]);
      assert.ok(
        findings.some(({ severity }) => severity === "error"),
        `no finding: ${JSON.stringify(findings)}`,
      );
    });
  }

  test("the example of every kind breaks none", async () => {
    for (const name of kindNames) {
      const kind = await loadKind(name);
      assert.deepEqual(checkRules(kind.example["spec"]!, specOf(kind)), [], name);
    }
  });
});
