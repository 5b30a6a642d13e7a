import type { FieldPath } from "@fairlead/apimachinery";
import { kind } from "../../kinds/generated/subscription.ts";
import type { SubscriptionConfig } from "../../kinds/messaging-parts.ts";
import type { SubscriptionSpec } from "../../kinds/subscription.ts";
import { conform } from "../conform.ts";
import type { Declaration } from "../declaration.ts";
import type { Required6 } from "./limits.ts";

/** The predecessor's six values. */
export const usualConfig = {
  ackDeadlineSeconds: 10,
  maxDeliveryAttempts: 5,
  messageRetentionDuration: "604800s",
  ttl: "2678400s",
  minimumBackoff: "300s",
  maximumBackoff: "600s",
} as const;

/** One subscription of a Subscription, which may hold several. */
export interface PlannedSubscription {
  readonly real: string;
  /** The topic's real name, or projects/P/topics/T. */
  readonly topic: string;
  readonly config: Required6;
  /** What somebody wrote of it, without defaults. */
  readonly written: SubscriptionConfig;
  readonly deadLetter: boolean;
  readonly field: FieldPath;
  /** Where the topic is named. */
  readonly topicField: FieldPath;
}

export function conformSubscription(declaration: Declaration<SubscriptionSpec>): Declaration<SubscriptionSpec> {
  return { ...declaration, spec: conform<SubscriptionSpec>(declaration.spec, kind.spec) ?? {} };
}

/** The subscriptions that an object declares: itself, or its list; each one's config goes over the shared one. */
export function subscriptionsOf({ name, spec, compat }: Declaration<SubscriptionSpec>): readonly PlannedSubscription[] {
  const { prefix = "", deadLetter = true } = spec;
  const planned = (
    own: string,
    topic: string,
    config: SubscriptionConfig | undefined,
    dead: boolean | undefined,
    field: FieldPath,
  ): PlannedSubscription => {
    const written = { ...spec.config, ...config };
    return {
      real: `${prefix}${own}`,
      topic: topic.includes("/") ? topic : `${prefix}${topic}`,
      config: { ...usualConfig, ...written },
      written,
      // The predecessor left dead letters of dead letters out by the name.
      deadLetter: (dead ?? deadLetter) && !(compat && own.endsWith("dlx")),
      field,
      topicField: [...field, "topic"],
    };
  };
  const list = spec.subscriptions ?? [];
  if (list.length === 0) {
    return spec.topic === undefined ? [] : [planned(spec.name ?? name, spec.topic, undefined, undefined, ["spec"])];
  }
  return list.map((item, index) =>
    planned(item.subscription, item.topic, item.config, item.deadLetter, ["spec", "subscriptions", index]),
  );
}
