import type { KindDefinition } from "./define.ts";
import { messagingOwn, TopicConfig } from "./messaging-parts.ts";
import { Either, Type, type Static } from "./schema.ts";

export const TopicSpec = Type.Object(
  {
    ...messagingOwn,
    name: Type.Optional(
      Type.String({ description: "The real name, behind the prefix; metadata.name unless said otherwise." }),
    ),
    topics: Type.Optional(
      Type.Array(
        Either(
          Type.String(),
          Type.Object({
            name: Type.String(),
            config: Type.Optional(TopicConfig),
            deadLetter: Type.Optional(Type.Boolean()),
          }),
        ),
        { description: "Several topics in one object, by name or with their own config." },
      ),
    ),
    config: Type.Optional(TopicConfig),
  },
  { description: "Where messages are published." },
);
export type TopicSpec = Static<typeof TopicSpec>;

export const topic: KindDefinition = {
  kind: "Topic",
  plural: "topics",
  description:
    "One or several message topics with their dead-letter topics: Pub/Sub by Config Connector, or exchanges of RabbitMQ.",
  capability: "messaging",
  spec: TopicSpec,
  columns: [
    { name: "Prefix", type: "string", jsonPath: ".spec.prefix" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  example: {
    apiVersion: "fairlead.dev/v1alpha1",
    kind: "Topic",
    metadata: { name: "orders", namespace: "shop" },
    spec: { prefix: "dev-", topics: ["orders", { name: "payments", config: { messageRetentionDuration: "86400s" } }] },
  },
};
