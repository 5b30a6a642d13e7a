import { definition, type JsonObject, type JsonValue, type Schema } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import fc from "fast-check";

const word = fc.constantFrom("a", "b", "web", "x-1", "data", "main");
const quantity = fc.constantFrom("1", "100m", "1Gi", "0.5", "2000m", "128974848");
/** Fields that would make every object of a run one that no API server accepts, or that say nothing about import. */
const skipped = new Set(["ephemeralContainers", "managedFields", "status"]);
const deepest = 7;

/** Any value of a vendored schema: every optional field is there or not, lists and maps have up to two items. */
export function valueOf(schema: Schema, depth = 0): fc.Arbitrary<JsonValue> {
  if (schema.$ref !== undefined) {
    if (schema.$ref.endsWith(".Quantity")) return quantity;
    if (schema.$ref.endsWith(".Time")) return fc.constant("2024-01-01T00:00:00Z");
    const target = definition(schema.$ref);
    return target === undefined ? fc.constant({}) : valueOf(target, depth);
  }
  if (schema.allOf?.length === 1) return valueOf(schema.allOf[0]!, depth);
  if (schema["x-kubernetes-int-or-string"] === true || schema.format === "int-or-string")
    return fc.oneof(fc.constantFrom(1, 80), fc.constantFrom("http", "25%"));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: 1, max: 100 });
    case "number":
      return fc.constantFrom(0.5, 1, 2.25);
    case "string":
      return word;
    case "array":
      return fc.array(valueOf(schema.items ?? {}, depth + 1), { maxLength: 2 }) as fc.Arbitrary<JsonValue>;
    default:
      return objectOf(schema, depth);
  }
}

function objectOf(schema: Schema, depth: number): fc.Arbitrary<JsonValue> {
  const { properties, additionalProperties, required = [] } = schema;
  if (properties === undefined) {
    if (typeof additionalProperties !== "object") return fc.constant({});
    return fc.dictionary(word, valueOf(additionalProperties, depth + 1), { maxKeys: 2 }) as fc.Arbitrary<JsonValue>;
  }
  const names = Object.keys(properties).filter(
    (name) => !skipped.has(name) && (depth < deepest || required.includes(name)),
  );
  const fields = Object.fromEntries(names.map((name) => [name, lazily(() => valueOf(properties[name]!, depth + 1))]));
  const chance = fc.constantFrom(...names.filter((name) => !required.includes(name)), "");
  return fc.uniqueArray(chance, { maxLength: 4 }).chain((chosen) => {
    const kept = names.filter((name) => required.includes(name) || chosen.includes(name));
    return fc.record(Object.fromEntries(kept.map((name) => [name, fields[name]!()]))) as fc.Arbitrary<JsonValue>;
  });
}

/** Schemas refer to themselves, so a field's arbitrary is made when the field is chosen. */
function lazily<T>(make: () => fc.Arbitrary<T>): () => fc.Arbitrary<T> {
  let made: fc.Arbitrary<T> | undefined;
  return () => (made ??= make());
}

const podSpec = definition("io.k8s.api.core.v1.PodSpec")!;
const deploymentSpec = definition("io.k8s.api.apps.v1.DeploymentSpec")!;
const serviceSpec = definition("io.k8s.api.core.v1.ServiceSpec")!;
const labels = fc.dictionary(word, fc.constantFrom("1", "2"), { maxKeys: 2 });

function metadata(name: string): fc.Arbitrary<JsonObject> {
  return fc.record({
    name: fc.constant(name),
    namespace: fc.constantFrom("shop", "shop", "shop", "other"),
    labels,
    annotations: labels,
  });
}

function deployment(name: string): fc.Arbitrary<KrmObject> {
  return fc
    .record({
      metadata: metadata(name),
      spec: valueOf(deploymentSpec),
      pod: valueOf(podSpec),
      labels,
      account: fc.constantFrom(undefined, "web", "shared"),
    })
    .map(({ metadata: meta, spec, pod, labels: more, account }) => {
      const podLabels = { app: name, ...more };
      const containers = named((pod as JsonObject)["containers"], name);
      const template = {
        metadata: { labels: podLabels },
        spec: { ...(pod as JsonObject), containers, ...(account !== undefined && { serviceAccountName: account }) },
      };
      return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: meta,
        spec: { ...(spec as JsonObject), selector: { matchLabels: { app: name } }, template },
      } as KrmObject;
    });
}

/** Containers have names of their own; a pod has one at least. */
function named(value: JsonValue | undefined, name: string): JsonObject[] {
  const list = (Array.isArray(value) ? value : []) as JsonObject[];
  return (list.length === 0 ? [{ image: "i:1" }] : list).map((container, index) => ({
    image: "i:1",
    ...container,
    name: index === 0 ? name : `${name}-${index}`,
  }));
}

function service(name: string, selector: JsonObject): fc.Arbitrary<KrmObject> {
  return fc.record({ metadata: metadata(name), spec: valueOf(serviceSpec) }).map(
    ({ metadata: meta, spec }) =>
      ({
        apiVersion: "v1",
        kind: "Service",
        metadata: meta,
        spec: { ports: [{ port: 80 }], ...(spec as JsonObject), selector },
      }) as KrmObject,
  );
}

const account: fc.Arbitrary<KrmObject> = fc
  .record({ metadata: metadata("web"), automountServiceAccountToken: fc.boolean() })
  .map((rest) => ({ apiVersion: "v1", kind: "ServiceAccount", ...rest }) as KrmObject);

/** Two Deployments with Services that select one of them, or both, or neither. */
export const manifests: fc.Arbitrary<KrmObject[]> = fc
  .tuple(
    deployment("web"),
    deployment("api"),
    service("web", { app: "web" }),
    fc
      .constantFrom<JsonObject>({ app: "api" }, { a: "1" }, { app: "none" })
      .chain((selector) => service("extra", selector)),
    account,
  )
  .chain((objects) => fc.shuffledSubarray(objects, { minLength: 2 }));
