import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import type { Scaling } from "../../kinds/scaling.ts";
import { seconds } from "../shared/duration.ts";
import { fields } from "../shared/fields.ts";
import { integer, items, object, scalar, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { subscriptionName } from "./subscriptions.ts";
import { queueAuthentication, reference } from "./trigger-authentication.ts";

type Item<List extends "pubsub" | "rabbitmq" | "kafka" | "prometheus" | "cron"> = NonNullable<Scaling[List]>[number];

/**
 * KEDA's triggers in the order cpu, memory, pubsub, rabbitmq, kafka, prometheus, cron, triggers.
 * Metadata: https://keda.sh/docs/2.18/scalers/
 */
export function triggers(context: WorkloadContext<AppSpec>): JsonValue[] {
  const scaling = object(context.spec.scaling);
  if (scaling === undefined) return [];
  const compat = context.mode === "compat";
  return [
    ...utilization("cpu", scaling.cpu, compat),
    ...utilization("memory", scaling.memory, compat),
    ...items(scaling.pubsub).map((trigger) => pubsub(context, trigger)),
    ...items(scaling.rabbitmq).map((trigger) => rabbitmq(context, trigger)),
    ...items(scaling.kafka).map((trigger) => kafka(context, trigger)),
    ...items(scaling.prometheus).map((trigger) => prometheus(context, trigger)),
    ...items(scaling.cron).map(cron),
    ...items(scaling.triggers as JsonObject[] | undefined),
  ];
}

/** Until KEDA 2.18 the type of the target could stand in the metadata, where the predecessor wrote it. */
function utilization(type: "cpu" | "memory", target: unknown, compat: boolean): JsonObject[] {
  const value = scalar(target);
  if (value === undefined) return [];
  return compat
    ? [{ type, metadata: { type: "Utilization", value } }]
    : [{ type, metricType: "Utilization", metadata: { value } }];
}

/** Pub/Sub's counters come once a minute and late; five minutes are what KEDA itself takes for sums. */
const horizonSeconds = 300;

function pubsub(context: WorkloadContext<AppSpec>, trigger: Item<"pubsub">): JsonObject {
  const authenticationRef = queueAuthentication(context, trigger.authentication, "pubsub");
  const name = subscriptionName(context, text(trigger.subscription) ?? "");
  const activationValue = scalar(trigger.activation);
  if (context.mode === "compat") {
    const metadata = fields({ subscriptionName: name, subscriptionSize: scalar(trigger.size), activationValue });
    return fields({ type: "gcp-pubsub", metadata, authenticationRef });
  }
  const metadata = fields({ subscriptionName: name, ...pubsubTarget(trigger), activationValue });
  return fields({ type: "gcp-pubsub", metadata, authenticationRef });
}

/** KEDA's mode and value of the one target that is written. */
function pubsubTarget(trigger: Item<"pubsub">): { [key: string]: string } {
  const size = scalar(trigger.size);
  if (size !== undefined) return { mode: "SubscriptionSize", value: size };
  const age = seconds(trigger.maxAge);
  if (age !== undefined) return { mode: "OldestUnackedMessageAge", value: String(age) };
  const perSecond = Number(scalar(trigger.throughput) ?? Number.NaN);
  if (!Number.isFinite(perSecond)) return {};
  return {
    mode: "SentMessageCount",
    aggregation: "sum",
    timeHorizon: `${horizonSeconds / 60}m`,
    value: String(perSecond * horizonSeconds),
  };
}

function rabbitmq(context: WorkloadContext<AppSpec>, trigger: Item<"rabbitmq">): JsonObject {
  const host = text(trigger.hostFromEnv);
  const size = scalar(trigger.size);
  return fields({
    type: "rabbitmq",
    metadata: fields({
      queueName: text(trigger.queue),
      mode: size === undefined ? "MessageRate" : "QueueLength",
      value: size ?? scalar(trigger.rate),
      activationValue: scalar(trigger.activation),
      vhostName: text(trigger.vhost),
      hostFromEnv: host,
      protocol: text(trigger.protocol),
    }),
    authenticationRef:
      host === undefined
        ? queueAuthentication(context, trigger.authentication, "rabbitmq")
        : reference(context, text(trigger.authentication)),
  });
}

function kafka(context: WorkloadContext<AppSpec>, trigger: Item<"kafka">): JsonObject {
  return fields({
    type: "kafka",
    metadata: fields({
      bootstrapServers: text(trigger.bootstrapServers),
      consumerGroup: text(trigger.consumerGroup),
      topic: text(trigger.topic),
      lagThreshold: scalar(trigger.lag),
      activationLagThreshold: scalar(trigger.activation),
    }),
    authenticationRef: queueAuthentication(context, trigger.authentication, "kafka"),
  });
}

function prometheus(context: WorkloadContext<AppSpec>, trigger: Item<"prometheus">): JsonObject {
  return fields({
    type: "prometheus",
    metadata: fields({
      serverAddress: text(trigger.serverAddress),
      query: text(trigger.query),
      threshold: scalar(trigger.threshold),
      activationThreshold: scalar(trigger.activation),
    }),
    authenticationRef: reference(context, text(trigger.authentication)),
  });
}

function cron(trigger: Item<"cron">): JsonObject {
  const replicas = integer(trigger.replicas);
  return {
    type: "cron",
    metadata: fields({
      timezone: text(trigger.timezone) ?? "UTC",
      start: text(trigger.start),
      end: text(trigger.end),
      desiredReplicas: replicas === undefined ? undefined : String(replicas),
    }),
  };
}
