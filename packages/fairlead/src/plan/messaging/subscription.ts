import { nearest } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { SubscriptionSpec } from "../../kinds/subscription.ts";
import type { Planner } from "../planner.ts";
import { checkSubscriptions } from "./check.ts";
import { besideTopic, checkProject, messagingContext, type MessagingContext } from "./context.ts";
import { checkName, checkSubscription } from "./limits.ts";
import { kubernetesName } from "./names.ts";
import { pubsubSubscription } from "./pubsub-subscription.ts";
import { rabbitmqSubscription } from "./rabbitmq-subscription.ts";
import { conformSubscription, subscriptionsOf, type PlannedSubscription } from "./subscriptions.ts";
import { findTopic, knownTopics } from "./topics.ts";

export const subscriptionPlanner: Planner<SubscriptionSpec> = {
  kind: "Subscription",
  plan(given, world) {
    const context = messagingContext(conformSubscription(given), world);
    const list = uniqueSubscriptions(context);
    if (list.length === 0) {
      const hint = "write `topic`, or `subscriptions` with a list";
      context.report("FL360", { message: "the Subscription names no topic", hint, field: ["spec"] });
    }
    const placed = list.map((subscription) => ({ subscription, context: placeOf(context, subscription) }));
    if (placed.some((one) => one.context.engine === "pubsub")) checkProject(context);
    const desired = placed.flatMap((one) => objectsOf(one.context, one.subscription));
    return { scope: given.ref, desired, complete: true, actions: [], needs: [], findings: context.report.findings };
  },
  check: checkSubscriptions,
};

function placeOf(
  context: MessagingContext<SubscriptionSpec>,
  { topic, topicField }: PlannedSubscription,
): MessagingContext<SubscriptionSpec> {
  const known = findTopic(context.world, context.declaration.namespace, topic);
  if (known === undefined) return context;
  const { engine = context.world.environment.settings.messaging?.engine ?? "pubsub" } = known.declaration.spec;
  if (context.spec.engine !== undefined && context.spec.engine !== engine) {
    const hint = "drop `engine`: a Subscription follows its Topic";
    context.report("FL363", { message: `the topic ${topic} is of the engine ${engine}`, hint, field: topicField });
  }
  return besideTopic(context, known.declaration.spec);
}

function objectsOf(
  context: MessagingContext<SubscriptionSpec>,
  subscription: PlannedSubscription,
): readonly KrmObject[] {
  const { field, written, deadLetter, real } = subscription;
  if (!checkName(context, real, field)) return [];
  checkTopicOf(context, subscription);
  checkSubscription(context, subscription.config, configField(subscription));
  if (written.ordering === true && deadLetter) {
    const hint = "make the receiver ready for it, or write `deadLetter: false`";
    context.report("FL361", { message: `${real} is ordered and has dead letters`, hint, field });
  }
  return context.engine === "pubsub"
    ? [pubsubSubscription(context, subscription)]
    : rabbitmqSubscription(context, subscription);
}

/** Where a value is written: in the item's config, or in the shared one. */
function configField({ field }: PlannedSubscription) {
  return field.length > 1 ? [...field, "config"] : ["spec", "config"];
}

function checkTopicOf(context: MessagingContext<SubscriptionSpec>, subscription: PlannedSubscription): void {
  const { declaration, world, report, spec, engine } = context;
  const { topic, topicField, deadLetter } = subscription;
  if (topic.includes("/")) {
    if (/^projects\/[^/]+\/topics\/[^/]+$/.test(topic) && engine === "pubsub") return;
    report("FL357", {
      message: `${JSON.stringify(topic.slice(0, 80))} is no topic`,
      hint: "write projects/P/topics/T",
      field: topicField,
    });
    return;
  }
  const known = findTopic(world, declaration.namespace, topic);
  if (known !== undefined) {
    if (!deadLetter || known.deadLetter) return;
    const hint = "write `deadLetter: false` here, or let the Topic have one";
    report("FL362", { message: `the topic ${topic} has no dead-letter topic`, hint, field: topicField });
    return;
  }
  if (
    world.object(engine === "pubsub" ? "PubSubTopic" : "Exchange", declaration.namespace, kubernetesName(topic)) !==
    undefined
  )
    return;
  const names = [...knownTopics(world).values()].map((other) => other.real);
  const guess = nearest(topic, names);
  const prefix = spec.prefix ?? "";
  const bare = topic.slice(prefix.length);
  const unprefixed = names.find((name) => name === bare || (prefix === "" && name.endsWith(topic)));
  const message = `the topic ${topic} is not declared`;
  if (guess !== undefined) {
    const short = guess.startsWith(prefix) ? guess.slice(prefix.length) : guess;
    report("FL350", { message, hint: `did you mean ${short}?`, field: topicField, severity: "error" });
  } else if (unprefixed !== undefined) {
    const hint = `the Topic's real name is ${unprefixed}: give both the same prefix`;
    report("FL350", { message, hint, field: topicField, severity: "error" });
  } else report("FL350", { message, hint: "declare a Topic, unless it is declared elsewhere", field: topicField });
}

function uniqueSubscriptions(context: MessagingContext<SubscriptionSpec>): readonly PlannedSubscription[] {
  const taken = new Set<string>();
  return subscriptionsOf(context.declaration).filter(({ real, field }) => {
    if (!taken.has(real)) return taken.add(real);
    context.report("FL356", {
      message: `the subscription ${real} is there twice`,
      hint: "remove it, or rename it",
      field,
    });
    return false;
  });
}
