import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { appSpec, container, declare, planApp, type Surroundings } from "../../../test/workloads/planning.ts";

function scaledObject(scaling: object, around: Surroundings = {}, more: object = {}) {
  return planApp(appSpec({ scaling: { max: 10, ...scaling }, ...more }), around).one("ScaledObject");
}

function trigger(scaling: object, around: Surroundings = {}): JsonObject {
  return (scaledObject(scaling, around).spec["triggers"] as JsonObject[])[0]!;
}

describe("KEDA's ScaledObject", () => {
  test("scales the workload between min, which is 1, and max, whose replicas are left out", () => {
    const planned = planApp(appSpec({ replicas: 3, scaling: { max: 5, cpu: 60 } }));
    assert.deepEqual(planned.one("ScaledObject").spec, {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "orders" },
      minReplicaCount: 1,
      maxReplicaCount: 5,
      triggers: [{ type: "cpu", metricType: "Utilization", metadata: { value: "60" } }],
    });
    assert.equal(planned.one("Deployment").spec["replicas"], undefined);
    assert.deepEqual(planned.codes, ["FL211"]);
  });

  test("scales a StatefulSet and a Rollout as such", () => {
    const target = (more: object) => scaledObject({ cpu: 50 }, {}, more).spec["scaleTargetRef"];
    assert.deepEqual(target({ workload: "StatefulSet" }), {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      name: "orders",
    });
    assert.deepEqual(target({ rollout: {} }), { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", name: "orders" });
  });

  test("passes its settings on", () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } };
    const fallback = { failureThreshold: 3, replicas: 6 };
    const settings = {
      name: "orders-scaler",
      annotations: { "autoscaling.keda.sh/paused": "true" },
      labels: { a: "b" },
    };
    const { metadata, spec } = scaledObject({
      ...settings,
      min: 2,
      idle: 0,
      cpu: 1,
      pubsub: [],
      pollingInterval: 5,
      cooldownPeriod: 60,
      behavior,
      fallback,
    });
    assert.equal(metadata.name, "orders-scaler");
    assert.equal(metadata.annotations?.["autoscaling.keda.sh/paused"], "true");
    assert.equal(metadata.labels?.["a"], "b");
    const { scaleTargetRef: _, triggers: __, ...rest } = spec;
    assert.deepEqual(rest, {
      pollingInterval: 5,
      cooldownPeriod: 60,
      idleReplicaCount: 0,
      minReplicaCount: 2,
      maxReplicaCount: 10,
      fallback,
      advanced: { horizontalPodAutoscalerConfig: { behavior } },
    });
  });

  test("has its triggers in one order, whatever the order they are written in", () => {
    const { spec } = scaledObject({
      triggers: [{ type: "redis", metadata: {} }],
      cron: [{ start: "0 8 * * *", end: "0 20 * * *", replicas: 5 }],
      prometheus: [{ serverAddress: "http://p", query: "q", threshold: 5 }],
      kafka: [{ topic: "t", consumerGroup: "g", bootstrapServers: "k:9092" }],
      rabbitmq: [{ queue: "q", size: 5 }],
      pubsub: [{ subscription: "s", size: 5 }],
      memory: 80,
      cpu: 50,
    });
    const types = ["cpu", "memory", "gcp-pubsub", "rabbitmq", "kafka", "prometheus", "cron", "redis"];
    assert.deepEqual(
      (spec["triggers"] as JsonObject[]).map(({ type }) => type),
      types,
    );
  });
});

