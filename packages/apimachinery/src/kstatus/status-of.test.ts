import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../json.ts";
import { statusOf } from "./status-of.ts";

const versions: { readonly [kind: string]: string } = {
  APIService: "apiregistration.k8s.io/v1",
  Certificate: "cert-manager.io/v1",
  ConfigMap: "v1",
  CronJob: "batch/v1",
  CustomResourceDefinition: "apiextensions.k8s.io/v1",
  DaemonSet: "apps/v1",
  Deployment: "apps/v1",
  Gateway: "gateway.networking.k8s.io/v1",
  HTTPRoute: "gateway.networking.k8s.io/v1",
  HorizontalPodAutoscaler: "autoscaling/v2",
  Ingress: "networking.k8s.io/v1",
  Job: "batch/v1",
  Namespace: "v1",
  PersistentVolume: "v1",
  PersistentVolumeClaim: "v1",
  Pod: "v1",
  PodDisruptionBudget: "policy/v1",
  ReplicaSet: "apps/v1",
  Rollout: "argoproj.io/v1alpha1",
  Service: "v1",
  StatefulSet: "apps/v1",
};

function make(kind: string, spec: JsonObject, status: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: versions[kind]!, kind, metadata: { name: "x", ...metadata }, spec, status };
}

function condition(type: string, status: string, reason = "", message = "", more: JsonObject = {}): JsonObject {
  return { type, status, reason, message, ...more };
}

type Case = readonly [rule: string, object: JsonObject, expected: string];

/** One test per case: `Status Reason: message`. */
function cases(list: readonly Case[]): void {
  for (const [rule, object, expected] of list) {
    test(rule, () => {
      const { status, reason, message } = statusOf(object);
      assert.equal(`${status} ${reason}: ${message}`, expected);
    });
  }
}

test("an object that is not there is not found, and what is no object is unknown", () => {
  assert.equal(statusOf(undefined).status, "NotFound");
  assert.equal(statusOf({}).status, "Unknown");
  assert.equal(statusOf({ apiVersion: "v1", kind: "Pod", metadata: [] }).status, "Unknown");
});

const progressed = condition("Progressing", "True", "NewReplicaSetAvailable");
const available = condition("Available", "True");
const done = { replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3, observedGeneration: 2 };

cases([
  [
    "without conditions there is nothing to wait for",
    make("ConfigMap", {}, {}),
    "Current Current: it has no status to wait for",
  ],
  [
    "an object that is being deleted is terminating, whatever else it says",
    make(
      "Deployment",
      {},
      { conditions: [available] },
      { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["a/b"] },
    ),
    "Terminating Terminating: it is being deleted, held by a/b",
  ],
  [
    "the status of an older generation says nothing",
    make("Certificate", {}, { observedGeneration: 1, conditions: [condition("Ready", "True")] }, { generation: 2 }),
    "InProgress LatestGenerationNotObserved: its controller has seen generation 1, not yet 2",
  ],
  [
    "a generation may be written as text",
    make("Rollout", { replicas: 1 }, { observedGeneration: "1", phase: "Healthy" }, { generation: 2 }),
    "InProgress LatestGenerationNotObserved: its controller has seen generation 1, not yet 2",
  ],
  [
    "Ready is what other kinds are judged by",
    make("Certificate", {}, { conditions: [condition("Ready", "True", "Ready", "it is up to date")] }),
    "Current Ready: it is up to date",
  ],
  [
    "not Ready is in progress, in the controller's words",
    make("Certificate", {}, { conditions: [condition("Ready", "False", "Issuing", "waits for the order")] }),
    "InProgress Issuing: waits for the order",
  ],
  [
    "Reconciling comes before Ready",
    make("Certificate", {}, { conditions: [condition("Ready", "True"), condition("Reconciling", "True", "Busy", "")] }),
    "InProgress Busy: Busy",
  ],
  [
    "Stalled has failed",
    make("Certificate", {}, { conditions: [condition("Stalled", "True", "Broken", "no such issuer")] }),
    "Failed Broken: no such issuer",
  ],
  [
    "Stalled that is not true says nothing",
    make("Certificate", {}, { conditions: [condition("Stalled", "False"), condition("Ready", "True")] }),
    "Current Ready: it is ready",
  ],
]);

