/**
 * Compat mode: what the predecessor rendered, object by object, with its leftovers (creationTimestamp, status, empty
 * maps) taken out. What differs on purpose stands in docs/explanation/compat.md and is tested in departures.test.ts.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { assertAccepted, compileYaml, objectsOf } from "../support/compile.ts";

/** Marshalled Go structs: nulls and empty maps that mean nothing. */
function withoutLeftovers(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutLeftovers);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const kept = withoutLeftovers(item);
    if (kept === null || (isObject(kept) && Object.keys(kept).length === 0)) continue;
    setOwn(result, key, kept);
  }
  return result;
}

const rendered = (text: string): JsonValue[] => parseStream(text).documents.map(({ value }) => withoutLeftovers(value));
const byKind = (objects: readonly JsonValue[]) =>
  new Map(objects.map((object) => [String((object as JsonObject)["kind"]), object]));

/** Every object that the predecessor rendered, and it alone, unless `more` names a kind. */
async function assertRenders(input: string, output: string, more: readonly string[] = []): Promise<void> {
  const compiled = await compileYaml(input, { compat: true });
  assertAccepted(compiled);
  const ours = byKind(objectsOf(compiled));
  const theirs = byKind(rendered(output));
  assert.deepEqual([...ours.keys()].sort(), [...theirs.keys(), ...more].sort());
  for (const [kind, object] of theirs) assert.deepEqual(ours.get(kind), object, kind);
}

const deployment = `apiVersion: LummoKRM
kind: LummoDeployment
metadata:
  name: shop-api
spec:
  part-of: shop
  app: shop-api
  reloader: true
  containers:
    - name: shop-api
      image: shop-api:1
      command: ["python", "server.py"]
      ports:
        - {name: admin, containerPort: 9000, protocol: TCP}
      envFrom:
        - {secretRef: {name: first}}
      grpc: {port: 3000}
      http: {port: 2000}
      secrets: [shop-database, shop-payment]
      configs: [shop-config]
    - name: sidecar
      image: sidecar:1
      http: {port: 81}
      secrets: []
      configs: []
  scaling:
    minreplica: 1
    maxreplica: 10
    cpu: {target: "60"}
    memory: {target: "80"}
    pubsubTopic: {name: dev-orders.product-added, size: "500"}
`;