describe("the metadata of triggers", () => {
  const rows: [what: string, scaling: object, type: string, metadata: object][] = [
    [
      "pubsub by backlog",
      { pubsub: [{ subscription: "orders", size: 100, activation: 5 }] },
      "gcp-pubsub",
      { subscriptionName: "orders", mode: "SubscriptionSize", value: "100", activationValue: "5" },
    ],
    [
      "pubsub by age, in seconds",
      { pubsub: [{ subscription: "orders", maxAge: "1m30s" }] },
      "gcp-pubsub",
      { subscriptionName: "orders", mode: "OldestUnackedMessageAge", value: "90" },
    ],
    [
      "pubsub by messages a second, summed over five minutes",
      { pubsub: [{ subscription: "orders", throughput: "2.5" }] },
      "gcp-pubsub",
      { subscriptionName: "orders", mode: "SentMessageCount", aggregation: "sum", timeHorizon: "5m", value: "750" },
    ],
    [
      "rabbitmq by backlog",
      { rabbitmq: [{ queue: "orders", size: 20, vhost: "/", hostFromEnv: "AMQP_URL", protocol: "amqp" }] },
      "rabbitmq",
      {
        queueName: "orders",
        mode: "QueueLength",
        value: "20",
        vhostName: "/",
        hostFromEnv: "AMQP_URL",
        protocol: "amqp",
      },
    ],
    [
      "rabbitmq by rate",
      { rabbitmq: [{ queue: "orders", rate: 7 }] },
      "rabbitmq",
      { queueName: "orders", mode: "MessageRate", value: "7" },
    ],
    [
      "kafka",
      { kafka: [{ topic: "t", consumerGroup: "g", bootstrapServers: "k:9092", lag: 50, activation: 3 }] },
      "kafka",
      { bootstrapServers: "k:9092", consumerGroup: "g", topic: "t", lagThreshold: "50", activationLagThreshold: "3" },
    ],
    [
      "prometheus",
      { prometheus: [{ serverAddress: "http://p", query: "q", threshold: 1.5, activation: 1 }] },
      "prometheus",
      { serverAddress: "http://p", query: "q", threshold: "1.5", activationThreshold: "1" },
    ],
    [
      "cron, in UTC unless said otherwise",
      { cron: [{ start: "0 8 * * *", end: "0 20 * * *", replicas: 5 }] },
      "cron",
      { timezone: "UTC", start: "0 8 * * *", end: "0 20 * * *", desiredReplicas: "5" },
    ],
  ];
  for (const [what, scaling, type, metadata] of rows) {
    test(`of ${what}`, () => {
      const found = trigger(scaling);
      assert.equal(found["type"], type);
      assert.deepEqual(found["metadata"], metadata);
    });
  }

  test("read variables of the main container, which KEDA looks for in the first", () => {
    const containers = [container({ name: "proxy" }), container({ env: [{ name: "AMQP_URL", value: "amqp://x" }] })];
    const { spec } = scaledObject({ rabbitmq: [{ queue: "q", size: 1, hostFromEnv: "AMQP_URL" }] }, {}, { containers });
    assert.equal((spec["scaleTargetRef"] as JsonObject)["envSourceContainerName"], "orders");
  });
});

describe("the credentials of a queue trigger", () => {
  const queue = { pubsub: [{ subscription: "orders", size: 1 }] };
  const shared = { settings: { scaling: { authentication: "shared" } } };

  test("are its own, the App's only one, or the environment's", () => {
    const own = { pubsub: [{ subscription: "orders", size: 1, authentication: "mine" }] };
    assert.deepEqual(trigger(own, shared)["authenticationRef"], { name: "mine" });
    const owned = { ...queue, triggerAuthentications: [{ name: "app", spec: { podIdentity: { provider: "gcp" } } }] };
    assert.deepEqual(trigger(owned, shared)["authenticationRef"], { name: "app" });
    assert.deepEqual(trigger(queue, shared)["authenticationRef"], { name: "shared" });
  });

  test("that belong to the App are made with it", () => {
    const spec = { podIdentity: { provider: "gcp" } };
    const planned = planApp(
      appSpec({ scaling: { max: 2, ...queue, triggerAuthentications: [{ name: "app", spec }] } }),
    );
    assert.deepEqual(planned.one("TriggerAuthentication", "app").spec, spec);
    assert.deepEqual(planned.codes, []);
  });

  test("are missed when there are none", () => {
    const planned = planApp(appSpec({ scaling: { max: 2, ...queue } }));
    assert.deepEqual(planned.codes, ["FL218"]);
  });

  test("may be of the whole cluster", () => {
    const object = {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ClusterTriggerAuthentication",
      metadata: { name: "shared" },
    };
    assert.deepEqual(trigger(queue, { ...shared, objects: [object as KrmObject] })["authenticationRef"], {
      name: "shared",
      kind: "ClusterTriggerAuthentication",
    });
  });
});

describe("the subscription of a pubsub trigger", () => {
  const spec = { prefix: "dev-", subscriptions: [{ topic: "t", subscription: "orders" }] };
  const around = { declarations: [declare("Subscription", spec as never, { name: "subs" })] };
  const nameOf = (subscription: string) =>
    (trigger({ pubsub: [{ subscription, size: 1 }] }, around)["metadata"] as JsonObject)["subscriptionName"];

  test("gets the prefix of the Subscription that declares it, once", () => {
    assert.equal(nameOf("orders"), "dev-orders");
    assert.equal(nameOf("dev-orders"), "dev-orders");
    assert.equal(nameOf("projects/p/subscriptions/other"), "projects/p/subscriptions/other");
  });

  test("is a finding when Subscriptions are declared and none is it", () => {
    const scaling = { max: 2, pubsub: [{ subscription: "ordres", size: 1, authentication: "x" }] };
    const [finding, ...rest] = planApp(appSpec({ scaling }), around).findings;
    assert.deepEqual([finding?.code, finding?.severity, rest.length], ["FL217", "warning", 0]);
    assert.match(finding?.hint ?? "", /did you mean orders/);
  });
});