cases([
  [
    "a Deployment that nobody has seen is in progress",
    make("Deployment", { replicas: 0 }, {}),
    "InProgress NotObserved: its controller has not seen it yet",
  ],
  [
    "a Deployment counts created replicas first",
    make("Deployment", { replicas: 3 }, { ...done, replicas: 1, updatedReplicas: 1 }),
    "InProgress LessReplicas: 1 of 3 replicas are created",
  ],
  [
    "a Deployment counts updated replicas",
    make("Deployment", { replicas: 3 }, { ...done, updatedReplicas: 2 }),
    "InProgress LessUpdated: 2 of 3 replicas are updated",
  ],
  [
    "a Deployment waits until old replicas have ended",
    make("Deployment", { replicas: 3 }, { ...done, replicas: 4 }),
    "InProgress ExtraPods: 1 old replica has yet to end",
  ],
  [
    "a Deployment counts available replicas",
    make("Deployment", { replicas: 3 }, { ...done, availableReplicas: 1 }),
    "InProgress LessAvailable: 1 of 3 replicas are available",
  ],
  [
    "a Deployment counts ready replicas",
    make("Deployment", { replicas: 3 }, { ...done, readyReplicas: 2 }),
    "InProgress LessReady: 2 of 3 replicas are ready",
  ],
  [
    "a Deployment past its progress deadline has failed",
    make(
      "Deployment",
      { replicas: 3, progressDeadlineSeconds: 600 },
      {
        ...done,
        updatedReplicas: 1,
        conditions: [condition("Progressing", "False", "ProgressDeadlineExceeded", "it is late")],
      },
    ),
    "Failed ProgressDeadlineExceeded: it is late (1 of 3 replicas are updated)",
  ],
  [
    "a Deployment whose pods are refused says why",
    make(
      "Deployment",
      { replicas: 3 },
      {
        ...done,
        replicas: 0,
        conditions: [condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota")],
      },
    ),
    "InProgress FailedCreate: 0 of 3 replicas are created: exceeded quota",
  ],
  [
    "a Deployment that is paused on its way says so",
    make("Deployment", { replicas: 3, paused: true }, { ...done, updatedReplicas: 1 }),
    "InProgress DeploymentPaused: 1 of 3 replicas are updated, and the rollout is paused",
  ],
  [
    "a Deployment waits for its newest replica set",
    make("Deployment", { replicas: 3, progressDeadlineSeconds: 600 }, { ...done, conditions: [available] }),
    "InProgress ReplicaSetNotAvailable: the newest replica set is not yet known to be available",
  ],
  [
    "a Deployment without a deadline says nothing of progress",
    make("Deployment", { replicas: 3, progressDeadlineSeconds: 2147483647 }, { ...done, conditions: [available] }),
    "Current Available: 3 of 3 replicas are available",
  ],
  [
    "a Deployment waits for minReadySeconds",
    make("Deployment", { replicas: 3, progressDeadlineSeconds: 600 }, { ...done, conditions: [progressed] }),
    "InProgress DeploymentNotAvailable: too few replicas have been available for long enough",
  ],
  [
    "a Deployment is current when all replicas are available",
    make(
      "Deployment",
      { progressDeadlineSeconds: 600 },
      {
        replicas: 1,
        updatedReplicas: 1,
        availableReplicas: 1,
        readyReplicas: 1,
        observedGeneration: 2,
        conditions: [progressed, available],
      },
    ),
    "Current Available: 1 of 1 replica is available",
  ],
  [
    "a ReplicaSet that cannot make pods says why",
    make(
      "ReplicaSet",
      { replicas: 1 },
      { conditions: [condition("ReplicaFailure", "True", "FailedCreate", "forbidden")] },
    ),
    "InProgress FailedCreate: forbidden",
  ],
  [
    "a ReplicaSet counts",
    make(
      "ReplicaSet",
      { replicas: 2 },
      { observedGeneration: 1, fullyLabeledReplicas: 2, replicas: 2, availableReplicas: 1 },
    ),
    "InProgress LessAvailable: 1 of 2 replicas are available",
  ],
  [
    "a ReplicaSet without replicas is current",
    make("ReplicaSet", { replicas: 0 }, { observedGeneration: 1, replicas: 0 }),
    "Current Available: 0 of 0 replicas are available",
  ],
]);

const set = { observedGeneration: 1, replicas: 3, readyReplicas: 3, currentRevision: "a", updateRevision: "a" };

cases([
  [
    "a StatefulSet counts ready replicas",
    make("StatefulSet", { replicas: 3 }, { ...set, readyReplicas: 2 }),
    "InProgress LessReady: 2 of 3 replicas are ready",
  ],
  [
    "a StatefulSet waits until the new revision is everywhere",
    make("StatefulSet", { replicas: 3 }, { ...set, updateRevision: "b", updatedReplicas: 1 }),
    "InProgress RevisionMismatch: 1 of 3 replicas are updated",
  ],
  [
    "a StatefulSet with a partition updates what lies beyond it",
    make(
      "StatefulSet",
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 1 } } },
      { ...set, updateRevision: "b", updatedReplicas: 1 },
    ),
    "InProgress PartitionRollout: 1 of 2 replicas are updated, from replica 1 on",
  ],
  [
    "a StatefulSet is current when its partition is updated",
    make(
      "StatefulSet",
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 1 } } },
      { ...set, updateRevision: "b", updatedReplicas: 2 },
    ),
    "Current PartitionRollout: 2 of 2 replicas are updated, from replica 1 on",
  ],
  [
    "a StatefulSet that updates on deletion waits for nobody",
    make(
      "StatefulSet",
      { replicas: 3, updateStrategy: { type: "OnDelete" } },
      { ...set, updateRevision: "b", updatedReplicas: 1 },
    ),
    "Current OnDelete: 1 of 3 replicas are updated, the others once they are deleted",
  ],
  [
    "a StatefulSet is current when all are ready and of one revision",
    make("StatefulSet", { replicas: 3 }, set),
    "Current Available: 3 of 3 replicas are ready",
  ],
  [
    "a DaemonSet counts pods by nodes",
    make(
      "DaemonSet",
      {},
      { observedGeneration: 1, desiredNumberScheduled: 4, currentNumberScheduled: 4, updatedNumberScheduled: 2 },
    ),
    "InProgress LessUpdated: 2 of 4 pods are updated",
  ],
  [
    "a DaemonSet that updates on deletion does not wait for updates",
    make(
      "DaemonSet",
      { updateStrategy: { type: "OnDelete" } },
      {
        observedGeneration: 1,
        desiredNumberScheduled: 4,
        currentNumberScheduled: 4,
        updatedNumberScheduled: 2,
        numberAvailable: 4,
        numberReady: 4,
      },
    ),
    "Current Available: 4 of 4 pods are available",
  ],
  [
    "a DaemonSet without nodes is current",
    make("DaemonSet", {}, { observedGeneration: 1, desiredNumberScheduled: 0 }),
    "Current Available: 0 of 0 pods are available",
  ],
  [
    "a Rollout that is degraded has failed",
    make("Rollout", { replicas: 2 }, { phase: "Degraded", message: "deadline exceeded", updatedReplicas: 1 }),
    "Failed Degraded: deadline exceeded (1 of 2 replicas are updated)",
  ],
  [
    "a Rollout that is paused is in progress",
    make("Rollout", { replicas: 2 }, { phase: "Paused", message: "CanaryPauseStep", updatedReplicas: 1 }),
    "InProgress Paused: CanaryPauseStep (1 of 2 replicas are updated)",
  ],
  [
    "a healthy Rollout is current",
    make("Rollout", { replicas: 2 }, { phase: "Healthy", availableReplicas: 2 }),
    "Current Healthy: 2 of 2 replicas are available",
  ],
  [
    "a Job that has not begun is in progress",
    make("Job", {}, {}),
    "InProgress JobNotStarted: it has not been started yet",
  ],
  [
    "a Job that runs is in progress",
    make("Job", { completions: 3 }, { startTime: "2026-01-01T00:00:00Z", succeeded: 1, active: 1, failed: 2 }),
    "InProgress JobRunning: 1 of 3 pods have completed, 1 active, 2 failed",
  ],
  [
    "a Job that has completed is current",
    make("Job", {}, { succeeded: 1, conditions: [condition("Complete", "True")] }),
    "Current Complete: 1 of 1 pod has completed",
  ],
  [
    "a Job that has failed says why",
    make("Job", {}, { failed: 7, conditions: [condition("Failed", "True", "BackoffLimitExceeded", "too many")] }),
    "Failed BackoffLimitExceeded: too many (0 of 1 pod has completed, 7 failed)",
  ],
  [
    "a suspended Job is current",
    make("Job", { suspend: true }, {}),
    "Current Suspended: it is suspended: 0 of 1 pod has completed",
  ],
  [
    "a CronJob is current",
    make("CronJob", {}, { active: [{}], lastScheduleTime: "2026-01-01T00:00:00Z" }),
    "Current Scheduled: last run 2026-01-01T00:00:00Z, 1 running",
  ],
  ["a suspended CronJob says so", make("CronJob", { suspend: true }, {}), "Current Suspended: it is suspended"],
]);

test("whatever a status holds, there is an answer", () => {
  const value: fc.Arbitrary<JsonValue> = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;
  const field = fc.constantFrom(
    "conditions",
    "phase",
    "parents",
    "containerStatuses",
    "replicas",
    "observedGeneration",
    "loadBalancer",
    "active",
  );
  const part = fc.dictionary(field, value) as fc.Arbitrary<JsonObject>;
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(versions)), part, part, (kind, spec, status) => {
      const found = statusOf(make(kind, spec, status));
      assert.ok(found.reason !== "" && found.message !== "", JSON.stringify(found));
    }),
    { seed: 5, numRuns: 2000 },
  );
});
