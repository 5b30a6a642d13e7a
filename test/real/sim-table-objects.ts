import type { JsonObject } from "@fairlead/apimachinery";

/** An object that is stored, and the status that is written afterwards. */
export interface TableObject {
  readonly object: JsonObject;
  readonly status?: JsonObject;
}

/** Objects whose rows show something: pods in all the states that they can be in, and so on. */
export function tableObjects(namespace: string): readonly TableObject[] {
  return [...pods(), ...workloads(), ...network(), ...storage(namespace), ...others(namespace)];
}

const times = {
  long: "2020-02-29T10:00:00Z",
  days: new Date(Date.now() - 5 * 86_400_000).toISOString().replace(/\.\d+Z/, "Z"),
  minutes: new Date(Date.now() - 300_000).toISOString().replace(/\.\d+Z/, "Z"),
};

const container = (name: string): JsonObject => ({ name, image: `registry.example/${name}:1` });

function pod(name: string, spec: JsonObject, status: JsonObject | undefined): TableObject {
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { containers: [container("a")], ...spec } };
  return status === undefined ? { object } : { object, status };
}

function containerStatus(name: string, more: JsonObject): JsonObject {
  return { name, image: "i", imageID: "", ready: false, restartCount: 0, ...more };
}

const terminated = (exitCode: number, more: JsonObject = {}): JsonObject => ({
  terminated: { exitCode, startedAt: times.days, finishedAt: times.minutes, ...more },
});
const running: JsonObject = { running: { startedAt: times.days } };
const twoContainers = { containers: [container("a"), container("b")] };
const sidecar = { ...container("side"), restartPolicy: "Always" };

function pods(): readonly TableObject[] {
  const ready: JsonObject = { type: "Ready", status: "True" };
  const init = { initContainers: [container("first"), container("second")] };
  return [
    pod("plain", {}, undefined),
    pod(
      "wide",
      { nodeName: "node-1", readinessGates: [{ conditionType: "x/y" }, { conditionType: "x/z" }] },
      {
        phase: "Running",
        podIP: "10.0.0.1",
        podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }],
        conditions: [
          { type: "x/y", status: "True" },
          { type: "x/z", status: "False" },
        ],
      },
    ),
    pod("nominated", {}, { phase: "Pending", nominatedNodeName: "node-2" }),
    pod("gated", { schedulingGates: [{ name: "example.com/gate" }] }, undefined),
    pod("running", twoContainers, {
      phase: "Running",
      conditions: [ready],
      containerStatuses: [
        containerStatus("a", { ready: true, state: running, restartCount: 3, lastState: terminated(1) }),
        containerStatus("b", { ready: true, state: running }),
      ],
    }),
    pod(
      "crashing",
      {},
      {
        phase: "Running",
        containerStatuses: [
          containerStatus("a", {
            restartCount: 12,
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: terminated(2),
          }),
        ],
      },
    ),
    pod(
      "completed",
      { restartPolicy: "Never" },
      {
        phase: "Succeeded",
        containerStatuses: [containerStatus("a", { state: terminated(0, { reason: "Completed" }) })],
      },
    ),
    pod(
      "failed",
      { restartPolicy: "Never" },
      {
        phase: "Failed",
        containerStatuses: [containerStatus("a", { state: terminated(3, { reason: "Error" }) })],
      },
    ),
    pod("evicted", {}, { phase: "Failed", reason: "Evicted" }),
    pod(
      "signal",
      { restartPolicy: "Never" },
      {
        phase: "Failed",
        containerStatuses: [containerStatus("a", { state: terminated(137, { signal: 9 }) })],
      },
    ),
    pod(
      "exit-code",
      { restartPolicy: "Never" },
      {
        phase: "Failed",
        containerStatuses: [containerStatus("a", { state: terminated(7) })],
      },
    ),
    pod(
      "half-done",
      { ...twoContainers, restartPolicy: "Never" },
      {
        phase: "Running",
        conditions: [{ type: "Ready", status: "False" }],
        containerStatuses: [
          containerStatus("a", { state: terminated(0, { reason: "Completed" }) }),
          containerStatus("b", { ready: true, state: running }),
        ],
      },
    ),
    pod(
      "half-done-ready",
      { ...twoContainers, restartPolicy: "Never" },
      {
        phase: "Running",
        conditions: [ready],
        containerStatuses: [
          containerStatus("a", { state: terminated(0, { reason: "Completed" }) }),
          containerStatus("b", { ready: true, state: running }),
        ],
      },
    ),
    pod(
      "half-failed",
      { ...twoContainers, restartPolicy: "Never" },
      {
        phase: "Failed",
        containerStatuses: [
          containerStatus("a", { state: terminated(0, { reason: "Completed" }) }),
          containerStatus("b", { state: terminated(4, { reason: "OOMKilled" }) }),
        ],
      },
    ),
    pod("initializing", init, {
      phase: "Pending",
      initContainerStatuses: [
        containerStatus("first", { restartCount: 2, state: terminated(0), lastState: terminated(1) }),
        containerStatus("second", { state: { waiting: { reason: "PodInitializing" } } }),
      ],
    }),
    pod("init-failed", init, {
      phase: "Pending",
      initContainerStatuses: [
        containerStatus("first", {
          restartCount: 4,
          state: terminated(1, { reason: "Error" }),
          lastState: terminated(1),
        }),
      ],
    }),
    pod("init-signal", init, {
      phase: "Pending",
      initContainerStatuses: [containerStatus("first", { state: terminated(1, { signal: 15 }) })],
    }),
    pod("init-exit", init, {
      phase: "Pending",
      initContainerStatuses: [containerStatus("first", { state: terminated(9) })],
    }),
    pod("init-pull", init, {
      phase: "Pending",
      initContainerStatuses: [containerStatus("first", { state: { waiting: { reason: "ErrImagePull" } } })],
    }),
    pod(
      "sidecar",
      { initContainers: [sidecar, container("second")] },
      {
        phase: "Running",
        initContainerStatuses: [
          containerStatus("side", {
            ready: true,
            started: true,
            restartCount: 5,
            state: running,
            lastState: terminated(1),
          }),
          containerStatus("second", { state: terminated(0), restartCount: 1 }),
        ],
        containerStatuses: [containerStatus("a", { ready: true, restartCount: 2, state: running })],
      },
    ),
    pod(
      "sidecar-starting",
      { initContainers: [sidecar] },
      {
        phase: "Pending",
        initContainerStatuses: [containerStatus("side", { started: false, state: running })],
      },
    ),
  ];
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
