import {
  Duration,
  Either,
  IntOrString,
  Open,
  StringEnum,
  StringMap,
  Type,
  type Static,
  completedByBase,
} from "./schema.ts";

const percent = (what: string) =>
  Type.Integer({ minimum: 1, maximum: 10000, description: `Target ${what}, in percent of the requests.` });
const authentication = Type.Optional(
  Type.String({
    description:
      "The TriggerAuthentication that holds the credentials, of the App itself (`triggerAuthentications`) or of the namespace; a ClusterTriggerAuthentication when the input has one of that name.",
  }),
);
const activation = Type.Optional(IntOrString({ description: "The value above which the workload leaves zero." }));

const PubsubTrigger = Type.Object(
  {
    subscription: Type.String({ description: "The Subscription (or the Pub/Sub subscription) whose backlog counts." }),
    size: Type.Optional(IntOrString({ description: "Messages waiting, per replica (KEDA's mode SubscriptionSize)." })),
    maxAge: Type.Optional(
      Duration({ description: "The age that the oldest message may reach (KEDA's mode OldestUnackedMessageAge)." }),
    ),
    throughput: Type.Optional(
      IntOrString({
        description:
          "Messages per second, delivered to the subscription, for each replica (KEDA's mode SentMessageCount over five minutes). Take less than a replica can handle, so that growth shows.",
      }),
    ),
    activation,
    authentication,
  },
  { description: "One of size, maxAge and throughput." },
);

const RabbitmqTrigger = Type.Object({
  queue: Type.String(),
  size: Type.Optional(IntOrString({ description: "Messages waiting, per replica (mode QueueLength)." })),
  rate: Type.Optional(IntOrString({ description: "Messages published per second, per replica (mode MessageRate)." })),
  vhost: Type.Optional(Type.String()),
  hostFromEnv: Type.Optional(
    Type.String({ description: "The variable of the main container that holds the AMQP or management URL." }),
  ),
  protocol: Type.Optional(StringEnum(["auto", "amqp", "http"])),
  activation,
  authentication,
});

const KafkaTrigger = Type.Object({
  topic: Type.String(),
  consumerGroup: Type.String(),
  bootstrapServers: Type.String(),
  lag: Type.Optional(IntOrString({ description: "Messages behind, per replica (lagThreshold)." })),
  activation,
  authentication,
});

const PrometheusTrigger = Type.Object({
  serverAddress: Type.String(),
  query: Type.String(),
  threshold: IntOrString(),
  activation,
  authentication,
});

const CronTrigger = Type.Object({
  start: Type.String({ description: "A cron expression: when the replicas are wanted." }),
  end: Type.String({ description: "A cron expression: when they are no longer wanted." }),
  timezone: Type.Optional(Type.String({ description: "An IANA time zone; UTC unless said otherwise." })),
  replicas: Type.Integer({ minimum: 0 }),
});

