import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../json.ts";
import type { StatusOptions } from "./object-status.ts";
import { statusOf } from "./status-of.ts";

const versions: { readonly [kind: string]: string } = {
  APIService: "apiregistration.k8s.io/v1",
  CustomResourceDefinition: "apiextensions.k8s.io/v1",
  Gateway: "gateway.networking.k8s.io/v1",
  HTTPRoute: "gateway.networking.k8s.io/v1",
  HorizontalPodAutoscaler: "autoscaling/v2",
  Ingress: "networking.k8s.io/v1",
  Namespace: "v1",
  PersistentVolume: "v1",
  PersistentVolumeClaim: "v1",
  Pod: "v1",
  PodDisruptionBudget: "policy/v1",
  Service: "v1",
};

function make(kind: string, spec: JsonObject, status: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: versions[kind]!, kind, metadata: { name: "x", ...metadata }, spec, status };
}

function condition(type: string, status: string, reason = "", message = "", more: JsonObject = {}): JsonObject {
  return { type, status, reason, message, ...more };
}

type Case = readonly [rule: string, object: JsonObject, expected: string, options?: StatusOptions];

/** One test per case: `Status Reason: message`. */
function cases(list: readonly Case[]): void {
  for (const [rule, object, expected, options] of list) {
    test(rule, () => {
      const { status, reason, message } = statusOf(object, options);
      assert.equal(`${status} ${reason}: ${message}`, expected);
    });
  }
}

const waiting = (name: string, reason: string, more: JsonObject = {}): JsonObject => ({
  name,
  state: { waiting: { reason } },
  ...more,
});
const unschedulable = condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available", {
  lastTransitionTime: "2026-01-01T00:00:00Z",
});

cases([
  [
    "a Pod that nobody has seen is in progress",
    make("Pod", {}, {}),
    "InProgress PodNotObserved: it has not been seen yet",
  ],
  [
    "a Pod that is Ready is current",
    make(
      "Pod",
      {},
      {
        phase: "Running",
        conditions: [condition("Ready", "True")],
        containerStatuses: [{ name: "a", ready: true, restartCount: 1 }],
      },
    ),
    "Current Ready: 1 of 1 container is ready, 1 restart",
  ],
  [
    "a Pod that runs counts ready containers",
    make("Pod", {}, { phase: "Running", containerStatuses: [{ name: "a", ready: true }, { name: "b" }] }),
    "InProgress PodRunningNotReady: 1 of 2 containers are ready",
  ],
  [
    "a container in a crash loop has failed, with restarts and exit code",
    make(
      "Pod",
      {},
      {
        phase: "Running",
        containerStatuses: [
          waiting("a", "CrashLoopBackOff", {
            restartCount: 4,
            lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
          }),
        ],
      },
    ),
    "Failed CrashLoopBackOff: container a: CrashLoopBackOff, 4 restarts, last exit code 137 (OOMKilled)",
  ],
  [
    "an image that cannot be pulled has failed",
    make("Pod", {}, { phase: "Pending", containerStatuses: [waiting("a", "ImagePullBackOff")] }),
    "Failed ImagePullBackOff: container a: ImagePullBackOff",
  ],
  [
    "an init container that crashes has failed",
    make(
      "Pod",
      {},
      {
        phase: "Pending",
        initContainerStatuses: [waiting("i", "CrashLoopBackOff")],
        containerStatuses: [waiting("a", "PodInitializing")],
      },
    ),
    "Failed CrashLoopBackOff: init container i: CrashLoopBackOff",
  ],
  [
    "init containers are counted",
    make("Pod", {}, { phase: "Pending", initContainerStatuses: [{ name: "i", ready: true }, { name: "j" }] }),
    "InProgress PodInitializing: 1 of 2 init containers are done",
  ],
  [
    "an unschedulable Pod is in progress while nobody knows for how long",
    make("Pod", {}, { phase: "Pending", conditions: [unschedulable] }),
    "InProgress Unschedulable: 0/3 nodes are available",
  ],
  [
    "an unschedulable Pod may still find a node within 15 seconds",
    make("Pod", {}, { phase: "Pending", conditions: [unschedulable] }),
    "InProgress Unschedulable: 0/3 nodes are available",
    { now: Date.parse("2026-01-01T00:00:15Z") },
  ],
  [
    "an unschedulable Pod has failed after 15 seconds",
    make("Pod", {}, { phase: "Pending", conditions: [unschedulable] }),
    "Failed Unschedulable: 0/3 nodes are available",
    { now: Date.parse("2026-01-01T00:00:16Z") },
  ],
  [
    "a gated Pod is in progress",
    make("Pod", {}, { phase: "Pending", conditions: [condition("PodScheduled", "False", "SchedulingGated", "gates")] }),
    "InProgress SchedulingGated: gates",
  ],
  [
    "a Pod whose containers are created is in progress",
    make("Pod", {}, { phase: "Pending", containerStatuses: [waiting("a", "ContainerCreating")] }),
    "InProgress PodPending: its containers are being created",
  ],
  [
    "a Pod that has completed is current",
    make("Pod", {}, { phase: "Succeeded" }),
    "Current Completed: it has completed",
  ],
  [
    "a Pod that has failed says how it ended",
    make("Pod", {}, { phase: "Failed", containerStatuses: [{ name: "a", state: { terminated: { exitCode: 3 } } }] }),
    "Failed PodFailed: container a has ended with exit code 3",
  ],
  [
    "a Pod that was evicted says so",
    make("Pod", {}, { phase: "Failed", reason: "Evicted", message: "low on memory" }),
    "Failed Evicted: low on memory",
  ],
]);

