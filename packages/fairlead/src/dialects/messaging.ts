import { isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { SubscriptionConfig, TopicConfig } from "../kinds/messaging-parts.ts";
import type { SubscriptionSpec } from "../kinds/subscription.ts";
import type { TopicSpec } from "../kinds/topic.ts";
import type { Conversion, ConvertOptions } from "./dialect.ts";
import { firstName, slug } from "./names.ts";
import { asIs, flag, integer, list, text, type Reader } from "./readers.ts";
import { legacyProject } from "./project.ts";
import { startTranslation, type Translation } from "./translation.ts";
import { restOfObject, translateMetadata } from "./workload.ts";

const ownFields = ["deadLetter", "engine", "environments", "partOf", "project", "rabbitmqCluster", "vhost"] as const;
const topicFields = [...ownFields, "config", "name"] as const satisfies readonly (keyof TopicSpec)[];
const subscriptionFields = [...ownFields, "name", "topic"] as const satisfies readonly (keyof SubscriptionSpec)[];

/** `86400s`; a plain number counts seconds. */
const seconds: Reader = (value) =>
  typeof value === "number" || (typeof value === "string" && /^\d+(\.\d+)?$/.test(value)) ? `${value}s` : value;

const topicConfig = { messageRetentionDuration: seconds } as const satisfies { [key in keyof TopicConfig]?: Reader };
const otherTopicConfig = ["allowedPersistenceRegions", "kmsKey", "schema"] as const satisfies (keyof TopicConfig)[];

const subscriptionConfig: { readonly [key: string]: readonly [to: keyof SubscriptionConfig, reader: Reader] } = {
  ackDeadlineSeconds: ["ackDeadlineSeconds", (value) => integer(withoutUnit(value))],
  maxDeliveryAttempts: ["maxDeliveryAttempts", integer],
  ttl: ["ttl", seconds],
  messageRetentionDuration: ["messageRetentionDuration", seconds],
  minimumBackoff: ["minimumBackoff", seconds],
  maximumBackoff: ["maximumBackoff", seconds],
  filter: ["filter", text],
  enableMessageOrdering: ["ordering", flag],
};
const otherSubscriptionConfig = [
  "exactlyOnce",
  "ordering",
  "push",
  "retainAcked",
] as const satisfies (keyof SubscriptionConfig)[];

/** LummoTopic (as the README writes it) and PubsubTopic (as the branch read it) become a Topic. */
export function convertTopic(kind: "LummoTopic" | "PubsubTopic") {
  return (value: JsonObject, options?: ConvertOptions): Conversion => {
    const t = startTranslation(value, kind, "Topic", options);
    t.map(["spec"]);
    const name = messagingName(t, "topics", "name");
    t.move(["spec", "prefix"], ["spec", "prefix"], text);
    legacyProject(t, kind === "PubsubTopic");
    eachItem(t, "topics", (from, to) => {
      if (!isObject(t.read(from))) {
        t.move(from, to, text);
        return;
      }
      t.put(to, {});
      t.move([...from, "name"], [...to, "name"], text);
      translateTopicConfig(t, [...from, "config"], [...to, "config"]);
      t.rest(from, to, ["name", "config"], () => ["deadLetter"]);
    });
    translateTopicConfig(t, ["spec", "config"], ["spec", "config"]);
    t.rest(["spec"], ["spec"], ["prefix", "env", "project", "topics", "config"], () => topicFields);
    restOfObject(t, ["spec"]);
    return t.finish(name);
  };
}

/** LummoSubscription and PubsubSubscription become a Subscription. */
export function convertSubscription(kind: "LummoSubscription" | "PubsubSubscription") {
  return (value: JsonObject, options?: ConvertOptions): Conversion => {
    const t = startTranslation(value, kind, "Subscription", options);
    t.map(["spec"]);
    const name = messagingName(t, "subscriptions", "subscription", "name");
    t.move(["spec", "prefix"], ["spec", "prefix"], text);
    legacyProject(t, kind === "PubsubSubscription");
    translateSubscriptionConfig(t, ["spec", "config"], ["spec", "config"]);
    eachItem(t, "subscriptions", (from, to) => {
      t.put(to, {});
      if (t.map(from) === undefined) return;
      oneOf(t, from, ["topic", "topicRef"], [...to, "topic"]);
      oneOf(t, from, ["subscription", "name"], [...to, "subscription"]);
      translateSubscriptionConfig(t, [...from, "config"], [...to, "config"]);
      // The predecessor gave a dead-letter subscription none of its own.
      const subscription = t.read([...from, "subscription"]) ?? t.read([...from, "name"]);
      if (typeof subscription === "string" && subscription.endsWith("dlx")) t.put([...to, "deadLetter"], false);
      t.rest(from, to, ["topic", "topicRef", "subscription", "name", "config"], () => ["deadLetter"]);
    });
    t.rest(["spec"], ["spec"], ["prefix", "env", "project", "config", "subscriptions"], () => subscriptionFields);
    restOfObject(t, ["spec"]);
    return t.finish(name);
  };
}

/** The README's examples have no metadata; the first item's real name is as lasting as any. */
function messagingName(t: Translation, items: string, ...keys: readonly string[]): string {
  if (isObject(t.input["metadata"]) && t.read(["metadata", "name"]) !== undefined) return translateMetadata(t, []);
  const prefix = t.read(["spec", "prefix"]);
  const first = firstName(t.read(["spec", items]), ...keys);
  const name = first === undefined ? "" : slug(`${typeof prefix === "string" ? prefix : ""}${first}`);
  if (name === "") return translateMetadata(t, []);
  for (const [key, value] of Object.entries(t.map(["metadata"]) ?? {})) {
    if (key !== "name" && value !== null) t.put(["metadata", key], value);
  }
  t.put(["metadata", "name"], name, ["spec", items, 0]);
  return name;
}

function eachItem(t: Translation, name: string, translate: (from: FieldPath, to: FieldPath) => void): void {
  const items = t.read(["spec", name]);
  if (items === undefined) return;
  const single = !Array.isArray(items);
  t.put(["spec", name], []);
  (list(items) as JsonValue[]).forEach((item, index) => {
    const from = single ? ["spec", name] : ["spec", name, index];
    const to = ["spec", name, index];
    if (single) t.put(to, item, from);
    translate(from, to);
  });
}

function oneOf(t: Translation, from: FieldPath, names: readonly string[], to: FieldPath): void {
  const written = names.filter((name) => t.read([...from, name]) !== undefined);
  const [first, second] = written;
  if (first !== undefined) t.move([...from, first], to, text);
  if (second === undefined) return;
  t.report("FL159", [...from, second], {
    message: `${first} and ${second} are both written; ${first} counts`,
    hint: `Remove ${second}.`,
  });
}

function translateTopicConfig(t: Translation, from: FieldPath, to: FieldPath): void {
  if (t.map(from) === undefined) return;
  t.put(to, {});
  for (const [name, reader] of Object.entries(topicConfig)) t.move([...from, name], [...to, name], reader);
  t.rest(from, to, Object.keys(topicConfig), () => otherTopicConfig);
}

function translateSubscriptionConfig(t: Translation, from: FieldPath, to: FieldPath): void {
  if (t.map(from) === undefined) return;
  t.put(to, {});
  for (const [name, [modern, reader]] of Object.entries(subscriptionConfig)) {
    t.move([...from, name], [...to, modern], reader);
  }
  t.rest(from, to, Object.keys(subscriptionConfig), () => otherSubscriptionConfig);
}

function withoutUnit(value: JsonValue): JsonValue {
  return typeof value === "string" ? value.replace(/^(\d+)s$/, "$1") : asIs(value);
}
