import { defineFindings } from "@fairlead/krm";

/** What can be wrong with Topics and Subscriptions: FL350 to FL399. */
export const messagingFinding = defineFindings({
  FL350: {
    title: "A Subscription's Topic is not declared",
    severity: "warning",
    explanation:
      "A Topic that is declared elsewhere is fine, but a name that nobody declares means that no message ever arrives. With a similar name declared it is an error.",
    remedy: "Correct `topic` (without the prefix), use the same `prefix` as the Topic, or write projects/P/topics/T.",
  },
  FL351: {
    title: "A value of a subscription is out of its bounds",
    severity: "error",
    explanation:
      "Pub/Sub takes ack deadlines of 10 to 600 seconds, 5 to 100 delivery attempts, back-off up to 600 seconds, retention of 10 minutes to 31 days, and an expiry of at least a day.",
    remedy: "Write a value within the bounds.",
  },
  FL352: {
    title: "The minimum back-off is longer than the maximum",
    severity: "error",
    explanation: "Pub/Sub waits between the two before it sends a message again.",
    remedy: "Make the minimum the smaller one.",
  },
  FL353: {
    title: "A subscription expires before its messages do",
    severity: "error",
    explanation: "Pub/Sub wants the expiry to be at least as long as the retention of messages.",
    remedy: "Raise `ttl`, or write an empty one for a subscription that never expires.",
  },
  FL354: {
    title: "The engine has no equivalent",
    severity: "error",
    explanation: "RabbitMQ cannot filter by attributes or push to an address; it has no back-off of its own.",
    remedy: "Leave the value out, or use the engine pubsub.",
  },
  FL355: {
    title: "The engine does something near it",
    severity: "info",
    explanation:
      "Ordering becomes a single active consumer on RabbitMQ; the ack deadline and back-off are left to the server's settings.",
    remedy: "Nothing, if that is what you want.",
  },
  FL356: {
    title: "Two topics or subscriptions have one name",
    severity: "error",
    explanation: "They would be one object, and the settings of one of them would be lost.",
    remedy: "Rename one, or remove it.",
  },
  FL357: {
    title: "A topic or subscription has no valid name",
    severity: "error",
    explanation:
      "Pub/Sub's names have 3 to 255 letters, digits and -_.~+%, start with a letter, and do not start with goog.",
    remedy: "Write another name.",
  },
  FL358: {
    title: "The cloud project is not known",
    severity: "warning",
    explanation:
      "Without the annotation cnrm.cloud.google.com/project-id Config Connector takes the project of the namespace, or the namespace's name.",
    remedy: "Set `messaging.project` in the Environment.",
  },
  FL359: {
    title: "The RabbitMQ cluster is not known",
    severity: "error",
    explanation: "The topology operator's objects name the RabbitmqCluster they are made in.",
    remedy: "Set `messaging.rabbitmqCluster` in the Environment, or `rabbitmqCluster` in the object.",
  },
  FL360: {
    title: "A Subscription names no topic",
    severity: "error",
    explanation: "It has neither `topic` nor `subscriptions`.",
    remedy: "Write `topic`, or a list of `subscriptions`.",
  },
  FL361: {
    title: "Ordering and dead letters together",
    severity: "info",
    explanation:
      "With ordering, a message that fails goes to the dead-letter topic on its own, so later ones of its key come before it.",
    remedy: "Make the receiver ready for it, or write `deadLetter: false`.",
  },
  FL362: {
    title: "The Topic has no dead-letter topic",
    severity: "error",
    explanation: "The subscription wants undeliverable messages moved, but its Topic says `deadLetter: false`.",
    remedy: "Let the Topic have one, or write `deadLetter: false` in the subscription.",
  },
  FL363: {
    title: "A Subscription and its Topic are of different engines",
    severity: "error",
    explanation: "A queue of RabbitMQ cannot be bound to a topic of Pub/Sub, nor the other way round.",
    remedy: "Drop `engine` from the Subscription: it follows its Topic.",
  },
});
