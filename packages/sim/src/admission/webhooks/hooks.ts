import { get, type JsonObject } from "@fairlead/apimachinery";
import { webhookRule, type WebhookRule } from "@fairlead/apimachinery/cel";
import type { AdmissionContext } from "../admission.ts";
import { webhookClient, type WebhookClient } from "../../resources/custom-versions.ts";
import { items, nameOf, text, texts } from "../objects.ts";

/** A webhook as it is called. */
export interface Hook extends WebhookRule {
  readonly configuration: string;
  readonly name: string;
  /** Of its configuration and place in it. */
  readonly id: string;
  readonly timeoutSeconds: number;
  readonly mayRunDry: boolean;
  readonly isReinvoked: boolean;
  readonly reviewVersions: readonly string[];
  readonly client: WebhookClient;
}

const compiled = new WeakMap<JsonObject, readonly Hook[]>();

/** All webhooks of a kind of configuration, in the order in which they are called: by name, then as they are listed. */
export function hooksOf(context: AdmissionContext, collection: string): readonly Hook[] {
  const configurations = context.list(collection);
  if (configurations.length === 0) return [];
  return configurations.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).flatMap(ofConfiguration);
}

function ofConfiguration(configuration: JsonObject): readonly Hook[] {
  let hooks = compiled.get(configuration);
  if (hooks === undefined) {
    hooks = items(configuration, "webhooks").map((webhook, index) => hookOf(nameOf(configuration), webhook, index));
    compiled.set(configuration, hooks);
  }
  return hooks;
}

function hookOf(configuration: string, webhook: JsonObject, index: number): Hook {
  const name = text(webhook, "name");
  const timeout = get(webhook, "timeoutSeconds");
  return {
    configuration,
    name,
    id: `${configuration}/${name}/${index}`,
    ...webhookRule(webhook),
    timeoutSeconds: typeof timeout === "number" ? timeout : 10,
    mayRunDry: ["None", "NoneOnDryRun"].includes(text(webhook, "sideEffects")),
    isReinvoked: get(webhook, "reinvocationPolicy") === "IfNeeded",
    reviewVersions: texts(webhook, "admissionReviewVersions"),
    client: webhookClient(get(webhook, "clientConfig")),
  };
}