cases([
  [
    "a claim that is bound is current",
    make("PersistentVolumeClaim", {}, { phase: "Bound", capacity: { storage: "1Gi" } }),
    "Current Bound: it is bound to a volume of 1Gi",
  ],
  [
    "a claim without a volume is in progress",
    make("PersistentVolumeClaim", {}, { phase: "Pending" }),
    "InProgress NotBound: no volume is bound to it yet",
  ],
  [
    "a claim whose volume is lost has failed",
    make("PersistentVolumeClaim", {}, { phase: "Lost" }),
    "Failed Lost: its volume is gone",
  ],
  [
    "a volume that is available is current",
    make("PersistentVolume", {}, { phase: "Available" }),
    "Current Available: it is available",
  ],
  [
    "a volume that cannot be reclaimed has failed",
    make("PersistentVolume", {}, { phase: "Failed", message: "no plugin" }),
    "Failed Failed: no plugin",
  ],
  [
    "a budget counts",
    make(
      "PodDisruptionBudget",
      {},
      { observedGeneration: 1, currentHealthy: 2, expectedPods: 3, disruptionsAllowed: 1 },
    ),
    "Current Computed: 2 of 3 pods are healthy, 1 disruption allowed",
  ],
  [
    "a budget that cannot be computed is in progress",
    make(
      "PodDisruptionBudget",
      {},
      { observedGeneration: 1, conditions: [condition("DisruptionAllowed", "False", "SyncFailed", "no controller")] },
    ),
    "InProgress SyncFailed: no controller",
  ],
  [
    "a Service with its address is current",
    make("Service", { clusterIP: "10.0.0.1" }, {}),
    "Current Ready: it has its address",
  ],
  ["a headless Service is current", make("Service", { clusterIP: "None" }, {}), "Current Ready: it has its address"],
  [
    "a Service that only names a host is current",
    make("Service", { type: "ExternalName", externalName: "db" }, {}),
    "Current ExternalName: it stands for db",
  ],
  [
    "a load balancer without an address is in progress",
    make("Service", { type: "LoadBalancer", clusterIP: "10.0.0.1" }, { loadBalancer: {} }),
    "InProgress NoAddress: it waits for the address of its load balancer",
  ],
  [
    "a load balancer with an address is current",
    make(
      "Service",
      { type: "LoadBalancer", clusterIP: "10.0.0.1" },
      { loadBalancer: { ingress: [{ hostname: "lb" }] } },
    ),
    "Current Ready: its load balancer has lb",
  ],
  [
    "an Ingress has nothing to wait for",
    make("Ingress", {}, {}),
    "Current Current: no controller has given it an address",
  ],
  [
    "an Ingress tells its address",
    make("Ingress", {}, { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } }),
    "Current Ready: it is served at 192.0.2.1",
  ],
  [
    "a route that no Gateway has seen has nothing to wait for",
    make("HTTPRoute", {}, {}),
    "Current Current: no Gateway has said anything of it",
  ],
  [
    "a route that one parent refuses is in progress",
    make(
      "HTTPRoute",
      {},
      {
        parents: [
          {
            parentRef: { name: "a" },
            conditions: [condition("Accepted", "True"), condition("PartiallyInvalid", "False")],
          },
          {
            parentRef: { name: "b" },
            conditions: [condition("ResolvedRefs", "False", "BackendNotFound", "no Service x")],
          },
        ],
      },
    ),
    "InProgress BackendNotFound: b: no Service x",
  ],
  [
    "a route that is accepted is current",
    make("HTTPRoute", {}, { parents: [{ conditions: [condition("Accepted", "True")] }] }),
    "Current Accepted: its Gateway has accepted it",
  ],
  [
    "a Gateway waits until it is programmed",
    make(
      "Gateway",
      {},
      { conditions: [condition("Accepted", "True"), condition("Programmed", "False", "Pending", "no address")] },
    ),
    "InProgress Pending: no address",
  ],
  [
    "a CRD waits until it is established",
    make("CustomResourceDefinition", {}, {}),
    "InProgress Installing: the server does not serve its kind yet",
  ],
  [
    "a CRD that is established is current",
    make(
      "CustomResourceDefinition",
      {},
      { conditions: [condition("NamesAccepted", "True"), condition("Established", "True")] },
    ),
    "Current Established: the server serves its kind",
  ],
  [
    "a CRD whose names are taken has failed",
    make(
      "CustomResourceDefinition",
      {},
      {
        conditions: [
          condition("NamesAccepted", "False", "PluralConflict", "x is taken"),
          condition("Established", "False", "NotAccepted"),
        ],
      },
    ),
    "Failed PluralConflict: x is taken",
  ],
  [
    "an APIService that does not answer is in progress",
    make("APIService", {}, { conditions: [condition("Available", "False", "MissingEndpoints", "no pods")] }),
    "InProgress MissingEndpoints: no pods",
  ],
  [
    "an APIService that answers is current",
    make("APIService", {}, { conditions: [condition("Available", "True", "Passed", "")] }),
    "Current Passed: Passed",
  ],
  [
    "a Namespace is current when it is active",
    make("Namespace", {}, { phase: "Active" }),
    "Current Active: it is active",
  ],
  [
    "an autoscaler without metrics is current, and says so",
    make(
      "HorizontalPodAutoscaler",
      {},
      {
        conditions: [
          condition("AbleToScale", "True"),
          condition("ScalingActive", "False", "FailedGetResourceMetric", "no metrics API"),
        ],
      },
    ),
    "Current FailedGetResourceMetric: it does not scale: no metrics API",
  ],
  [
    "an autoscaler that cannot find what it scales is in progress",
    make(
      "HorizontalPodAutoscaler",
      {},
      { conditions: [condition("AbleToScale", "False", "FailedGetScale", "no Deployment x")] },
    ),
    "InProgress FailedGetScale: no Deployment x",
  ],
  [
    "an autoscaler that scales tells how far",
    make("HorizontalPodAutoscaler", { minReplicas: 2, maxReplicas: 5 }, { currentReplicas: 3 }),
    "Current Scaling: 3 replicas of 2 to 5",
  ],
]);
