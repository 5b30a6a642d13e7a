import type { KrmObject } from "@fairlead/krm";
import type { SubscriptionSpec } from "../../kinds/subscription.ts";
import { seconds } from "../shared/duration.ts";
import { fields, filled } from "../shared/fields.ts";
import { messagingMetadata, rabbitmqPlace, type MessagingContext } from "./context.ts";
import { deadLetterName, kubernetesName } from "./names.ts";
import { rabbitmqApi } from "./rabbitmq-topic.ts";
import type { PlannedSubscription } from "./subscriptions.ts";

/** A queue, its binding to the topic's exchange, and a policy with what may change later. */
export function rabbitmqSubscription(
  context: MessagingContext<SubscriptionSpec>,
  subscription: PlannedSubscription,
): readonly KrmObject[] {
  const place = rabbitmqPlace(context);
  const complete = reportUnmatched(context, subscription);
  if (place === undefined || !complete) return [];
  const { real, topic, config } = subscription;
  const type = config.queueType ?? "quorum";
  const metadata = messagingMetadata(context, kubernetesName(real));
  const single = config.ordering === true && type !== "stream" ? { "x-single-active-consumer": true } : undefined;
  const routing = { source: topic, destination: real, destinationType: "queue", routingKey: config.routingKey };
  const definition = policyDefinition(subscription, type);
  const object = (kind: string, spec: KrmObject["spec"]): KrmObject => ({
    apiVersion: rabbitmqApi,
    kind,
    metadata,
    spec,
  });
  return [
    object("Queue", fields({ name: real, type, durable: true, autoDelete: false, arguments: single, ...place })),
    object("Binding", fields({ ...routing, ...place })),
    ...(filled(definition) === undefined
      ? []
      : [
          object(
            "Policy",
            fields({ name: real, pattern: `^${escaped(real)}$`, applyTo: "queues", definition, ...place }),
          ),
        ]),
  ];
}

/**
 * https://www.rabbitmq.com/docs/parameters#policies: attempts become quorum queues' delivery limit, retention the
 * messages' time to live, expiry the queue's.
 */
function policyDefinition({ topic, config, deadLetter }: PlannedSubscription, type: string) {
  const milliseconds = (duration: string): number | undefined => {
    const total = seconds(duration);
    return total === undefined || total === 0 ? undefined : Math.round(total * 1000);
  };
  if (type === "stream") return fields({ "max-age": ageOf(config.messageRetentionDuration) });
  return fields({
    "dead-letter-exchange": deadLetter ? deadLetterName(topic) : undefined,
    "delivery-limit": type === "quorum" ? config.maxDeliveryAttempts : undefined,
    "message-ttl": milliseconds(config.messageRetentionDuration),
    expires: config.ttl === "" ? undefined : milliseconds(config.ttl),
  });
}

/** Streams take whole seconds. */
function ageOf(duration: string): string | undefined {
  const total = seconds(duration);
  return total === undefined ? undefined : `${Math.ceil(total)}s`;
}

function escaped(name: string): string {
  return name.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function reportUnmatched({ report }: MessagingContext, { written, real, field }: PlannedSubscription): boolean {
  const lost = (["filter", "push", "exactlyOnce", "retainAcked"] as const).filter(
    (key) => written[key] !== undefined && written[key] !== false,
  );
  for (const key of lost) {
    const hint =
      key === "filter" ? "use an exchange of type topic and a `routingKey`" : "leave it out, or use the engine pubsub";
    report("FL354", { message: `RabbitMQ cannot do ${key} (of ${real})`, hint, field });
  }
  const near = (["ackDeadlineSeconds", "minimumBackoff", "maximumBackoff"] as const).filter(
    (key) => written[key] !== undefined,
  );
  if (near.length > 0) {
    const hint = "set them in the broker, or leave them out";
    report("FL355", {
      message: `RabbitMQ leaves ${near.join(", ")} (of ${real}) to the server's settings`,
      hint,
      field,
    });
  }
  if (written.ordering === true) {
    const hint = "nothing to do, if one consumer at a time is enough";
    report("FL355", { message: `on RabbitMQ the order of ${real} is kept by a single active consumer`, hint, field });
  }
  return lost.length === 0;
}
