import type { KindDefinition } from "./define.ts";
import { messagingOwn, SubscriptionConfig } from "./messaging-parts.ts";
import { Type, type Static } from "./schema.ts";

const topicName = Type.String({
  description: "The Topic's name without prefix, or projects/P/topics/T for one of another project.",
});

export const SubscriptionSpec = Type.Object(
  {
    ...messagingOwn,
    topic: Type.Optional(topicName),
    name: Type.Optional(
      Type.String({ description: "The real name, behind the prefix; metadata.name unless said otherwise." }),
    ),
    subscriptions: Type.Optional(
      Type.Array(
        Type.Object({
          topic: topicName,
          subscription: Type.String({ description: "The real name, behind the prefix." }),
          config: Type.Optional(SubscriptionConfig),
          deadLetter: Type.Optional(Type.Boolean()),
        }),
        { description: "Several subscriptions in one object; each one's config goes over the shared one." },
      ),
    ),
    config: Type.Optional(SubscriptionConfig),
  },
  { description: "Who receives the messages of a topic." },
);
export type SubscriptionSpec = Static<typeof SubscriptionSpec>;

export const subscription: KindDefinition = {
  kind: "Subscription",
  plural: "subscriptions",
  description:
    "One or several subscriptions of topics, with dead-letter and retry policies: Pub/Sub by Config Connector, or queues of RabbitMQ.",
  capability: "messaging",
  spec: SubscriptionSpec,
  columns: [
    { name: "Topic", type: "string", jsonPath: ".spec.topic" },
    { name: "Prefix", type: "string", jsonPath: ".spec.prefix" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  example: {
    apiVersion: "fairlead.dev/v1alpha1",
    kind: "Subscription",
    metadata: { name: "billing", namespace: "shop" },
    spec: {
      prefix: "dev-",
      config: { ackDeadlineSeconds: 30, maxDeliveryAttempts: 10 },
      subscriptions: [
        { topic: "orders", subscription: "billing-orders" },
        { topic: "payments", subscription: "billing-payments", config: { ordering: true } },
      ],
    },
  },
};
