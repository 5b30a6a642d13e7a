import fc, { type Arbitrary } from "fast-check";
import type { AppSpec } from "../../src/kinds/app.ts";
import type { TaskSpec } from "../../src/kinds/task.ts";
import { amount, boolean, common, containerFields, duration, labels, partial, resources, word } from "./arbitraries.ts";

/** Containers that contradict neither each other nor themselves; the first is named like the App. */
const soundContainers = fc
  .tuple(
    fc.record(
      {
        ...containerFields,
        image: fc.constantFrom("registry.example/orders:1.4.2", "nginx"),
        http: fc.record(
          {
            port: fc.constant(8000),
            servicePort: fc.constant(80),
            name: fc.constantFrom("api", "http-admin"),
            path: fc.constant("/"),
          },
          { requiredKeys: ["port"] },
        ),
        grpc: fc.record({ port: fc.constant(5000), service: word, probe: boolean }, { requiredKeys: ["port"] }),
        ports: fc.constantFrom(
          [{ containerPort: 9000, name: "metrics" }],
          [{ containerPort: 53, protocol: "UDP" as const }],
          [],
        ),
        env: fc.constantFrom([{ name: "DD_ENV", value: "mine" }], []),
        securityContext: fc.constantFrom(
          { runAsUser: 0 },
          { privileged: true },
          { capabilities: { add: ["SYS_ADMIN"] } },
          { capabilities: { add: ["NET_BIND_SERVICE"] }, readOnlyRootFilesystem: false },
        ),
        resources,
      },
      { requiredKeys: ["image", "resources"] },
    ),
    fc.option(fc.record({ image: word, resources, ports: fc.constant([{ containerPort: 9121, name: "exporter" }]) }), {
      nil: undefined,
    }),
  )
  .map(([main, sidecar]) => [
    { name: "orders", ...main },
    ...(sidecar === undefined ? [] : [{ name: "exporter", ...sidecar }]),
  ]);

const soundScaling = fc.record(
  {
    max: fc.integer({ min: 3, max: 20 }),
    min: fc.integer({ min: 1, max: 3 }),
    cpu: fc.integer({ min: 1, max: 100 }),
    memory: fc.integer({ min: 1, max: 100 }),
    pubsub: fc.constantFrom(
      [{ subscription: "a", size: 5 }],
      [{ subscription: "a", maxAge: "1m" }],
      [{ subscription: "a", throughput: 2 }],
    ),
    rabbitmq: fc.constantFrom([{ queue: "q", rate: 5 }], [{ queue: "q", size: "5", hostFromEnv: "AMQP_URL" }]),
    kafka: fc.constant([{ topic: "t", consumerGroup: "g", bootstrapServers: "k:9092", lag: 5 }]),
    prometheus: fc.constant([{ serverAddress: "http://p", query: "q", threshold: 1.5 }]),
    cron: fc.constant([{ start: "0 8 * * *", end: "0 20 * * *", replicas: 3 }]),
    triggers: fc.constant([{ type: "redis", metadata: { address: "r:6379", listName: "l", listLength: "5" } }]),
    pollingInterval: fc.integer({ min: 1, max: 60 }),
    cooldownPeriod: fc.integer({ min: 0, max: 60 }),
    behavior: fc.constant({ scaleDown: { stabilizationWindowSeconds: 60 } }),
    fallback: fc.constant({ failureThreshold: 3, replicas: 3 }),
    triggerAuthentications: fc.constant([{ name: "queue", spec: { podIdentity: { provider: "gcp" } } }]),
    engine: fc.constant("keda"),
  },
  { requiredKeys: ["max", "cpu", "engine"] },
);

const soundRollout = fc.oneof(
  partial({
    steps: fc.constantFrom(
      [
        { weight: 30, pause: "5m" },
        { weight: 60, pause: true },
      ],
      [{ weight: 5 }],
      [],
    ),
    trafficRouter: fc.constantFrom("none", "traefik", "istio"),
    analysis: partial({
      datadog: fc.record({ operation: fc.constant("http.request"), errorRPM: amount, p95latency: duration }),
      prometheus: fc.record({
        address: fc.constant("http://p"),
        query: word,
        successCondition: fc.constant("result[0] < 1"),
      }),
      web: fc.record({ url: fc.constant("http://x"), successCondition: fc.constant("result"), headers: labels }),
    }),
  }),
  fc.constantFrom(
    { strategy: { blueGreen: { previewService: "orders-preview" } } },
    { strategy: { canary: { stableService: "orders-s", canaryService: "orders-c", steps: [{ setWeight: 5 }] } } },
  ),
);

