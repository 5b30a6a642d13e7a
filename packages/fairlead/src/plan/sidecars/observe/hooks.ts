import { matchRequest, webhookMatcher, type JsonObject, type MatchRequest } from "@fairlead/apimachinery";
import type { HookClient, HookFact, HooksFact, Labels } from "../model/facts.ts";
import { revisionLabel, tagLabel } from "./keys.ts";
import { at, countAt, itemsAt, labelOf, labelsAt, objectAt, observedOf, textAt } from "./read.ts";

const creation: MatchRequest = {
  operation: "CREATE",
  resource: { group: "", version: "v1", resource: "pods" },
  subresource: "",
  namespace: "any",
  name: "",
  namespaceLabels: () => ({}),
  labels: {},
  oldLabels: undefined,
  equivalents: () => [],
};

/** Of a MutatingWebhookConfiguration, those webhooks whose rules let them see pods being created. */
export function hooksFact(object: JsonObject, cluster: string): HooksFact | undefined {
  const observed = observedOf(object, cluster);
  if (observed === undefined) return undefined;
  const labels = labelsAt(object, ["metadata", "labels"]);
  const hooks = itemsAt(object, "webhooks").flatMap((webhook, index) =>
    seesPods(webhook) ? [hookFact(webhook, index, observed.name, labels)] : [],
  );
  const resourceVersion = textAt(object, "metadata", "resourceVersion");
  return { fact: "hooks", ...observed, labels, resourceVersion, hooks };
}

function seesPods(webhook: JsonObject): boolean {
  const rules = { ...webhookMatcher(webhook), namespaces: [], objects: [] };
  return matchRequest(rules, creation).kind === "yes";
}

function hookFact(webhook: JsonObject, index: number, configuration: string, labels: Labels): HookFact {
  const name = textAt(webhook, "name");
  return {
    name,
    index,
    webhook,
    client: clientOf(objectAt(webhook, "clientConfig")),
    timeoutSeconds: countAt(webhook, ["timeoutSeconds"], 10),
    isInjector: isInjector(configuration, name, labels),
    revision: labelOf(labels, revisionLabel) ?? revisionByName(configuration),
    tag: labelOf(labels, tagLabel) ?? afterPrefix(configuration, "istio-revision-tag-") ?? "",
  };
}

function isInjector(configuration: string, hook: string, labels: Labels): boolean {
  return (
    labelOf(labels, "app") === "sidecar-injector" ||
    labelOf(labels, revisionLabel) !== undefined ||
    /^istio-(sidecar-injector|revision-tag-)/.test(configuration) ||
    hook.endsWith("sidecar-injector.istio.io")
  );
}

function revisionByName(configuration: string): string {
  return afterPrefix(configuration, "istio-sidecar-injector-") ?? "default";
}

function afterPrefix(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) && text.length > prefix.length ? text.slice(prefix.length) : undefined;
}

function clientOf(config: JsonObject): HookClient | undefined {
  const caBundle = textAt(config, "caBundle");
  const url = textAt(config, "url");
  if (url !== "") return { kind: "url", url, caBundle };
  const name = textAt(config, "service", "name");
  if (name === "") return undefined;
  const namespace = textAt(config, "service", "namespace");
  const path = textAt(config, "service", "path");
  const port = at(config, "service", "port");
  return { kind: "service", namespace, name, path, port: typeof port === "number" ? port : 443, caBundle };
}
