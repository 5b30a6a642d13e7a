import type { JsonObject } from "@fairlead/apimachinery";

import { container, pods, times, type TableObject } from "./sim-table-pods.ts";

export type { TableObject };

/** Objects whose rows show something: pods in all the states that they can be in, and so on. */
export function tableObjects(namespace: string): readonly TableObject[] {
  return [...pods(), ...workloads(), ...network(), ...storage(namespace), ...others(namespace)];
}

const labels = { app: "web" };
const template = {
  metadata: { labels },
  spec: { containers: [container("a"), container("b")], nodeSelector: { zone: "b", disk: "ssd" } },
};
const selector = {
  matchLabels: labels,
  matchExpressions: [
    { key: "tier", operator: "In", values: ["b", "a"] },
    { key: "old", operator: "DoesNotExist" },
    { key: "env", operator: "Exists" },
    { key: "zone", operator: "NotIn", values: ["x"] },
  ],
};
const matching = { ...template, metadata: { labels: { app: "web", tier: "a", env: "x" } } };

function workload(apiVersion: string, kind: string, name: string, spec: JsonObject, status?: JsonObject): TableObject {
  const object = { apiVersion, kind, metadata: { name }, spec };
  return status === undefined ? { object } : { object, status };
}

function workloads(): readonly TableObject[] {
  const counts = { replicas: 3, readyReplicas: 2, availableReplicas: 1, updatedReplicas: 3 };
  const once = { metadata: { labels }, spec: { restartPolicy: "Never", containers: [container("a")] } };
  return [
    workload("apps/v1", "Deployment", "one", { replicas: 4, selector, template: matching }, counts),
    workload(
      "apps/v1",
      "ReplicaSet",
      "one",
      { replicas: 4, selector, template: matching },
      { replicas: 3, readyReplicas: 2 },
    ),
    workload(
      "apps/v1",
      "StatefulSet",
      "one",
      { serviceName: "s", replicas: 4, selector, template: matching },
      { replicas: 3, readyReplicas: 2 },
    ),
    workload(
      "apps/v1",
      "DaemonSet",
      "one",
      { selector, template: matching },
      {
        currentNumberScheduled: 3,
        numberMisscheduled: 0,
        desiredNumberScheduled: 4,
        numberReady: 2,
        updatedNumberScheduled: 1,
        numberAvailable: 1,
      },
    ),
    workload(
      "v1",
      "ReplicationController",
      "one",
      { replicas: 2, selector: labels, template },
      { replicas: 2, readyReplicas: 1 },
    ),
    workload("batch/v1", "Job", "plain", { template: once }),
    workload(
      "batch/v1",
      "Job",
      "parallel",
      { parallelism: 3, template: once },
      { succeeded: 1, startTime: times.minutes },
    ),
    workload(
      "batch/v1",
      "Job",
      "suspended",
      { suspend: true, completions: 5, template: once },
      {
        conditions: [{ type: "Suspended", status: "True" }],
      },
    ),
    workload(
      "batch/v1",
      "CronJob",
      "one",
      { schedule: "*/5 * * * *", timeZone: "Europe/Zurich", jobTemplate: { spec: { template: once } } },
      {
        lastScheduleTime: times.days,
        active: [{ kind: "Job", name: "x" }],
      },
    ),
    workload("batch/v1", "CronJob", "two", {
      schedule: "@daily",
      suspend: true,
      jobTemplate: { spec: { template: once } },
    }),
    workload(
      "policy/v1",
      "PodDisruptionBudget",
      "min",
      { minAvailable: "50%", selector: {} },
      {
        disruptionsAllowed: 2,
        currentHealthy: 3,
        desiredHealthy: 1,
        expectedPods: 3,
      },
    ),
    workload("policy/v1", "PodDisruptionBudget", "max", { maxUnavailable: 1, selector: {} }),
    {
      object: {
        apiVersion: "apps/v1",
        kind: "ControllerRevision",
        metadata: {
          name: "owned",
          ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: "u", controller: true }],
        },
        revision: 7,
        data: { spec: {} },
      },
    },
    ...autoscalers(),
  ];
}

