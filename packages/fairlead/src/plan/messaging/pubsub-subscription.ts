import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { SubscriptionConfig } from "../../kinds/messaging-parts.ts";
import type { SubscriptionSpec } from "../../kinds/subscription.ts";
import { fields, filled } from "../shared/fields.ts";
import { messagingMetadata, type MessagingContext } from "./context.ts";
import { inSeconds } from "./limits.ts";
import { deadLetterName, kubernetesName } from "./names.ts";
import { pubsubApi } from "./pubsub-topic.ts";
import type { PlannedSubscription } from "./subscriptions.ts";

/** https://cloud.google.com/config-connector/docs/reference/resource-docs/pubsub/pubsubsubscription */
export function pubsubSubscription(
  context: MessagingContext<SubscriptionSpec>,
  { real, topic, config, deadLetter }: PlannedSubscription,
): KrmObject {
  return {
    apiVersion: pubsubApi,
    kind: "PubSubSubscription",
    metadata: messagingMetadata(context, kubernetesName(real)),
    spec: fields({
      resourceID: real,
      topicRef: topicRef(topic),
      ackDeadlineSeconds: config.ackDeadlineSeconds,
      messageRetentionDuration: inSeconds(config.messageRetentionDuration),
      expirationPolicy: { ttl: inSeconds(config.ttl)! },
      filter: config.filter,
      enableMessageOrdering: config.ordering,
      enableExactlyOnceDelivery: config.exactlyOnce,
      retainAckedMessages: config.retainAcked,
      pushConfig: config.push === undefined ? undefined : pushConfig(config.push),
      ...(deadLetter
        ? {
            deadLetterPolicy: {
              deadLetterTopicRef: topicRef(deadLetterName(topic)),
              maxDeliveryAttempts: config.maxDeliveryAttempts,
            },
          }
        : {}),
      ...(deadLetter || !context.declaration.compat
        ? {
            retryPolicy: {
              minimumBackoff: inSeconds(config.minimumBackoff)!,
              maximumBackoff: inSeconds(config.maximumBackoff)!,
            },
          }
        : {}),
    }),
  };
}

function topicRef(topic: string): JsonObject {
  return topic.includes("/") ? { external: topic } : { name: kubernetesName(topic) };
}

function pushConfig({
  endpoint,
  serviceAccount,
  audience,
  attributes,
}: NonNullable<SubscriptionConfig["push"]>): JsonObject {
  return fields({
    pushEndpoint: endpoint,
    attributes: filled(attributes),
    oidcToken: serviceAccount === undefined ? undefined : fields({ serviceAccountEmail: serviceAccount, audience }),
  });
}
