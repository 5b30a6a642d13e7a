import { get, isObject, parseQuantity, type JsonObject, type JsonValue, textOf } from "@fairlead/apimachinery";
import { listOf, read, specOf, text } from "./validation/checks.ts";

const formerLabels: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const formerAnnotations: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};

const formerVolumes: Readonly<Record<string, string>> = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

/** What the server warns of in a Pod or a template (`prefix`: `spec.template.`). */
export function* podWarnings(pod: JsonValue | undefined, prefix = ""): Generator<string> {
  const spec = get(pod, "spec");
  const selector = get(spec, "nodeSelector");
  for (const key of Object.keys(isObject(selector) ? selector : {})) {
    const why = formerLabels[key];
    if (why !== undefined) yield `${prefix}spec.nodeSelector[${key}]: ${why}`;
  }
  for (const [index, one] of listOf(get(spec, "topologySpreadConstraints")).entries()) {
    const at = `${prefix}spec.topologySpreadConstraints[${index}]`;
    const key = text(one, "topologyKey");
    const why = formerLabels[key];
    if (why !== undefined) yield `${at}.topologyKey: ${key} is ${why}`;
    if (!isObject(get(one, "labelSelector"))) {
      yield `${at}.labelSelector: a null labelSelector results in matching no pod`;
    }
  }
  const annotations = read(pod, "metadata", "annotations");
  for (const [key, why] of Object.entries(formerAnnotations)) {
    if (get(annotations, key) !== undefined) yield `${prefix}metadata.annotations[${key}]: ${why}`;
  }
  for (const [index, volume] of listOf(get(spec, "volumes")).entries()) {
    for (const [key, why] of Object.entries(formerVolumes)) {
      const shown = key === "storageos" ? "storageOS" : key;
      if (isObject(get(volume, key))) yield `${prefix}spec.volumes[${index}].${shown}: ${why}`;
    }
  }
  yield* repeated(get(spec, "hostAliases"), "ip", `${prefix}spec.hostAliases`);
  yield* repeated(get(spec, "imagePullSecrets"), "name", `${prefix}spec.imagePullSecrets`);
  for (const [index, one] of listOf(get(spec, "imagePullSecrets")).entries()) {
    if (text(one, "name") === "") yield `${prefix}spec.imagePullSecrets[${index}].name: invalid empty name ""`;
  }
  yield* containerWarnings(spec, `${prefix}spec`);
  yield* portWarnings(spec, `${prefix}spec`);
  const grace = get(spec, "terminationGracePeriodSeconds");
  if (typeof grace === "number" && grace < 0) {
    const why = "must be >= 0; negative values are invalid and will be treated as 1";
    yield `${prefix}spec.terminationGracePeriodSeconds: ${why}`;
  }
}

function* repeated(list: JsonValue | undefined, key: string, at: string): Generator<string> {
  const seen = new Set<string>();
  for (const [index, one] of listOf(list).entries()) {
    const value = text(one, key);
    if (seen.has(value)) yield `${at}[${index}].${key}: duplicate ${key} ${JSON.stringify(value)}`;
    seen.add(value);
  }
}

const containerLists = ["initContainers", "containers", "ephemeralContainers"];

function containersOf(spec: JsonValue | undefined, at: string): [JsonValue, string][] {
  return containerLists.flatMap((key) =>
    listOf(get(spec, key)).map((one, index): [JsonValue, string] => [one, `${at}.${key}[${index}]`]),
  );
}

function* containerWarnings(spec: JsonValue | undefined, at: string): Generator<string> {
  for (const [container, here] of containersOf(spec, at)) {
    for (const name of ["memory", "ephemeral-storage"]) {
      for (const key of ["limits", "requests"]) {
        const amount = read(container, "resources", key, name);
        if (!isFraction(amount)) continue;
        const shown = JSON.stringify(textOf(amount));
        yield `${here}.resources.${key}[${name}]: fractional byte value ${shown} is invalid, must be an integer`;
      }
    }
    const seen = new Set<string>();
    for (const [index, variable] of listOf(get(container, "env")).entries()) {
      const name = text(variable, "name");
      const reference = `$(${name})`;
      const value = text(variable, "value");
      const isKept = !isObject(get(variable, "valueFrom")) && value !== reference && value.includes(reference);
      if (seen.has(name) && !isKept) {
        const why = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
        yield `${here}.env[${index}]: ${why}`;
      }
      seen.add(name);
    }
  }
}