function autoscalers(): readonly TableObject[] {
  const metric = { metric: { name: "queue" } };
  const metrics: JsonObject[] = [
    { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
    { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "0.5Gi" } } },
    { type: "Pods", pods: { ...metric, target: { type: "AverageValue", averageValue: "1500m" } } },
    { type: "External", external: { ...metric, target: { type: "Value", value: "30" } } },
    { type: "External", external: { ...metric, target: { type: "AverageValue", averageValue: "3" } } },
    {
      type: "Object",
      object: { ...metric, describedObject: { kind: "Service", name: "s" }, target: { type: "Value", value: "2k" } },
    },
    {
      type: "Object",
      object: {
        ...metric,
        describedObject: { kind: "Service", name: "s" },
        target: { type: "AverageValue", averageValue: "2k" },
      },
    },
    {
      type: "ContainerResource",
      containerResource: { name: "cpu", container: "a", target: { type: "Utilization", averageUtilization: 60 } },
    },
    {
      type: "ContainerResource",
      containerResource: { name: "cpu", container: "a", target: { type: "AverageValue", averageValue: "100m" } },
    },
  ];
  const current: JsonObject[] = [
    { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 55, averageValue: "110m" } } },
    { type: "Resource", resource: { name: "memory", current: { averageValue: "300Mi" } } },
    { type: "Pods", pods: { ...metric, current: { averageValue: "1" } } },
    { type: "External", external: { ...metric, current: { value: "12" } } },
    { type: "External", external: { ...metric, current: { averageValue: "2" } } },
    {
      type: "Object",
      object: { ...metric, describedObject: { kind: "Service", name: "s" }, current: { value: "1k" } },
    },
    {
      type: "Object",
      object: { ...metric, describedObject: { kind: "Service", name: "s" }, current: { averageValue: "1k" } },
    },
    {
      type: "ContainerResource",
      containerResource: { name: "cpu", container: "a", current: { averageUtilization: 5, averageValue: "1m" } },
    },
    { type: "ContainerResource", containerResource: { name: "cpu", container: "a", current: { averageValue: "50m" } } },
  ];
  const scaler = (name: string, list: readonly JsonObject[], reported: readonly JsonObject[]): TableObject =>
    workload(
      "autoscaling/v2",
      "HorizontalPodAutoscaler",
      name,
      {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "one" },
        maxReplicas: 9,
        metrics: [...list],
      },
      { currentReplicas: 2, desiredReplicas: 3, conditions: [], currentMetrics: [...reported] },
    );
  return [
    ...metrics.flatMap((one, index) => [scaler(`m${index}`, [one], [current[index]!]), scaler(`n${index}`, [one], [])]),
    // The version v1 keeps the use of CPU apart, and shows it last.
    scaler("many", [...metrics.slice(1, 4), metrics[0]!], [...current.slice(1, 4), current[0]!]),
  ];
}

function network(): readonly TableObject[] {
  const ports = [
    { name: "http", port: 80 },
    { name: "dns", port: 53, protocol: "UDP" },
  ];
  const service = (name: string, spec: JsonObject, status?: JsonObject): TableObject =>
    workload("v1", "Service", name, { ports, selector: labels, ...spec }, status);
  const ip = (...addresses: readonly string[]): JsonObject[] => addresses.map((one) => ({ ip: one }));
  return [
    service("cluster", {}),
    service("headless", { clusterIP: "None", ports: [] }),
    service("external-ips", { externalIPs: ["203.0.113.9", "203.0.113.7"] }),
    service("node", { type: "NodePort" }),
    service("pending", { type: "LoadBalancer" }),
    service(
      "balanced",
      { type: "LoadBalancer", externalIPs: ["203.0.113.1"] },
      {
        loadBalancer: { ingress: [{ hostname: "z.example.com" }, { ip: "203.0.113.200" }, { ip: "203.0.113.3" }] },
      },
    ),
    service("named", { type: "ExternalName", externalName: "db.example.com" }),
    workload(
      "networking.k8s.io/v1",
      "Ingress",
      "one",
      {
        ingressClassName: "nginx",
        tls: [{ hosts: ["a.example.com"] }],
        rules: ["a.example.com", "b.example.com", "c.example.com", "d.example.com"].map((host) => ({ host })),
      },
      { loadBalancer: { ingress: [{ ip: "203.0.113.3" }, { hostname: "lb.example.com" }] } },
    ),
    workload("networking.k8s.io/v1", "Ingress", "any", {
      defaultBackend: { service: { name: "s", port: { number: 80 } } },
    }),
    workload("networking.k8s.io/v1", "NetworkPolicy", "one", { podSelector: selector }),
    workload("networking.k8s.io/v1", "NetworkPolicy", "all", { podSelector: {} }),
    {
      object: {
        apiVersion: "v1",
        kind: "Endpoints",
        metadata: { name: "many" },
        subsets: [
          {
            addresses: ip("10.0.0.1", "10.0.0.2"),
            ports: [
              { name: "a", port: 80 },
              { name: "b", port: 81 },
            ],
          },
          { addresses: ip("10.0.0.3"), ports: [] },
        ],
      },
    },
    { object: { apiVersion: "v1", kind: "Endpoints", metadata: { name: "none" } } },
    {
      object: {
        apiVersion: "v1",
        kind: "Endpoints",
        metadata: { name: "six" },
        subsets: [{ addresses: ip("fd00::1"), ports: [{ port: 443 }] }],
      },
    },
    {
      object: {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "many" },
        addressType: "IPv4",
        ports: [{ name: "a", port: 80 }, { name: "b", port: 81 }, { name: "c" }, { name: "d", port: 83 }],
        endpoints: [{ addresses: ["10.0.0.1", "10.0.0.2"] }, { addresses: ["10.0.0.3"] }, { addresses: ["10.0.0.4"] }],
      },
    },
    {
      object: {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "none" },
        addressType: "IPv6",
        endpoints: [],
      },
    },
  ];
}

