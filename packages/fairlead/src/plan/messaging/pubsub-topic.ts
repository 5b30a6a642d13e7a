import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { TopicConfig } from "../../kinds/messaging-parts.ts";
import type { TopicSpec } from "../../kinds/topic.ts";
import { fields, filled } from "../shared/fields.ts";
import { messagingMetadata, type MessagingContext } from "./context.ts";
import { inSeconds } from "./limits.ts";
import { deadLetterName, kubernetesName } from "./names.ts";
import type { PlannedTopic } from "./topics.ts";

export const pubsubApi = "pubsub.cnrm.cloud.google.com/v1beta1";

/** The topic, and for dead letters a topic with a subscription, since a topic without one keeps nothing. */
export function pubsubTopicObjects(context: MessagingContext<TopicSpec>, topic: PlannedTopic): readonly KrmObject[] {
  const objects = [pubsubTopic(context, topic.real, topic.config)];
  if (!topic.deadLetter) return objects;
  const dead = deadLetterName(topic.real);
  return [...objects, pubsubTopic(context, dead, topic.config), deadLetterSubscription(context, dead)];
}

function pubsubTopic(context: MessagingContext<TopicSpec>, real: string, config: TopicConfig): KrmObject {
  const { messageRetentionDuration, allowedPersistenceRegions, kmsKey, schema } = config;
  const name = kubernetesName(real);
  const regions = filled(allowedPersistenceRegions);
  return {
    apiVersion: pubsubApi,
    kind: "PubSubTopic",
    metadata: messagingMetadata(context, name),
    spec: fields({
      resourceID: real,
      messageRetentionDuration: inSeconds(messageRetentionDuration),
      kmsKeyRef: kmsKey === undefined ? undefined : { external: kmsKey },
      messageStoragePolicy: regions === undefined ? undefined : { allowedPersistenceRegions: [...regions] },
      schemaSettings: schema === undefined ? undefined : schemaSettings(schema),
    }),
  };
}

function schemaSettings({ name, encoding }: NonNullable<TopicConfig["schema"]>): JsonObject {
  const schemaRef = name.includes("/") ? { external: name } : { name };
  return fields({ encoding, schemaRef });
}

function deadLetterSubscription(context: MessagingContext<TopicSpec>, real: string): KrmObject {
  const name = kubernetesName(real);
  return {
    apiVersion: pubsubApi,
    kind: "PubSubSubscription",
    metadata: messagingMetadata(context, name),
    spec: fields({
      resourceID: real,
      topicRef: { name },
      // A place where letters wait must not vanish because nobody looks; the predecessor left that to chance.
      expirationPolicy: context.declaration.compat ? undefined : { ttl: "" },
    }),
  };
}