function isFraction(amount: JsonValue | undefined): boolean {
  const quantity = typeof amount === "string" || typeof amount === "number" ? parseQuantity(amount) : undefined;
  return quantity !== undefined && quantity.scale < 0 && quantity.mantissa % 10n ** BigInt(-quantity.scale) !== 0n;
}

function* portWarnings(spec: JsonValue | undefined, at: string): Generator<string> {
  const known = new Map<string, { readonly at: string; readonly port: JsonValue }[]>();
  for (const [container, here] of containersOf(spec, at)) {
    for (const [index, port] of listOf(get(container, "ports")).entries()) {
      const own = `${here}.ports[${index}]`;
      const key = `${Number(get(port, "containerPort"))}/${text(port, "protocol")}`;
      const others = known.get(key) ?? [];
      known.set(key, others);
      for (const other of others) {
        const [a, b] = [get(port, "hostPort") ?? 0, get(other.port, "hostPort") ?? 0];
        const [left, right] = [text(port, "hostIP"), text(other.port, "hostIP")];
        if (a === b && left === right) yield `${own}: duplicate port definition with ${other.at}`;
        else if (a === 0 || b === 0) yield `${own}: overlapping port definition with ${other.at}`;
        else if (a === b && (left === "") !== (right === "")) {
          yield `${own}: dangerously ambiguous port definition with ${other.at}`;
        }
      }
      others.push({ at: own, port });
    }
  }
}

export function* serviceWarnings(service: JsonObject): Generator<string> {
  const spec = specOf(service);
  const isHeadless = spec["clusterIP"] === "None";
  const addresses = listOf(spec["externalIPs"]);
  if (isHeadless) {
    if (text(spec, "loadBalancerIP") !== "") yield "spec.loadBalancerIP is ignored for headless services";
    if (addresses.length > 0) yield "spec.externalIPs is ignored for headless services";
    if (text(spec, "sessionAffinity") !== "None") yield "spec.SessionAffinity is ignored for headless services";
  }
  const isExternal = spec["type"] === "ExternalName";
  if (isExternal && addresses.length > 0) yield 'spec.externalIPs is ignored when spec.type is "ExternalName"';
  if (!isExternal && text(spec, "externalName") !== "") {
    yield 'spec.externalName is ignored when spec.type is not "ExternalName"';
  }
  if (spec["trafficDistribution"] === "PreferClose") {
    yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"';
  }
}

type Warnings = (object: JsonObject, old: JsonObject | undefined) => readonly string[];

function ofTemplate(...path: readonly string[]): Warnings {
  return (object, old) => {
    const generation = read(object, "metadata", "generation");
    if (old !== undefined && generation === read(old, "metadata", "generation")) return [];
    return [...podWarnings(read(object, ...path), `${path.join(".")}.`)];
  };
}

const ingressClass = "kubernetes.io/ingress.class";

/** By collection; nobody is warned again who only updates a Pod. */
export const warnings: ReadonlyMap<string, Warnings> = new Map<string, Warnings>([
  ["pods", (pod, old) => (old === undefined ? [...podWarnings(pod)] : [])],
  ["services", (service) => [...serviceWarnings(service)]],
  [
    "ingresses.networking.k8s.io",
    (ingress, old) =>
      old === undefined && read(ingress, "metadata", "annotations", ingressClass) !== undefined
        ? [`annotation "${ingressClass}" is deprecated, please use 'spec.ingressClassName' instead`]
        : [],
  ],
  ["cronjobs.batch", ofTemplate("spec", "jobTemplate", "spec", "template")],
  ["daemonsets.apps", ofTemplate("spec", "template")],
  ["deployments.apps", ofTemplate("spec", "template")],
  ["jobs.batch", ofTemplate("spec", "template")],
  ["replicasets.apps", ofTemplate("spec", "template")],
  ["statefulsets.apps", ofTemplate("spec", "template")],
]);
