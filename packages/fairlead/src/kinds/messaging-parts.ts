import { Environments } from "./shared.ts";
import { Duration, Open, StringEnum, StringMap, Type, type Static } from "./schema.ts";

/** What a Topic can say about itself, for all or for one. */
export const TopicConfig = Type.Object({
  messageRetentionDuration: Type.Optional(
    Duration({ description: "How long the topic keeps messages for replay: 10m to 31 days (Pub/Sub)." }),
  ),
  allowedPersistenceRegions: Type.Optional(
    Type.Array(Type.String(), { description: "Cloud regions that may store messages (Pub/Sub)." }),
  ),
  kmsKey: Type.Optional(Type.String({ description: "projects/P/locations/L/keyRings/R/cryptoKeys/K (Pub/Sub)." })),
  schema: Type.Optional(
    Type.Object(
      { name: Type.String(), encoding: Type.Optional(StringEnum(["JSON", "BINARY"])) },
      { description: "The schema that messages obey: a PubSubSchema's name, or projects/P/schemas/S." },
    ),
  ),
  type: Type.Optional(
    StringEnum(["fanout", "topic", "direct", "headers"], {
      description: "The exchange's type (RabbitMQ); fanout unless said otherwise, so that each subscription gets all.",
    }),
  ),
  arguments: Type.Optional(Open({ description: "The exchange's arguments (RabbitMQ)." })),
});
export type TopicConfig = Static<typeof TopicConfig>;

const seconds = (description: string) => Duration({ description });

/** The six values of a subscription, and what goes with them. */
export const SubscriptionConfig = Type.Object(
  {
    ackDeadlineSeconds: Type.Optional(
      Type.Integer({
        description: "Seconds until an unacknowledged message is sent again: 10 to 600. 10 unless said otherwise.",
      }),
    ),
    maxDeliveryAttempts: Type.Optional(
      Type.Integer({
        description: "Attempts before a message goes to the dead-letter topic: 5 to 100. 5 unless said otherwise.",
      }),
    ),
    messageRetentionDuration: Type.Optional(
      seconds("How long an unacknowledged message is kept: 10m to 31 days. 604800s (7 days) unless said otherwise."),
    ),
    ttl: Type.Optional(
      Type.String({
        title: "a duration such as 5m",
        pattern: "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))*$",
        description:
          "How long the subscription lives unused, at least a day; an empty text is for ever. 2678400s (31 days) unless said otherwise.",
      }),
    ),
    minimumBackoff: Type.Optional(
      seconds("The least wait before a message is sent again. 300s unless said otherwise."),
    ),
    maximumBackoff: Type.Optional(seconds("The longest wait, at most 600s. 600s unless said otherwise.")),
    filter: Type.Optional(Type.String({ description: "Only messages whose attributes match (Pub/Sub's filter)." })),
    ordering: Type.Optional(Type.Boolean({ description: "Messages of one ordering key come in order." })),
    exactlyOnce: Type.Optional(Type.Boolean({ description: "No redelivery of what was acknowledged (Pub/Sub)." })),
    retainAcked: Type.Optional(Type.Boolean({ description: "Keeps acknowledged messages for replay (Pub/Sub)." })),
    push: Type.Optional(
      Type.Object(
        {
          endpoint: Type.String({ description: "The HTTPS address that messages are posted to." }),
          serviceAccount: Type.Optional(Type.String({ description: "The e-mail address whose token is sent along." })),
          audience: Type.Optional(Type.String()),
          attributes: Type.Optional(StringMap()),
        },
        { description: "Messages are pushed instead of pulled (Pub/Sub)." },
      ),
    ),
    routingKey: Type.Optional(Type.String({ description: "The binding's routing key (RabbitMQ)." })),
    queueType: Type.Optional(
      StringEnum(["quorum", "classic", "stream"], {
        description: "The queue's type (RabbitMQ); quorum unless said otherwise.",
      }),
    ),
  },
  { description: "How messages are delivered." },
);
export type SubscriptionConfig = Static<typeof SubscriptionConfig>;

/** What Topic and Subscription have in common. */
export const messagingOwn = {
  prefix: Type.Optional(Type.String({ description: "Stands before the real names, such as `dev-`." })),
  engine: Type.Optional(
    StringEnum(["pubsub", "rabbitmq"], {
      description: "What it becomes; the Environment's engine unless said otherwise.",
    }),
  ),
  project: Type.Optional(
    Type.String({ description: "The Google Cloud project, instead of the Environment's (Pub/Sub)." }),
  ),
  rabbitmqCluster: Type.Optional(
    Type.Object(
      {
        name: Type.Optional(Type.String()),
        namespace: Type.Optional(Type.String()),
        connectionSecret: Type.Optional(Type.String({ description: "A Secret with uri, username and password." })),
      },
      { description: "The RabbitmqCluster, instead of the Environment's." },
    ),
  ),
  vhost: Type.Optional(Type.String({ description: "The virtual host (RabbitMQ)." })),
  deadLetter: Type.Optional(
    Type.Boolean({
      description:
        "A dead-letter topic NAME.dlx with a subscription of the same name, where undeliverable messages wait. True unless said otherwise.",
    }),
  ),
  partOf: Type.Optional(Type.String({ description: "The label app.kubernetes.io/part-of." })),
  standardLabels: Type.Optional(
    Type.Boolean({
      default: true,
      description:
        "The app.kubernetes.io labels on every object. When false, each object carries metadata.labels exactly.",
    }),
  ),
  environments: Type.Optional(Environments),
};
