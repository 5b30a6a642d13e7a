import type { KrmObject } from "@fairlead/krm";
import type { TopicSpec } from "../../kinds/topic.ts";
import type { Planner } from "../planner.ts";
import { checkTopics } from "./check.ts";
import { checkProject, messagingContext, type MessagingContext } from "./context.ts";
import { checkName, checkTopic } from "./limits.ts";
import { deadLetterName } from "./names.ts";
import { pubsubTopicObjects } from "./pubsub-topic.ts";
import { rabbitmqTopicObjects } from "./rabbitmq-topic.ts";
import { conformTopic, topicsOf, type PlannedTopic } from "./topics.ts";

export const topicPlanner: Planner<TopicSpec> = {
  kind: "Topic",
  plan(given, world) {
    const context = messagingContext(conformTopic(given), world);
    if (context.engine === "pubsub") checkProject(context);
    const desired = uniqueTopics(context).flatMap((topic) => objectsOf(context, topic));
    return { scope: given.ref, desired, complete: true, actions: [], needs: [], findings: context.report.findings };
  },
  check: checkTopics,
};

function objectsOf(context: MessagingContext<TopicSpec>, topic: PlannedTopic): readonly KrmObject[] {
  if (!checkName(context, topic.real, topic.field)) return [];
  checkTopic(context, topic);
  return context.engine === "pubsub" ? pubsubTopicObjects(context, topic) : rabbitmqTopicObjects(context, topic);
}

/** A name that is there twice would be lost once; the dead-letter topics count, too. */
function uniqueTopics(context: MessagingContext<TopicSpec>): readonly PlannedTopic[] {
  const taken = new Set<string>();
  return topicsOf(context.declaration).filter((topic) => {
    const names = topic.deadLetter ? [topic.real, deadLetterName(topic.real)] : [topic.real];
    const double = names.find((name) => taken.has(name));
    if (double !== undefined) {
      const hint = "remove it, or rename it";
      context.report("FL356", { message: `the topic ${double} is there twice`, hint, field: topic.field });
      return false;
    }
    for (const name of names) taken.add(name);
    return true;
  });
}