/** How many replicas run, and what decides it. */
export const Scaling = Type.Object(
  {
    engine: Type.Optional(
      StringEnum(["keda", "hpa"], {
        description:
          "KEDA's ScaledObject, or a HorizontalPodAutoscaler (cpu and memory only). KEDA unless the Environment says otherwise.",
      }),
    ),
    min: Type.Optional(Type.Integer({ minimum: 0, description: "The least replicas; 1 unless said otherwise." })),
    max: Type.Integer({ minimum: 1, description: "The most replicas." }),
    idle: Type.Optional(
      Type.Integer({ minimum: 0, description: "Replicas while no trigger is active (KEDA's idleReplicaCount)." }),
    ),
    cpu: Type.Optional(percent("CPU use")),
    memory: Type.Optional(percent("memory use")),
    pubsub: Type.Optional(Type.Array(PubsubTrigger)),
    rabbitmq: Type.Optional(Type.Array(RabbitmqTrigger)),
    kafka: Type.Optional(Type.Array(KafkaTrigger)),
    prometheus: Type.Optional(Type.Array(PrometheusTrigger)),
    cron: Type.Optional(Type.Array(CronTrigger)),
    triggers: Type.Optional(
      Type.Array(Open(), { description: "KEDA triggers as they are, for every scaler that has no shorthand." }),
    ),
    pollingInterval: Type.Optional(
      Type.Integer({ minimum: 1, description: "Seconds between two looks at the triggers." }),
    ),
    cooldownPeriod: Type.Optional(Type.Integer({ minimum: 0, description: "Seconds to wait before going to zero." })),
    behavior: Type.Optional(Open({ description: "The behaviour of the HorizontalPodAutoscaler (autoscaling/v2)." })),
    fallback: Type.Optional(Open({ description: "KEDA's fallback." })),
    labels: Type.Optional(StringMap({ description: "Labels of the autoscaler object." })),
    annotations: Type.Optional(
      StringMap({ description: "Annotations of the autoscaler object, such as KEDA's pause." }),
    ),
    name: Type.Optional(
      Type.String({ description: "The name of the autoscaler object; the App's unless said otherwise." }),
    ),
    triggerAuthentications: Type.Optional(
      Type.Array(
        Type.Object({ name: Type.String(), spec: Open({ description: "KEDA's TriggerAuthenticationSpec." }) }),
        {
          description: "TriggerAuthentications that belong to this App.",
        },
      ),
    ),
  },
  {
    description:
      "Replicas by load. The triggers are given to the autoscaler in the order cpu, memory, pubsub, rabbitmq, kafka, prometheus, cron, triggers.",
    ...completedByBase("max"),
  },
);
export type Scaling = Static<typeof Scaling>;

const Analysis = Type.Object(
  {
    datadog: Type.Optional(
      Type.Object({
        operation: Type.String({ description: "The trace operation, such as `http.request`." }),
        errorRPM: Type.Optional(IntOrString({ description: "Errors per minute that the canary may have." })),
        p95latency: Type.Optional(
          Either(Duration(), Type.Number(), {
            description: "The 95th percentile that the canary may have: a duration, or seconds.",
          }),
        ),
        interval: Type.Optional(Duration()),
        failureLimit: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
    ),
    prometheus: Type.Optional(
      Type.Object({
        address: Type.String(),
        query: Type.String(),
        successCondition: Type.String({ description: "Argo's expression over `result`, such as `result[0] < 0.01`." }),
        interval: Type.Optional(Duration()),
        failureLimit: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
    ),
    web: Type.Optional(
      Type.Object({
        url: Type.String(),
        jsonPath: Type.Optional(Type.String()),
        successCondition: Type.String(),
        headers: Type.Optional(StringMap()),
        interval: Type.Optional(Duration()),
        failureLimit: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
    ),
    startingStep: Type.Optional(
      Type.Integer({ minimum: 0, description: "The step from which the analysis runs; 2 unless said otherwise." }),
    ),
  },
  { description: "What has to hold while the canary runs; each becomes an AnalysisTemplate." },
);

/** How a new version takes over. */
export const RolloutSettings = Type.Object(
  {
    steps: Type.Optional(
      Type.Array(
        Type.Object({
          weight: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 100,
              description: "The share of the traffic (or of the replicas) that the new version gets.",
            }),
          ),
          pause: Type.Optional(
            Either(Duration(), Type.Boolean(), { description: "How long to wait; `true` waits for a person." }),
          ),
        }),
        { description: "Canary steps; each sets a weight, waits, or both." },
      ),
    ),
    strategy: Type.Optional(
      Open({ description: "Argo Rollouts' own `canary` or `blueGreen`, as it is; instead of `steps`." }),
    ),
    trafficRouter: Type.Optional(
      StringEnum(["none", "traefik", "istio", "gateway"], {
        description: "What splits the traffic; `none` splits by replica count.",
      }),
    ),
    analysis: Type.Optional(Analysis),
  },
  {
    description: "Canary or blue-green by Argo Rollouts.",
  },
);
export type RolloutSettings = Static<typeof RolloutSettings>;
