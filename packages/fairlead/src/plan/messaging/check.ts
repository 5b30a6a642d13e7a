import type { FieldPath } from "@fairlead/apimachinery";
import { formatRef, type Finding } from "@fairlead/krm";
import type { Declaration } from "../declaration.ts";
import type { World } from "../world.ts";
import type { MessagingSpec } from "./context.ts";
import { messagingFinding } from "./findings.ts";
import { conformSubscription, subscriptionsOf } from "./subscriptions.ts";
import { conformTopic, topicsOf } from "./topics.ts";

interface Declared {
  readonly declaration: Declaration<MessagingSpec>;
  readonly real: string;
  readonly field: FieldPath;
}

/** Two Topics that declare one topic of one project: they would overwrite each other. */
export function checkTopics(world: World): readonly Finding[] {
  const declared = world.allDeclared("Topic").flatMap((given): Declared[] => {
    const declaration = conformTopic(given);
    return topicsOf(declaration).map(({ real, field }) => ({ declaration, real, field }));
  });
  return doubles(declared, "topic", world);
}

/** Two Subscriptions that declare one subscription of one project. */
export function checkSubscriptions(world: World): readonly Finding[] {
  const declared = world.allDeclared("Subscription").flatMap((given): Declared[] => {
    const declaration = conformSubscription(given);
    return subscriptionsOf(declaration).map(({ real, field }) => ({ declaration, real, field }));
  });
  return doubles(declared, "subscription", world);
}

function doubles(declared: readonly Declared[], what: string, world: World): Finding[] {
  const settings = world.environment.settings.messaging ?? {};
  const holders = new Map<string, Declaration<MessagingSpec>>();
  const findings: Finding[] = [];
  for (const { declaration, real, field } of declared) {
    const { engine = settings.engine ?? "pubsub", project = settings.project ?? "" } = declaration.spec;
    const key = `${engine} ${project} ${real}`;
    const holder = holders.get(key);
    if (holder === undefined) holders.set(key, declaration);
    // Within one object the planner says it.
    else if (holder.ref !== declaration.ref) {
      const message = `the ${what} ${real} is declared by ${formatRef(holder.ref)} already`;
      findings.push(
        messagingFinding("FL356", { message, hint: "remove one, or rename it", object: declaration.ref, field }),
      );
    }
  }
  return findings;
}