describe("compat mode renders what the predecessor rendered", () => {
  it("a LummoDeployment: names, labels, port order, envFrom order, trigger order", async () => {
    await assertRenders(
      deployment,
      `apiVersion: apps/v1
kind: Deployment
metadata:
  annotations: {reloader.stakater.com/auto: "true"}
  creationTimestamp: null
  labels: {app: shop-api, part-of: shop}
  name: shop-api
spec:
  selector: {matchLabels: {app: shop-api, part-of: shop}}
  strategy: {}
  template:
    metadata:
      creationTimestamp: null
      labels: {app: shop-api, part-of: shop}
    spec:
      containers:
        - name: shop-api
          image: shop-api:1
          command: [python, server.py]
          envFrom:
            - {secretRef: {name: first}}
            - {configMapRef: {name: shop-config}}
            - {secretRef: {name: shop-database}}
            - {secretRef: {name: shop-payment}}
          ports:
            - {name: admin, containerPort: 9000, protocol: TCP}
            - {name: grpc, containerPort: 3000, protocol: TCP}
            - {name: http, containerPort: 2000, protocol: TCP}
          resources: {}
        - name: sidecar
          image: sidecar:1
          ports:
            - {name: http, containerPort: 81, protocol: TCP}
          resources: {}
status: {}
---
apiVersion: v1
kind: Service
metadata:
  creationTimestamp: null
  labels: {app: shop-api, part-of: shop}
  name: shop-api
spec:
  ports:
    - {name: admin, port: 9000, targetPort: 9000}
    - {name: grpc, port: 3000, targetPort: 3000}
    - {name: http, port: 2000, targetPort: 2000}
  selector: {app: shop-api, part-of: shop}
status: {loadBalancer: {}}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  creationTimestamp: null
  labels: {app: shop-api, part-of: shop}
  name: shop-api
spec:
  maxReplicaCount: 10
  minReplicaCount: 1
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop-api}
  triggers:
    - type: cpu
      metadata: {type: Utilization, value: "60"}
    - type: memory
      metadata: {type: Utilization, value: "80"}
    - type: gcp-pubsub
      metadata: {subscriptionName: dev-orders.product-added, subscriptionSize: "500"}
      authenticationRef: {name: keda-trigger-auth-gcp-credentials}
status: {}
`,
    );
  });

  const rollout = (env: string, metrics: string) => `apiVersion: lummoKRM/v1
kind: LummoRollout
spec:
  part-of: shop
  app: shop-api
  env: ${env}
  containers:
    - {name: shop-api, image: shop-api, configs: [], secrets: []}
  strategy:
    metrics: {datadog: ${metrics}}
  scaling: {minreplica: 2, maxreplica: 4, cpu: {target: "60"}}
`;
  const rolled = (steps: string, analysis: string, annotations: string) => `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  creationTimestamp: null
  labels: {app: shop-api, part-of: shop}
  name: shop-api
  annotations: ${annotations}
spec:
  selector: {matchLabels: {app: shop-api, part-of: shop}}
  strategy:
    canary:
      analysis:
        args:
          - {name: service-name, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
          - {name: env, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['app.tokko.io/env']"}}}
          - {name: version, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['app.tokko.io/version']"}}}
${analysis}
        startingStep: 2
      steps: ${steps}
  template:
    metadata:
      creationTimestamp: null
      labels: {app: shop-api, part-of: shop}
    spec:
      containers:
        - {name: shop-api, image: shop-api, resources: {}}
status: {blueGreen: {}, canary: {}}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  labels: {app: shop-api, part-of: shop}
  name: shop-api
spec:
  maxReplicaCount: 4
  minReplicaCount: 2
  scaleTargetRef: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: shop-api}
  triggers:
    - type: cpu
      metadata: {type: Utilization, value: "60"}
`;

  it("a LummoRollout in production: canary steps, analysis, arguments in order", async () => {
    await assertRenders(
      rollout("prod", '{operation: graphql.execute, errorRPM: "0.1", p95latency: "0.5"}'),
      rolled(
        "[{setWeight: 30}, {pause: {duration: 300}}, {setWeight: 60}, {pause: {duration: 600}}, {setWeight: 100}]",
        `          - {name: operation, value: graphql.execute}
          - {name: p95latency, value: "0.5"}
          - {name: errorRPM, value: "0.1"}
        templates:
          - {templateName: analysis-datadog-request-errors}
          - {templateName: analysis-datadog-request-p95-latency}`,
        "{}",
      ),
    );
  });

  it("a LummoRollout elsewhere: one step", async () => {
    await assertRenders(
      rollout("staging", '{operation: http.request, errorRPM: "5"}'),
      rolled(
        "[{setWeight: 100}]",
        `          - {name: operation, value: http.request}
          - {name: errorRPM, value: "5"}
        templates: [{templateName: analysis-datadog-request-errors}]`,
        "{}",
      ),
    );
  });

  const template = (restartPolicy: string, indent: string) =>
    `metadata:
  creationTimestamp: null
  labels: {app: nightly, part-of: shop}
  name: nightly
spec:
  containers:
    - name: nightly
      image: shop-api:1
      command: [python, batch.py]
      envFrom:
        - {configMapRef: {name: shop-config}}
        - {secretRef: {name: shop-database}}
      resources: {}
  restartPolicy: ${restartPolicy}`.replaceAll("\n", `\n${indent}`);
  const spec = `  part-of: shop
  app: nightly
  containers:
    - {name: nightly, image: "shop-api:1", command: [python, batch.py], secrets: [shop-database], configs: [shop-config]}
`;

  it("a LummoJob, whose template cannot be changed later", async () => {
    await assertRenders(
      `apiVersion: lummoKRM/v1\nkind: LummoJob\nspec:\n  restartPolicy: Never\n${spec}`,
      `apiVersion: batch/v1
kind: Job
metadata:
  creationTimestamp: null
  labels: {app: nightly, part-of: shop}
  name: nightly
spec:
  template:
    ${template("Never", "    ")}
status: {}
`,
    );
  });

  it("a LummoCron", async () => {
    await assertRenders(
      `apiVersion: lummoKRM/v1\nkind: LummoCron\nspec:\n  schedule: "0 3 * * *"\n  restartPolicy: OnFailure\n${spec}`,
      `apiVersion: batch/v1
kind: CronJob
metadata:
  creationTimestamp: null
  labels: {app: nightly, part-of: shop}
  name: nightly
spec:
  jobTemplate:
    metadata:
      creationTimestamp: null
      labels: {app: nightly, part-of: shop}
      name: nightly
    spec:
      template:
        ${template("OnFailure", "        ")}
  schedule: 0 3 * * *
status: {}
`,
    );
  });

  it("asked for by the annotation as by the option", async () => {
    const annotated = deployment.replace(
      "  name: shop-api\nspec",
      "  name: shop-api\n  annotations: {fairlead.dev/compat: krm-functions}\nspec",
    );
    const byOption = objectsOf(await compileYaml(deployment, { compat: true }));
    assert.deepEqual(objectsOf(await compileYaml(annotated)), byOption);
    assert.notDeepEqual(objectsOf(await compileYaml(deployment)), byOption);
  });
});
