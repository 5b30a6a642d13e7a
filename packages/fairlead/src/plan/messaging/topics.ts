import type { FieldPath } from "@fairlead/apimachinery";
import { kind } from "../../kinds/generated/topic.ts";
import type { TopicConfig } from "../../kinds/messaging-parts.ts";
import type { TopicSpec } from "../../kinds/topic.ts";
import { conform } from "../conform.ts";
import type { Declaration } from "../declaration.ts";
import type { World } from "../world.ts";

/** One topic of a Topic, which may hold several. */
export interface PlannedTopic {
  /** Without the prefix. */
  readonly name: string;
  /** In the cloud or the broker. */
  readonly real: string;
  readonly config: TopicConfig;
  readonly deadLetter: boolean;
  readonly field: FieldPath;
}

export function conformTopic(declaration: Declaration<TopicSpec>): Declaration<TopicSpec> {
  return { ...declaration, spec: conform<TopicSpec>(declaration.spec, kind.spec) ?? {} };
}

/** The topics that an object declares: itself, or its list; each one's config goes over the shared one. */
export function topicsOf({ name, spec }: Declaration<TopicSpec>): readonly PlannedTopic[] {
  const { prefix = "", config = {}, deadLetter = true } = spec;
  const list = spec.topics ?? [];
  if (list.length === 0) {
    const own = spec.name ?? name;
    return [{ name: own, real: `${prefix}${own}`, config, deadLetter, field: ["spec"] }];
  }
  return list.map((item, index) => {
    const topic = typeof item === "string" ? { name: item } : item;
    return {
      name: topic.name,
      real: `${prefix}${topic.name}`,
      config: { ...config, ...topic.config },
      deadLetter: topic.deadLetter ?? deadLetter,
      field: ["spec", "topics", index],
    };
  });
}

export interface KnownTopic extends PlannedTopic {
  readonly declaration: Declaration<TopicSpec>;
}

const indexes = new WeakMap<World, ReadonlyMap<string, KnownTopic>>();

/** The declared topics by real name; made once for a world, which does not change. */
export function knownTopics(world: World): ReadonlyMap<string, KnownTopic> {
  const made = indexes.get(world);
  if (made !== undefined) return made;
  const index = new Map<string, KnownTopic>();
  for (const given of world.allDeclared("Topic")) {
    const declaration = conformTopic(given);
    for (const topic of topicsOf(declaration)) {
      const key = topicKey(declaration.namespace, topic.real);
      if (!index.has(key)) index.set(key, { ...topic, declaration });
    }
  }
  indexes.set(world, index);
  return index;
}

/** The declared topic of a real name, in the namespace or without one. */
export function findTopic(world: World, namespace: string | undefined, real: string): KnownTopic | undefined {
  const index = knownTopics(world);
  return index.get(topicKey(namespace, real)) ?? index.get(topicKey(undefined, real));
}

function topicKey(namespace: string | undefined, real: string): string {
  return `${namespace ?? ""}/${real}`;
}
