import { isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { PodTemplate } from "../model/facts.ts";
import { intern } from "./intern.ts";
import { revisionLabel, statusAnnotation, templateHashLabels } from "./keys.ts";
import { at, itemsAt, labelsAt, objectAt, textAt } from "./read.ts";
import { podTemplate } from "./template.ts";

/** What Istio's injector writes on a pod besides its status. */
const injectedLabels = [
  "security.istio.io/tlsMode",
  "networking.istio.io/tunnel",
  "service.istio.io/canonical-name",
  "service.istio.io/canonical-revision",
];
const injectedAnnotations = [
  statusAnnotation,
  revisionLabel,
  "proxy.istio.io/overrides",
  "kubectl.kubernetes.io/default-container",
  "kubectl.kubernetes.io/default-logs-container",
];
/** What controllers give to each pod anew: without it pods of one operator have one template. */
const drawnLabels = [
  ...templateHashLabels,
  "statefulset.kubernetes.io/pod-name",
  "apps.kubernetes.io/pod-index",
  "apps.kruise.io/cloneset-instance-id",
];
/** What the API server, the scheduler and people add to a pod. */
const addedFields = ["nodeName", "priority", "preemptionPolicy", "ephemeralContainers", "hostname", "subdomain"];
const lists = { initContainers: "initContainers", containers: "containers", volumes: "volumes" } as const;

/**
 * A template that such a pod could have come from: without what the injector's status annotation says was put in. The
 * pod's own containers stay as they are; their probes may have been rewritten, which nothing tells.
 */
export function unmadeTemplate(pod: JsonObject): PodTemplate {
  const status = statusOf(pod);
  const isInjected = status !== undefined;
  const labels = labelsAt(pod, ["metadata", "labels"], (key) => {
    return !drawnLabels.includes(key) && !(isInjected && injectedLabels.includes(key));
  });
  const annotations = labelsAt(
    pod,
    ["metadata", "annotations"],
    (key) => !(isInjected && injectedAnnotations.includes(key)),
  );
  return podTemplate(labels, annotations, specOf(pod, status ?? {}));
}

function statusOf(pod: JsonObject): JsonObject | undefined {
  const text = textAt(pod, "metadata", "annotations", statusAnnotation);
  if (text === "") return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function specOf(pod: JsonObject, status: JsonObject): JsonObject {
  const spec: JsonObject = {};
  for (const [key, value] of Object.entries(objectAt(pod, "spec"))) {
    if (!addedFields.includes(key)) setOwn(spec, key, value);
  }
  for (const [list, key] of Object.entries(lists)) {
    if (!Array.isArray(spec[list])) continue;
    const injected = new Set(namesAt(status, key));
    const kept = itemsAt(spec, list).filter((one) => !injected.has(textAt(one, "name")) && !isToken(one, list));
    if (kept.length === 0 && list === "initContainers") delete spec[list];
    else spec[list] = kept.map((one) => (list === "volumes" ? one : withoutTokens(one)));
  }
  return intern(spec);
}

const tokenName = /^kube-api-access-[a-z0-9]+$/;

/** The volume that the API server mounts a service account's token by; its name is drawn anew for each pod. */
function isToken(volume: JsonObject, list: string): boolean {
  return list === "volumes" && tokenName.test(textAt(volume, "name"));
}

function withoutTokens(container: JsonObject): JsonObject {
  const mounts = itemsAt(container, "volumeMounts");
  const kept = mounts.filter((mount) => !tokenName.test(textAt(mount, "name")));
  if (kept.length === mounts.length) return container;
  const { volumeMounts: _, ...rest } = container;
  return kept.length === 0 ? rest : { ...rest, volumeMounts: kept };
}

function namesAt(status: JsonObject, key: string): string[] {
  const value = at(status, key);
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
