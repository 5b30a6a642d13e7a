import { canonicalJson, clone, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { InjectionContext } from "./context.ts";
import { earlierStatus, statusAnnotation } from "./overrides.ts";
import {
  annotationsOf,
  at,
  containerOf,
  coreDumpContainer,
  initContainer,
  named,
  objectsIn,
  proxyContainer,
  validationContainer,
} from "./pod-parts.ts";
import { rewriteProbes } from "./probes.ts";
import type { Failed } from "./run-templates.ts";
import { mergeScrapeAnnotations } from "./scrape-annotations.ts";

export interface Finishing {
  /** The pod as it came. */
  readonly pod: JsonObject;
  readonly template: JsonObject;
  readonly proxyConfig: JsonObject;
  /** Of the path, of the values and of the pod's label. */
  readonly variables: ReadonlyMap<string, string>;
  readonly context: InjectionContext;
}

/** What templates cannot do: variables of the path, metrics, probes, the status, and the order of containers. */
export function finishPod(merged: JsonObject, finishing: Finishing): JsonObject | Failed {
  const { template, variables, context, proxyConfig } = finishing;
  const result = clone(merged);
  const metadata = (result["metadata"] ??= {}) as JsonObject;
  const annotations = (metadata["annotations"] ??= {}) as JsonObject;
  const labels = (metadata["labels"] ??= {}) as JsonObject;
  const { mesh, values } = context.config;
  const agentPort = Number(at(mesh, "defaultConfig", "statusPort"));
  const wasInjected = earlierStatus(finishing.pod) !== undefined;
  const proxy = containerOf(result["spec"], proxyContainer);
  if (proxy !== undefined && variables.size > 0) setVariables(proxy, variables);
  const isMerging = at(mesh, "enablePrometheusMerge") !== false;
  const problem = mergeScrapeAnnotations(annotations, proxy, isMerging, agentPort);
  if (problem !== undefined) return { kind: "failed", message: `failed to process pod: ${problem}` };
  if (proxy !== undefined) {
    const isRewriting = at(values, "sidecarInjectorWebhook", "rewriteAppHTTPProbe") === true;
    rewriteProbes(result, proxy, isRewriting, agentPort, wasInjected);
  }
  const network = variables.get("ISTIO_META_NETWORK");
  if (network !== undefined) labels["topology.istio.io/network"] = network;
  annotations[statusAnnotation] = statusOf(template["spec"], context.revision);
  for (const [name, value] of context.config.injectedAnnotations) annotations[name] = value;
  const isHeld =
    at(proxyConfig, "holdApplicationUntilProxyStarts") === true ||
    at(values, "global", "proxy", "holdApplicationUntilProxyStarts") === true;
  reorder(result["spec"] as JsonObject, isHeld);
  if (wasInjected) keepOrder(result["spec"] as JsonObject, finishing.pod["spec"]);
  return result;
}

/** Variables that others replace stand at the end, in the order of their names. */
function setVariables(proxy: JsonObject, variables: ReadonlyMap<string, string>): void {
  const kept = objectsIn(proxy, "env").filter((one) => !variables.has(textOf(one["name"])));
  const added = [...variables].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name, value }));
  proxy["env"] = [...kept, ...added];
}

/** The annotation `sidecar.istio.io/status`, as Go writes it. */
function statusOf(spec: JsonValue | undefined, revision: string): string {
  const names = (key: string): JsonValue => {
    const found = objectsIn(spec, key).map((one) => one["name"] ?? "");
    return found.length === 0 ? null : found;
  };
  return JSON.stringify({
    initContainers: names("initContainers"),
    containers: names("containers"),
    volumes: names("volumes"),
    imagePullSecrets: names("imagePullSecrets"),
    revision: revision || "default",
  });
}

function reorder(spec: JsonObject, isHeld: boolean): void {
  spec["containers"] = moved(objectsIn(spec, "containers"), proxyContainer, isHeld ? "first" : "last");
  const before = objectsIn(spec, "initContainers");
  if (before.length === 0) return;
  let inits = before;
  if (named(inits, proxyContainer) !== undefined) {
    // The network first, then the proxy: later init containers are part of the mesh.
    for (const name of [coreDumpContainer, proxyContainer, validationContainer, initContainer])
      inits = moved(inits, name, "first");
  } else {
    inits = moved(inits, validationContainer, "first");
    inits = moved(inits, initContainer, "last");
    inits = moved(inits, coreDumpContainer, "last");
  }
  spec["initContainers"] = inits;
}

function moved(containers: JsonObject[], name: string, to: "first" | "last"): JsonObject[] {
  const found = containers.filter((one) => one["name"] === name).at(-1);
  if (found === undefined) return containers;
  const others = containers.filter((one) => one["name"] !== name);
  return to === "first" ? [found, ...others] : [...others, found];
}

/** An injection that finds its own work changes nothing, not even the order of variables. */
function keepOrder(spec: JsonObject, before: JsonValue | undefined): void {
  for (const key of ["containers", "initContainers"]) {
    for (const container of objectsIn(spec, key)) {
      const earlier = named(objectsIn(before, key), textOf(container["name"]));
      const [now, then] = [objectsIn(container, "env"), objectsIn(earlier, "env")];
      const texts = (list: readonly JsonObject[]): string => list.map(canonicalJson).sort().join("\n");
      if (now.length > 0 && now.length === then.length && texts(now) === texts(then)) container["env"] = clone(then);
    }
  }
}

/** Where a pod is: its label, the webhook's path, the values, in this order. */
export function placeVariables(
  pod: JsonObject,
  path: ReadonlyMap<string, string>,
  values: JsonObject,
): Map<string, string> {
  const result = new Map(path);
  const cluster = path.get("ISTIO_META_CLUSTER_ID") || at(values, "global", "multiCluster", "clusterName");
  const labels = annotationsOf({ annotations: at(pod, "metadata", "labels") ?? {} });
  const network =
    labels["topology.istio.io/network"] ?? (path.get("ISTIO_META_NETWORK") || at(values, "global", "network"));
  if (typeof cluster === "string" && cluster !== "") result.set("ISTIO_META_CLUSTER_ID", cluster);
  if (typeof network === "string" && network !== "") result.set("ISTIO_META_NETWORK", network);
  return result;
}
