import { get, isObject, setOwn, type JsonArray, type JsonObject, type JsonValue } from "../../json.ts";
import type { FieldSetOptions } from "../field-set-of.ts";
import type { FieldSet } from "../field-set.ts";
import { resetFields } from "../reset-fields.ts";

/** What the API server keeps of the stored object whatever is written. */
const keptMetadata = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "resourceVersion",
  "selfLink",
  "uid",
] as const;

/** The object with what only the server sets, taken from the stored one, and without `managedFields`. */
export function withServerFields(object: JsonObject, live: JsonObject, options: FieldSetOptions): JsonObject {
  const result = withReset(object, live, resetFields(object, options));
  const meta = get(result, "metadata");
  const before = get(live, "metadata");
  const metadata: JsonObject = isObject(meta) ? { ...meta } : {};
  for (const key of keptMetadata) copy(before, metadata, key);
  // Who leaves them out or empty means those of the request's path.
  for (const key of ["name", "namespace"]) if (get(before, key) !== undefined) copy(before, metadata, key);
  delete metadata["managedFields"];
  result["metadata"] = metadata;
  return result;
}

/** The object with the fields that the endpoint resets as they are stored. */
function withReset(object: JsonObject, live: JsonValue | undefined, reset: FieldSet): JsonObject {
  const result = { ...object };
  for (const { element, member, children } of reset.entries) {
    if (element.kind !== "field") continue;
    const { name } = element;
    const value = get(object, name);
    if (member) copy(live, result, name);
    else if (children !== undefined && isObject(value))
      setOwn(result, name, withReset(value, get(live, name), children));
  }
  return result;
}

function copy(from: JsonValue | undefined, to: JsonObject, key: string): void {
  const value = get(from, key);
  if (value === undefined) delete to[key];
  else setOwn(to, key, value);
}

/**
 * A defaulted object with what the server allocates or always adds: to write it again without these does not take them
 * away. `live` is the stored object in its defaulted form.
 */
export function withAllocations(object: JsonObject, live: JsonObject): JsonObject {
  const { spec } = object;
  const before = live["spec"];
  if (object["apiVersion"] !== "v1" || !isObject(spec) || !isObject(before)) return object;
  if (object["kind"] === "Service") return { ...object, spec: allocatedService(spec, before) };
  return object["kind"] === "Pod" ? { ...object, spec: toleratedPod(spec) } : object;
}

function isUnset(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === "" || value === 0;
}

function allocatedService(spec: JsonObject, before: JsonObject): JsonObject {
  const result = { ...spec };
  const both = (holds: (one: JsonObject) => boolean): boolean => holds(spec) && holds(before);
  const keep = (key: string): void => {
    if (isUnset(spec[key])) copy(before, result, key);
  };
  if (both((one) => one["type"] !== "ExternalName")) {
    keep("clusterIP");
    keep("clusterIPs");
  }
  if (both(needsNodePorts) && Array.isArray(spec["ports"])) {
    result["ports"] = allocatedPorts(spec["ports"], Array.isArray(before["ports"]) ? before["ports"] : []);
  }
  if (both((one) => one["type"] === "LoadBalancer" && one["externalTrafficPolicy"] === "Local")) {
    keep("healthCheckNodePort");
  }
  return result;
}

function needsNodePorts({ type, allocateLoadBalancerNodePorts }: JsonObject): boolean {
  return type === "NodePort" || (type === "LoadBalancer" && allocateLoadBalancerNodePorts !== false);
}

/** Ports keep their node ports by name, unless another port asks for the same. */
function allocatedPorts(ports: JsonArray, before: JsonArray): JsonArray {
  const asked = new Set(ports.map((port) => get(port, "nodePort")));
  const byName = new Map(before.map((port) => [get(port, "name") ?? "", get(port, "nodePort")]));
  return ports.map((port) => {
    const old = byName.get(get(port, "name") ?? "");
    const keeps = isObject(port) && isUnset(port["nodePort"]) && old !== undefined && !asked.has(old);
    return keeps ? { ...port, nodePort: old } : port;
  });
}

const taints = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] as const;

/** The admission plugin DefaultTolerationSeconds, which is on everywhere. */
function toleratedPod(spec: JsonObject): JsonObject {
  const tolerations = Array.isArray(spec["tolerations"]) ? spec["tolerations"] : [];
  const missing = taints.filter(
    (taint) =>
      !tolerations.some((one) => {
        const [key, effect] = [get(one, "key") ?? "", get(one, "effect") ?? ""];
        return (key === taint || key === "") && (effect === "NoExecute" || effect === "");
      }),
  );
  const added = missing.map((key) => ({ effect: "NoExecute", key, operator: "Exists", tolerationSeconds: 300 }));
  return added.length === 0 ? spec : { ...spec, tolerations: [...tolerations, ...added] };
}