const soundService = partial({
  name: fc.constant("web"),
  labels,
  annotations: labels,
  type: fc.constantFrom("ClusterIP", "NodePort", "LoadBalancer"),
  sessionAffinity: fc.constantFrom("None", "ClientIP"),
  publishNotReadyAddresses: boolean,
});

const soundCommon = {
  ...common,
  containers: soundContainers,
  volumes: fc.constantFrom([{ name: "a", emptyDir: {} }], [{ name: "b", configMap: { name: "web" } }]),
};

const soundMonitoring = partial({
  datadog: boolean,
  prometheus: fc.record(
    {
      port: fc.constantFrom(9000, 9121, 9999),
      path: fc.constant("/m"),
      interval: fc.constant("30s"),
      via: fc.constantFrom("PodMonitor", "annotations"),
    },
    { requiredKeys: ["port"] },
  ),
});

const claims = fc.constant([
  {
    metadata: { name: "claim" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  },
]);

/** Specs of Apps that hang together, so that what they become should be accepted by a server. */
export const soundAppSpecs: Arbitrary<AppSpec> = fc
  .tuple(
    fc.record(
      {
        ...soundCommon,
        monitoring: soundMonitoring,
        service: soundService,
        services: fc.constantFrom([{ clusterIP: "None", name: "peers" }], [{ type: "LoadBalancer" as const }]),
        disruptionBudget: fc.constantFrom(
          { enabled: true },
          { minAvailable: "50%" },
          { maxUnavailable: 1 },
          { enabled: false },
        ),
        minReadySeconds: fc.integer({ min: 0, max: 30 }),
        revisionHistoryLimit: fc.integer({ min: 0, max: 3 }),
        selector: fc.constant({ matchLabels: { app: "old" } }),
      },
      { requiredKeys: ["containers"] },
    ),
    fc.oneof(
      partial({
        replicas: fc.integer({ min: 0, max: 5 }),
        progressDeadlineSeconds: fc.integer({ min: 60, max: 600 }),
        paused: boolean,
      }),
      fc.record({ scaling: soundScaling }),
      partial({
        replicas: fc.integer({ min: 0, max: 5 }),
        volumeClaimTemplates: claims,
        serviceName: fc.constantFrom("", "peers"),
        podManagementPolicy: fc.constant("Parallel"),
        ordinals: fc.constant({ start: 1 }),
      }).map((more) => ({ ...more, workload: "StatefulSet" })),
      fc.constant({ workload: "DaemonSet", updateStrategy: { type: "OnDelete" } }),
      fc.record({ rollout: soundRollout, replicas: fc.integer({ min: 1, max: 5 }) }, { requiredKeys: ["rollout"] }),
    ),
  )
  .map(([base, more]): unknown => ({ ...base, ...more })) as Arbitrary<AppSpec>;

/** Specs of Tasks that hang together. */
export const soundTaskSpecs: Arbitrary<TaskSpec> = fc
  .tuple(
    fc.record({ ...soundCommon, monitoring: soundMonitoring }, { requiredKeys: ["containers"] }),
    partial({
      backoffLimit: fc.integer({ min: 0, max: 5 }),
      activeDeadlineSeconds: fc.integer({ min: 1, max: 600 }),
      podActiveDeadlineSeconds: fc.integer({ min: 1, max: 600 }),
      ttlSecondsAfterFinished: fc.constant(60),
      completions: fc.constant(3),
      parallelism: fc.constant(2),
      suspend: fc.constant(true),
    }),
    fc.oneof(
      fc.record({ uniqueName: boolean, restartPolicy: fc.constantFrom("OnFailure", "Never") }),
      fc.record({
        schedule: fc.constantFrom("0 3 * * *", "@daily", "*/5 1-3 * jan mon"),
        timeZone: fc.constant("Europe/Berlin"),
        concurrencyPolicy: fc.constantFrom("Allow", "Forbid", "Replace"),
      }),
      fc.constantFrom(
        { manual: true },
        {
          podFailurePolicy: {
            rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
          },
        },
      ),
    ),
  )
  .map(([base, job, more]): unknown => ({ ...base, ...job, ...more })) as Arbitrary<TaskSpec>;
