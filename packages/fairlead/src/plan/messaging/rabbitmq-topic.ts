import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { TopicSpec } from "../../kinds/topic.ts";
import { fields } from "../shared/fields.ts";
import { messagingMetadata, rabbitmqPlace, type MessagingContext } from "./context.ts";
import { deadLetterName, kubernetesName } from "./names.ts";
import type { PlannedTopic } from "./topics.ts";

export const rabbitmqApi = "rabbitmq.com/v1beta1";

/** An exchange; for dead letters an exchange with a queue. https://www.rabbitmq.com/kubernetes/operator/using-topology-operator */
export function rabbitmqTopicObjects(context: MessagingContext<TopicSpec>, topic: PlannedTopic): readonly KrmObject[] {
  const place = rabbitmqPlace(context);
  if (place === undefined) return [];
  const exchange = (real: string, type: string, more: JsonObject | undefined): KrmObject => ({
    apiVersion: rabbitmqApi,
    kind: "Exchange",
    metadata: messagingMetadata(context, kubernetesName(real)),
    spec: fields({ name: real, type, durable: true, autoDelete: false, arguments: more, ...place }),
  });
  const own = exchange(topic.real, topic.config.type ?? "fanout", topic.config.arguments);
  if (!topic.deadLetter) return [own];
  const dead = deadLetterName(topic.real);
  const metadata = messagingMetadata(context, kubernetesName(dead));
  return [
    own,
    exchange(dead, "fanout", undefined),
    {
      apiVersion: rabbitmqApi,
      kind: "Queue",
      metadata,
      spec: fields({ name: dead, type: "quorum", durable: true, autoDelete: false, ...place }),
    },
    {
      apiVersion: rabbitmqApi,
      kind: "Binding",
      metadata,
      spec: fields({ source: dead, destination: dead, destinationType: "queue", ...place }),
    },
  ];
}
