import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { ContainerSpec, EnvVar, KeyRef } from "../pod-types.ts";
import { expandVariables } from "./expand-variables.ts";
import { fieldValue, resourceValue, type PodFacts } from "./field-value.ts";

/** Objects of the pod's namespace: `configmaps` and `secrets`. */
export type Lookup = (collection: "configmaps" | "secrets", name: string) => JsonObject | undefined;

export type ContainerEnv =
  | { readonly kind: "env"; readonly env: Readonly<Record<string, string>> }
  /** Why the container cannot be made, as a kubelet says it. */
  | { readonly kind: "problem"; readonly message: string };

export interface EnvInput {
  readonly container: ContainerSpec;
  readonly facts: PodFacts;
  readonly lookup: Lookup;
  /** What the node and the image set: the container's own come after them and may name them. */
  readonly base: Readonly<Record<string, string>>;
  /** `CATALOG_SERVICE_HOST` and the like; the container's own win. */
  readonly services: Readonly<Record<string, string>>;
}

/** The environment of a container as a kubelet makes it. */
export function containerEnv({ container, facts, lookup, base, services }: EnvInput): ContainerEnv {
  const own = new Map<string, string>();
  try {
    for (const source of container.envFrom ?? []) {
      const { prefix = "", configMapRef, secretRef } = source;
      const data =
        configMapRef === undefined
          ? dataOf("secrets", { name: "", ...secretRef }, lookup)
          : dataOf("configmaps", configMapRef, lookup);
      for (const [key, value] of data) own.set(prefix + key, value.toString("utf8"));
    }
    const known = (name: string): string | undefined => own.get(name) ?? base[name] ?? services[name];
    for (const variable of container.env ?? []) {
      const value = valueOf(variable, container, facts, lookup, known);
      if (value !== undefined) own.set(variable.name, value);
    }
  } catch (error) {
    if (error instanceof EnvProblem) return { kind: "problem", message: error.message };
    throw error;
  }
  return { kind: "env", env: { ...services, ...base, ...Object.fromEntries(own) } };
}

/** Left by what reads the sources of a variable. */
class EnvProblem extends Error {}

function valueOf(
  { name, value = "", valueFrom }: EnvVar,
  container: ContainerSpec,
  facts: PodFacts,
  lookup: Lookup,
  known: (name: string) => string | undefined,
): string | undefined {
  if (valueFrom === undefined) return expandVariables(value, known);
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef !== undefined) {
    const field = fieldValue(fieldRef, facts);
    if (field === undefined) throw new EnvProblem(`unsupported fieldPath: ${fieldRef.fieldPath}`);
    return field;
  }
  if (resourceFieldRef !== undefined) {
    const amount = resourceValue(resourceFieldRef, container.name, facts);
    if (amount === undefined) throw new EnvProblem(`unsupported container resource: ${resourceFieldRef.resource}`);
    return amount;
  }
  if (configMapKeyRef !== undefined) return keyValue("configmaps", "ConfigMap", configMapKeyRef, facts, lookup);
  if (secretKeyRef !== undefined) return keyValue("secrets", "Secret", secretKeyRef, facts, lookup);
  throw new EnvProblem(`invalid valueFrom for env var ${name}`);
}

function keyValue(
  collection: "configmaps" | "secrets",
  kind: string,
  ref: KeyRef,
  { pod }: PodFacts,
  lookup: Lookup,
): string | undefined {
  const isOptional = ref.optional === true;
  const data = dataOf(collection, ref, lookup);
  const value = data.get(ref.key);
  if (value !== undefined) return value.toString("utf8");
  if (isOptional) return undefined;
  throw new EnvProblem(`couldn't find key ${ref.key} in ${kind} ${pod.metadata.namespace}/${ref.name}`);
}

/** All values of a ConfigMap or Secret; throws if it has to be there and is not. */
function dataOf(
  collection: "configmaps" | "secrets",
  { name, optional }: { readonly name: string; readonly optional?: boolean },
  lookup: Lookup,
): ReadonlyMap<string, Buffer> {
  const object = lookup(collection, name);
  if (object !== undefined) return objectData(object);
  if (optional === true) return new Map();
  throw new EnvProblem(`${collection.slice(0, -1)} ${JSON.stringify(name)} not found`);
}

/** The values of a ConfigMap (`data`, `binaryData`) or of a Secret (`data`, base64). */
export function objectData(object: JsonObject): ReadonlyMap<string, Buffer> {
  const values = new Map<string, Buffer>();
  const isSecret = object["kind"] === "Secret";
  const read = (list: string, encoding: "utf8" | "base64"): void => {
    const data = get(object, list);
    if (isObject(data)) for (const key of Object.keys(data)) values.set(key, Buffer.from(textOf(data[key]), encoding));
  };
  read("data", isSecret ? "base64" : "utf8");
  read("binaryData", "base64");
  return values;
}
