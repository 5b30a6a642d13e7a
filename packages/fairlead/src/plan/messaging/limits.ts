import type { FieldPath } from "@fairlead/apimachinery";
import type { SubscriptionConfig } from "../../kinds/messaging-parts.ts";
import { seconds } from "../shared/duration.ts";
import type { MessagingContext } from "./context.ts";
import { isPubsubName } from "./names.ts";
import type { PlannedTopic } from "./topics.ts";

const day = 86_400;
const retention = { least: 600, most: 31 * day };

/** A duration as Config Connector wants it: seconds with an `s`. An empty text stays: for ever. */
export function inSeconds(duration: string | undefined): string | undefined {
  if (duration === undefined || duration === "") return duration;
  const total = seconds(duration);
  return total === undefined ? duration : `${total}s`;
}

/** Whether an engine takes the name; reported when not. */
export function checkName(context: MessagingContext, real: string, field: FieldPath): boolean {
  const good = context.engine === "pubsub" ? isPubsubName(real) : real !== "" && real.length <= 255;
  if (good) return true;
  const shown = JSON.stringify(real.slice(0, 80));
  const hint =
    context.engine === "pubsub"
      ? "3 to 255 letters, digits and -_.~+%, a letter first, not goog"
      : "1 to 255 characters";
  context.report("FL357", { message: `${shown} is no name for the engine ${context.engine}`, hint, field });
  return false;
}

export function checkTopic(context: MessagingContext, { config, field }: PlannedTopic): void {
  const value = config.messageRetentionDuration;
  if (context.engine === "pubsub") bounds(context, "messageRetentionDuration", value, retention, [...field, "config"]);
}

/** Pub/Sub's bounds: https://cloud.google.com/pubsub/docs/subscription-properties */
export function checkSubscription(context: MessagingContext, config: Required6, field: FieldPath): void {
  if (context.engine !== "pubsub") return;
  const whole = (name: "ackDeadlineSeconds" | "maxDeliveryAttempts", least: number, most: number) => {
    const value = config[name];
    if (value >= least && value <= most) return;
    const message = `${name} is ${value}, and Pub/Sub takes ${least} to ${most}`;
    context.report("FL351", { message, hint: `write ${value < least ? least : most}`, field: [...field, name] });
  };
  whole("ackDeadlineSeconds", 10, 600);
  whole("maxDeliveryAttempts", 5, 100);
  bounds(context, "messageRetentionDuration", config.messageRetentionDuration, retention, field);
  bounds(context, "minimumBackoff", config.minimumBackoff, { least: 0, most: 600 }, field);
  bounds(context, "maximumBackoff", config.maximumBackoff, { least: 0, most: 600 }, field);
  if (config.ttl !== "") bounds(context, "ttl", config.ttl, { least: day, most: 365 * 10 * day }, field);
  compare(context, config, field);
}

/** A config with the six values that have defaults. */
export type Required6 = SubscriptionConfig & Required<Pick<SubscriptionConfig, SixValues>>;
export type SixValues =
  | "ackDeadlineSeconds"
  | "maxDeliveryAttempts"
  | "messageRetentionDuration"
  | "ttl"
  | "minimumBackoff"
  | "maximumBackoff";

function compare(context: MessagingContext, config: Required6, field: FieldPath): void {
  const least = seconds(config.minimumBackoff);
  const most = seconds(config.maximumBackoff);
  if (least !== undefined && most !== undefined && least > most) {
    const message = `minimumBackoff is ${config.minimumBackoff}, more than maximumBackoff, which is ${config.maximumBackoff}`;
    context.report("FL352", { message, hint: "swap them", field: [...field, "minimumBackoff"] });
  }
  const kept = seconds(config.messageRetentionDuration);
  const lives = config.ttl === "" ? undefined : seconds(config.ttl);
  if (kept !== undefined && lives !== undefined && lives < kept) {
    const message = `ttl is ${config.ttl}, less than messageRetentionDuration, which is ${config.messageRetentionDuration}`;
    context.report("FL353", { message, hint: `write at least ${kept}s, or an empty text`, field: [...field, "ttl"] });
  }
}

function bounds(
  context: MessagingContext,
  name: string,
  value: string | undefined,
  { least, most }: { readonly least: number; readonly most: number },
  field: FieldPath,
): void {
  if (value === undefined) return;
  const total = seconds(value);
  if (total !== undefined && total >= least && total <= most) return;
  const what = total === undefined ? `${JSON.stringify(value.slice(0, 40))}, which is no duration` : value;
  const message = `${name} is ${what}${total === undefined ? "" : `, and Pub/Sub takes ${least}s to ${most}s`}`;
  const hint = total === undefined ? "write seconds, such as 600s" : `write ${total < least ? least : most}s`;
  context.report("FL351", { message, hint, field: [...field, name] });
}
