import { defaultObject, get, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Labels, ProxyShape } from "../model/facts.ts";
import { canonical, sha256 } from "./canonical.ts";
import { intern } from "./intern.ts";
import { isMark, revisionLabel, statusAnnotation, templateHashLabels, templatesAnnotation } from "./keys.ts";
import { at, itemsAt, objectAt, textAt } from "./read.ts";

export const proxyContainer = "istio-proxy";

/** Variables that name the owner of the pod, or its namespace: their values are another workload's business. */
export const ownerEnv: ReadonlySet<string> = new Set([
  "ISTIO_META_OWNER",
  "ISTIO_META_WORKLOAD_NAME",
  "OTEL_RESOURCE_ATTRIBUTES",
]);

/**
 * The proxy of a pod, as the API server gives the pod back; undefined: it has none. `ignoredEnv` are names of variables
 * that are left out, `PREFIX*` for several. Equal shapes are one object. Never throws, whatever the pod looks like.
 */
export function proxyOf(pod: JsonObject, ignoredEnv: readonly string[] = []): ProxyShape | undefined {
  const found = foundIn(pod);
  if (found === undefined) return undefined;
  const { container, rest } = found;
  // Pods that were stripped share their containers: most shapes are known by now.
  const key = [...Object.values(rest), ...ignoredEnv].join("\0");
  let shapes = known.get(container);
  if (shapes === undefined) known.set(container, (shapes = new Map()));
  let shape = shapes.get(key);
  if (shape === undefined) {
    shape = shapeOf(container, rest, ignoredEnv);
    if (shapes.size >= mostShapes) shapes.clear();
    shapes.set(key, shape);
  }
  return shape;
}

interface Found {
  readonly container: JsonObject;
  readonly rest: Rest;
}

function foundIn(pod: JsonObject): Found | undefined {
  const spec = objectAt(pod, "spec");
  const regular = named(spec, "containers", proxyContainer);
  const container = regular ?? named(spec, "initContainers", proxyContainer);
  if (container === undefined) return undefined;
  const metadata = pod["metadata"];
  const isNative = regular === undefined && container["restartPolicy"] === "Always";
  // An init container that ends is no proxy of the pod.
  if (regular === undefined && !isNative) return undefined;
  const rest: Rest = {
    digest: digestOf(pod, isNative),
    revision: revisionOf(metadata),
    placement: isNative ? "native" : "container",
    init: initOf(spec),
    templates: textAt(metadata, "annotations", templatesAnnotation),
  };
  return { container, rest };
}

type Rest = Pick<ProxyShape, "digest" | "revision" | "placement" | "init" | "templates">;
const known = new WeakMap<JsonObject, Map<string, ProxyShape>>();
/** Of one container. */
const mostShapes = 64;

function shapeOf(container: JsonObject, rest: Rest, ignoredEnv: readonly string[]): ProxyShape {
  return intern({
    image: textAt(container, "image"),
    ...rest,
    resources: objectAt(container, "resources"),
    env: envOf(container, ignoredEnv) as JsonObject,
    args: argsOf(container),
  }) as unknown as ProxyShape;
}

/** Of what injectors answered of late, by what a shape is made of: answers about pods of a mesh differ in little. */
const expected = new Map<string, ProxyShape>();
const mostExpected = 512;

/**
 * The proxy of a pod that an injector described: with the defaults that the API server will fill in, so that it is
 * compared by value with pods that run.
 */
export function expectedProxyOf(pod: JsonObject, ignoredEnv: readonly string[] = []): ProxyShape | undefined {
  const found = foundIn(pod);
  // Most templates have none: they need no defaults.
  if (found === undefined) return undefined;
  const container = proxyOnly(found.container);
  const key = sha256(JSON.stringify([container, found.rest, ignoredEnv]));
  let shape = expected.get(key);
  if (shape === undefined) shape = shapeOf(defaulted(container, found.rest), found.rest, ignoredEnv);
  else expected.delete(key);
  expected.set(key, shape);
  if (expected.size > mostExpected) expected.delete(expected.keys().next().value!);
  return shape;
}

