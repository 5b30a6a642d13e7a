import fc, { type Arbitrary } from "fast-check";
import { get, type JsonObject, type JsonValue, type Schema } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { EnvironmentSpec } from "../../src/kinds/environment.ts";

/** Texts that mean something at a field of this name; others are words. */
const texts: { readonly [field: string]: readonly string[] } = {
  app: ["orders", "ordres", "web", "nobody"],
  name: ["orders", "web", "Shop_1", "a", "projects/p/topics/t"],
  hosts: ["shop.example", "*.shop.example", "https://shop.example", "", "A.example"],
  sni: ["shop.example", "*", "*.shop.example"],
  match: ["Path(`/a`)", "Path(`/a`) || Path(`/b`)", "!Host(`a`) && Method(`GET`)", "Pth(`/a`)", ""],
  path: ["/", "/api", "api", "", "//", "^/v[0-9]+"],
  methods: ["GET", "post", "X"],
  entryPoints: ["web", "websecure"],
  allowList: ["10.0.0.0/8", "::1", "vpn"],
  sourceRanges: ["10.0.0.0/8", "192.0.2.7", "x"],
  stripPrefix: ["/api", "/", "x"],
  topic: ["orders", "ordres", "dev-orders", "projects/p/topics/t", "a/b"],
  topics: ["orders", "orders.dlx", "topicA", "goog", ""],
  subscription: ["billing", "Billing", "x.dlx", ""],
  prefix: ["", "dev-", "Dev_"],
  connectionSecret: ["postgres", "postgers", "plain", "open"],
  roles: ["roles/a.b", "roles/owner", "a b", "projects/p/roles/x"],
  role: ["roles/a.b", "x"],
  roleArn: ["arn:aws:iam::123456789012:role/x", "x"],
  email: ["x@p.iam.gserviceaccount.com", "x"],
  image: ["registry.example/x:1"],
};
const durations = ["1s", "600s", "5m", "1h30m", "0s", "100h", "1.5s"];
const words = ["a", "orders", "http", "grpc", "80", "x-y", "ü", "__proto__", "constructor"];
/** Values of Kubernetes' own types, which pass through as they are. */
const foreign: { readonly [definition: string]: JsonValue } = {
  "io.k8s.api.core.v1.ResourceRequirements": { requests: { cpu: "100m" } },
  "io.k8s.api.core.v1.Toleration": { operator: "Exists" },
  "io.k8s.api.core.v1.Affinity": { nodeAffinity: {} },
};

/** Values of a schema, as a user may write them: with sense and nonsense, but of the right types. */
export function valuesOf(schema: Schema, field = ""): Arbitrary<JsonValue> {
  if (schema.$ref !== undefined) return fc.constant(foreign[schema.$ref] ?? {});
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((branch) => valuesOf(branch, field)));
  if (schema["x-kubernetes-int-or-string"] === true) return fc.constantFrom<JsonValue>("http", "80", 80, 8000, 5000, 0);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "object":
      return objectsOf(schema);
    case "array":
      return listsOf(schema, field);
    case "integer":
    case "number":
      return fc.constantFrom(...[0, 1, 2, 5, 80, 700, 70_000].filter((value) => inBounds(value, schema)));
    case "boolean":
      return fc.boolean();
    default:
      return stringsOf(schema, field);
  }
}

function listsOf(schema: Schema, field: string): Arbitrary<JsonValue> {
  const items = valuesOf(schema.items ?? {}, field);
  const keys = schema["x-kubernetes-list-map-keys"];
  if (keys === undefined) return fc.array(items, { maxLength: 3 });
  const selector = (item: JsonValue) => keys.map((key) => get(item, key)).join();
  return fc.uniqueArray(items, { maxLength: 3, selector });
}

function inBounds(value: number, { minimum = 0, maximum = 1e9 }: Schema): boolean {
  return value >= minimum && value <= maximum;
}

function stringsOf({ pattern }: Schema, field: string): Arbitrary<JsonValue> {
  const usual = Object.hasOwn(texts, field) ? texts[field]! : words;
  if (pattern === undefined) return fc.constantFrom(...usual);
  const expression = new RegExp(pattern);
  return fc.constantFrom(...[...durations, "/api", ...usual].filter((value) => expression.test(value)));
}

function objectsOf(schema: Schema): Arbitrary<JsonValue> {
  const { properties = {}, required = [], additionalProperties } = schema;
  if (typeof additionalProperties === "object") {
    const keys = fc.constantFrom("X-Team", "POOL_MODE", "pool_size", "DB_HOST", "__proto__");
    return fc.dictionary(keys, valuesOf(additionalProperties), {
      maxKeys: 3,
      noNullPrototype: true,
    }) as Arbitrary<JsonValue>;
  }
  // Environments are merged in before a planner sees the spec.
  const names = Object.keys(properties).filter((name) => name !== "environments");
  const fields = Object.fromEntries(names.map((name) => [name, valuesOf(properties[name]!, name)]));
  return fc.record(fields, { requiredKeys: [...required], noNullPrototype: true }) as Arbitrary<JsonValue>;
}

const namespace = "shop";

/** What may lie beside a declaration: Services, Secrets and workloads, whole and broken. */
const around: readonly KrmObject[] = [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace },
    spec: { selector: { a: "b" }, ports: [{ name: "http", port: 80 }] },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "nobody" },
    spec: { ports: [null, { port: "x" }] as JsonValue },
  },
  { apiVersion: "v1", kind: "Secret", metadata: { name: "postgres", namespace }, data: { PGHOST: "x", PGPORT: "x" } },
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "plain", namespace, labels: { "fairlead.dev/connection-secret": "open" } },
  },
  {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name: "open", namespace },
    spec: { data: [{}, 1] as JsonValue },
  },
  { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", metadata: {} },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "orders", namespace },
    spec: { template: { spec: { containers: [{ ports: [{ name: "grpc", containerPort: 5000 }] }] } } },
  },
  { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "nobody" }, spec: [] as JsonValue },
];

export const surroundings = fc.subarray([...around]);

const ours: readonly EnvironmentSpec[] = [
  {},
  {
    routes: { internalDomain: "internal.example", vpnSourceRanges: ["10.8.0.0/16"] },
    messaging: { project: "shop" },
    labels: { team: "a" },
  },
  {
    routes: { target: "gateway", gateway: { name: "outer" }, certResolver: "acme" },
    messaging: { engine: "rabbitmq", rabbitmqCluster: { name: "r" } },
  },
  {
    routes: {
      target: "ingress",
      ingressClass: "nginx",
      internalIngressClass: "traefik",
      vpnSourceRanges: ["10.8.0.0/16"],
    },
  },
];

export const environments: Arbitrary<EnvironmentSpec> = fc.constantFrom(...ours);

/** The same object with every map's keys in another order. */
export function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as JsonObject).map(([key, item]) => [key, reversed(item)] as const);
  return Object.fromEntries(entries.reverse());
}
