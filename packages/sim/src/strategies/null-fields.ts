import {
  definition,
  definitionName,
  isObject,
  type JsonObject,
  type JsonValue,
  type Schema,
} from "@fairlead/apimachinery";

/**
 * Lists and optional texts that Go writes as null where they are not set: fields of Kubernetes' v1 types without
 * `omitempty` which an object may go without. By definition.
 */
const nullFields: ReadonlyMap<string, readonly string[]> = new Map([
  ["io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus", ["currentMetrics"]],
  ["io.k8s.api.batch.v1.PodFailurePolicy", ["rules"]],
  ["io.k8s.api.core.v1.AzureFilePersistentVolumeSource", ["secretNamespace"]],
  ["io.k8s.api.core.v1.ContainerImage", ["names"]],
  ["io.k8s.api.core.v1.LimitRangeSpec", ["limits"]],
  ["io.k8s.api.core.v1.PodExtendedResourceClaimStatus", ["requestMappings"]],
  ["io.k8s.api.core.v1.ProjectedVolumeSource", ["sources"]],
  ["io.k8s.api.core.v1.TypedLocalObjectReference", ["apiGroup"]],
  ["io.k8s.api.core.v1.TypedObjectReference", ["apiGroup"]],
  ["io.k8s.api.discovery.v1.EndpointSlice", ["endpoints", "ports"]],
  ["io.k8s.api.flowcontrol.v1.ResourcePolicyRule", ["namespaces"]],
  ["io.k8s.api.rbac.v1.ClusterRole", ["rules"]],
  ["io.k8s.api.rbac.v1.Role", ["rules"]],
  ["io.k8s.api.resource.v1.AllocatedDeviceStatus", ["conditions"]],
  ["io.k8s.api.resource.v1.DeviceClaim", ["requests"]],
  ["io.k8s.api.storage.v1.CSINodeDriver", ["topologyKeys"]],
  ["io.k8s.api.storage.v1.CSINodeSpec", ["drivers"]],
]);

interface Plan {
  readonly nulls: readonly string[];
  /** The fields below which something may be null. */
  readonly children: readonly (readonly [string, Plan])[];
}

const empty: Plan = { nulls: [], children: [] };
const plans = new Map<string, Plan>();

function planOf(name: string, above: ReadonlySet<string>): Plan {
  const known = plans.get(name);
  if (known !== undefined) return known;
  // A definition within itself: of JSON schemas only, which have nothing to be null.
  if (above.has(name)) return empty;
  const within = new Set([...above, name]);
  const children = Object.entries(definition(name)?.properties ?? {}).flatMap(([key, schema]) => {
    const child = referenceOf(schema);
    const plan = child === undefined ? empty : planOf(child, within);
    return plan === empty ? [] : [[key, plan] as const];
  });
  const nulls = nullFields.get(name) ?? [];
  const plan = nulls.length === 0 && children.length === 0 ? empty : { nulls, children };
  plans.set(name, plan);
  return plan;
}

/** The definition of a field's value, or of its items. */
function referenceOf(schema: Schema): string | undefined {
  const items = schema.items;
  const own = isObject(items as JsonValue) ? (items as Schema) : schema;
  const found = own.$ref ?? own.allOf?.[0]?.$ref;
  return typeof found === "string" ? found.slice(found.lastIndexOf("/") + 1) : undefined;
}

function planFor({ apiVersion, kind }: JsonObject): Plan {
  const name =
    typeof apiVersion === "string" && typeof kind === "string" ? definitionName(apiVersion, kind) : undefined;
  return name === undefined ? empty : planOf(name, new Set());
}

/** A built-in object with null where Go writes it; the same one where there is nothing to write. Empty lists are none. */
export function withNulls(object: JsonObject): JsonObject {
  const plan = planFor(object);
  return plan === empty ? object : (filled(object, plan) as JsonObject);
}

function filled(value: JsonValue, plan: Plan): JsonValue {
  if (Array.isArray(value)) {
    const items = value.map((item) => filled(item, plan));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isObject(value)) return value;
  let object = value;
  const own = (): JsonObject => (object === value ? (object = { ...value }) : object);
  for (const key of plan.nulls) {
    const there = object[key];
    if (there === undefined || (Array.isArray(there) && there.length === 0)) own()[key] = null;
  }
  for (const [key, child] of plan.children) {
    const there = object[key];
    if (there === undefined) continue;
    const after = filled(there, child);
    if (after !== there) own()[key] = after;
  }
  return object;
}