/** Defaults of a proxy follow from itself: those of the rest of the pod need not be made. */
function defaulted(container: JsonObject, { placement }: Rest): JsonObject {
  const list = placement === "native" ? "initContainers" : "containers";
  const pod = { apiVersion: "v1", kind: "Pod", metadata: {}, spec: { [list]: [container] } };
  return named(objectAt(defaultObject(pod), "spec"), list, proxyContainer) ?? container;
}

const shapeFields = ["name", "image", "restartPolicy", "env", "args", "resources"];

/** What a shape is made of. Without what names the workload, proxies of one template are equal in all workloads. */
export function proxyOnly(container: JsonObject): JsonObject {
  const made: JsonObject = {};
  for (const key of shapeFields) if (Object.hasOwn(container, key)) made[key] = container[key]!;
  const { env } = made;
  if (Array.isArray(env)) made["env"] = env.filter((one) => !ownerEnv.has(textAt(one, "name")));
  return made;
}

function named(spec: JsonObject, list: string, name: string): JsonObject | undefined {
  return itemsAt(spec, list).find((one) => one["name"] === name);
}

function digestOf(pod: JsonObject, isNative: boolean): string {
  const list = isNative ? "initContainerStatuses" : "containerStatuses";
  const status = itemsAt(pod, "status", list).find((one) => one["name"] === proxyContainer);
  return /@(sha256:[0-9a-f]{64})$/.exec(textAt(status, "imageID"))?.[1] ?? "";
}

function revisionOf(metadata: JsonValue | undefined): string {
  const status = parsed(textAt(metadata, "annotations", statusAnnotation));
  return (
    textAt(status, "revision") ||
    textAt(metadata, "annotations", revisionLabel) ||
    textAt(metadata, "labels", revisionLabel)
  );
}

function initOf(spec: JsonObject): ProxyShape["init"] {
  for (const { name } of itemsAt(spec, "initContainers")) {
    if (name === "istio-init") return "init";
    if (name === "istio-validation") return "validation";
  }
  return "none";
}

function argsOf(container: JsonObject): string[] {
  const value = at(container, "args");
  const args = Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  // Old proxies are told the name of their workload.
  const index = args.indexOf("--serviceCluster");
  return index < 0 ? args : args.toSpliced(index, 2);
}

function envOf(container: JsonObject, ignored: readonly string[]): Labels {
  const env: JsonObject = {};
  const pairs = itemsAt(container, "env").map((one) => [textAt(one, "name"), one] as const);
  for (const [name, one] of pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (name === "" || ownerEnv.has(name) || isIgnored(name, ignored)) continue;
    const { value, valueFrom } = one;
    const text = isObject(valueFrom) ? canonical(valueFrom) : typeof value === "string" ? value : "";
    setOwn(env, name, isObject(valueFrom) ? text : plain(name, text));
  }
  return env as Labels;
}

export function isIgnored(name: string, ignored: readonly string[]): boolean {
  return ignored.some((one) => (one.endsWith("*") ? name.startsWith(one.slice(0, -1)) : one === name));
}

/** JSON in one form, whatever spaces its writer strews in; without what only says when pods were restarted. */
function plain(name: string, text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  const value = parsed(text);
  if (value === undefined) return text;
  if (name === "ISTIO_METAJSON_ANNOTATIONS" && isObject(value)) return canonical(without(value, isMark));
  if (name === "ISTIO_METAJSON_LABELS" && isObject(value))
    return canonical(without(value, (key) => templateHashLabels.includes(key)));
  return canonical(value);
}

function without(value: JsonObject, drops: (key: string) => boolean): JsonObject {
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) if (!drops(key)) setOwn(kept, key, get(value, key)!);
  return kept;
}

function parsed(text: string): JsonValue | undefined {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