function storage(namespace: string): readonly TableObject[] {
  const claim = { accessModes: ["ReadWriteOnce", "ReadOnlyMany"], resources: { requests: { storage: "1Gi" } } };
  return [
    workload("v1", "PersistentVolumeClaim", "pending", claim, { phase: "Pending" }),
    workload(
      "v1",
      "PersistentVolumeClaim",
      "bound",
      { ...claim, volumeName: "v", storageClassName: "fast" },
      {
        phase: "Bound",
        accessModes: ["ReadWriteMany", "ReadWriteOncePod"],
        capacity: { storage: "1500Mi" },
      },
    ),
    {
      object: {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: `${namespace}-volume`, annotations: { "volume.beta.kubernetes.io/storage-class": "old" } },
        spec: {
          capacity: { storage: "1024Mi" },
          accessModes: ["ReadWriteOnce"],
          hostPath: { path: "/x" },
          storageClassName: "old",
          claimRef: { namespace, name: "bound", kind: "PersistentVolumeClaim" },
        },
      },
      status: { phase: "Failed", reason: "Broken" },
    },
  ];
}

function others(namespace: string): readonly TableObject[] {
  const event = (name: string, more: JsonObject): TableObject => ({
    object: {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: { kind: "Pod", name: "web", namespace },
      reason: "Testing",
      message: " something\nhappened ",
      type: "Normal",
      ...more,
    },
  });
  return [
    workload(
      "v1",
      "ResourceQuota",
      "one",
      { hard: { "limits.cpu": "4", "requests.cpu": "2", pods: "10" } },
      {
        hard: { "limits.cpu": "4", "requests.cpu": "2", pods: "10", "limits.memory": "1Gi" },
        used: { "limits.cpu": "500m", pods: "3" },
      },
    ),
    event("old", {
      firstTimestamp: times.days,
      lastTimestamp: times.minutes,
      count: 4,
      source: { component: "kubelet", host: "node-1" },
    }),
    event("single", {
      firstTimestamp: times.days,
      involvedObject: { kind: "Pod", name: "web", namespace, fieldPath: "spec.containers{a}" },
    }),
    event("nameless", { involvedObject: { kind: "Node", namespace } }),
    {
      object: {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name: "new", namespace },
        eventTime: "2026-01-02T03:04:05.678901Z",
        series: { count: 5, lastObservedTime: times.minutes.replace("Z", ".000000Z") },
        reportingController: "example.com/controller",
        reportingInstance: "controller-1",
        action: "Test",
        reason: "Testing",
        note: "a note",
        regarding: { kind: "Pod", name: "web", namespace },
        type: "Warning",
      },
    },
    {
      object: { apiVersion: "v1", kind: "Secret", metadata: { name: "three" }, stringData: { a: "1", b: "2", c: "3" } },
    },
    {
      object: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "two" },
        data: { a: "1" },
        binaryData: { b: "AA==" },
      },
    },
    {
      object: {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { name: "all" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
        subjects: [
          { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "ann" },
          { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "bob" },
          { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "ops" },
          { kind: "ServiceAccount", name: "default", namespace },
        ],
      },
    },
    {
      object: {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
          name: `${namespace}-a`,
          labels: { "node-role.kubernetes.io/worker": "", "kubernetes.io/role": "db" },
        },
        spec: { unschedulable: true },
      },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        addresses: [
          { type: "InternalIP", address: "10.1.0.1" },
          { type: "ExternalIP", address: "203.0.113.5" },
        ],
        nodeInfo: {
          ...Object.fromEntries(["machineID", "systemUUID", "bootID", "kubeProxyVersion"].map((key) => [key, ""])),
          kubeletVersion: "v1.36.3",
          osImage: "Linux",
          kernelVersion: "6.1",
          containerRuntimeVersion: "containerd://2",
          operatingSystem: "linux",
          architecture: "amd64",
        },
      },
    },
    {
      object: { apiVersion: "v1", kind: "Node", metadata: { name: `${namespace}-b` } },
      status: { conditions: [{ type: "Ready", status: "Unknown" }] },
    },
    { object: { apiVersion: "v1", kind: "Node", metadata: { name: `${namespace}-c` } } },
    {
      object: {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "held" },
        spec: { holderIdentity: "me" },
      },
    },
    { object: { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "free" }, spec: {} } },
  ];
}
