import { equal, get, isObject, textOf, type JsonArray, type JsonObject } from "@fairlead/apimachinery";
import { ApiError, invalid } from "../errors.ts";
import { invalidValue } from "../field-problem.ts";
import { selectableFields } from "./selectable-fields.ts";
import type { Strategy, StrategyContext } from "./strategy.ts";

/** The range of Service addresses: `10.96.0.0/16`, as kubeadm's default begins. */
const [first, second] = [10, 96];
const firstPort = 30_000;
const lastPort = 32_767;

/** A Service gets addresses and node ports right before it is stored. */
export const serviceStrategy: Strategy = {
  createsOnUpdate: true,
  prepareForCreate: (service) => {
    service["status"] = { loadBalancer: {} };
  },
  prepareForUpdate: (service, old, { subresource }) => {
    if (subresource === "") dropFormerFields(service, old);
  },
  allocate: (service, old, context) => {
    const spec = isObject(service["spec"]) ? service["spec"] : {};
    service["spec"] = spec;
    if (spec["type"] === "ExternalName") {
      for (const key of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) delete spec[key];
      return;
    }
    allocateAddress(service, spec, old, context);
    if (needsNodePorts(spec)) allocatePorts(service, spec, old, context);
    if (
      spec["type"] === "LoadBalancer" &&
      spec["externalTrafficPolicy"] === "Local" &&
      spec["healthCheckNodePort"] === undefined
    ) {
      spec["healthCheckNodePort"] = freePort(usedPorts(service, context), context.random);
    }
  },
  selectableFields: selectableFields.get("services")!,
};

/** What a Service had only because of the type that it had goes with it, unless an update says something new. */
function dropFormerFields(service: JsonObject, old: JsonObject): void {
  const { spec } = service;
  const before = isObject(old["spec"]) ? old["spec"] : {};
  if (!isObject(spec)) return;
  // Who changes the first address only means the list, too.
  if (
    !equal(spec["clusterIP"] ?? null, before["clusterIP"] ?? null) &&
    equal(spec["clusterIPs"] ?? null, before["clusterIPs"] ?? null)
  ) {
    if (textOf(spec["clusterIP"]) === "") delete spec["clusterIPs"];
    else if (Array.isArray(spec["clusterIPs"]))
      spec["clusterIPs"] = [spec["clusterIP"]!, ...spec["clusterIPs"].slice(1)];
  }
  const drop = (...keys: readonly string[]): void => {
    if (keys.every((key) => equal(spec[key] ?? null, before[key] ?? null))) for (const key of keys) delete spec[key];
  };
  const isExternal = spec["type"] === "ExternalName";
  if (isExternal && before["type"] !== "ExternalName") {
    drop("clusterIP", "clusterIPs");
    drop("ipFamilies", "ipFamilyPolicy");
    drop("internalTrafficPolicy");
  }
  if (needsNodePorts(before) && !needsNodePorts(spec) && Array.isArray(spec["ports"])) {
    const known = Array.isArray(before["ports"]) ? before["ports"].map((one) => get(one, "nodePort")) : [];
    if (spec["ports"].every((one) => get(one, "nodePort") === undefined || known.includes(get(one, "nodePort")))) {
      spec["ports"] = spec["ports"].map((one) => {
        const { nodePort: _, ...rest } = one as JsonObject;
        return rest;
      });
    }
  }
  const isOutside = (one: JsonObject): boolean => one["type"] === "NodePort" || one["type"] === "LoadBalancer";
  if (isOutside(before) && !isOutside(spec)) drop("externalTrafficPolicy");
  if (before["type"] === "LoadBalancer" && spec["type"] !== "LoadBalancer") {
    drop("healthCheckNodePort");
    drop("allocateLoadBalancerNodePorts");
    drop("loadBalancerClass");
  }
}

function needsNodePorts(spec: JsonObject): boolean {
  return (
    spec["type"] === "NodePort" || (spec["type"] === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false)
  );
}

function others(service: JsonObject, { list }: StrategyContext): readonly JsonObject[] {
  const uid = get(service["metadata"], "uid");
  return list("services").filter((one) => get(one["metadata"], "uid") !== uid);
}

function allocateAddress(
  service: JsonObject,
  spec: JsonObject,
  old: JsonObject | undefined,
  context: StrategyContext,
): void {
  const before = textOf(get(old?.["spec"], "clusterIP"));
  const asked = textOf(spec["clusterIP"]);
  if (asked === "" && before !== "") spec["clusterIP"] = before;
  else if (asked === "") spec["clusterIP"] = freeAddress(service, context);
  else if (asked !== "None" && asked !== before) checkAddress(service, asked, context);
  const address = textOf(spec["clusterIP"]);
  spec["clusterIPs"] = [address];
  const selector = spec["selector"];
  // Whoever writes the endpoints of a headless Service by hand may take addresses of both families.
  if (
    address === "None" &&
    (!isObject(selector) || Object.keys(selector).length === 0) &&
    spec["ipFamilies"] === undefined
  ) {
    const policy = spec["ipFamilyPolicy"] ?? "RequireDualStack";
    spec["ipFamilyPolicy"] = policy;
    spec["ipFamilies"] = policy === "SingleStack" ? ["IPv4"] : ["IPv4", "IPv6"];
    return;
  }
  const family = address.includes(":") ? "IPv6" : "IPv4";
  spec["ipFamilies"] ??= [family];
  spec["ipFamilyPolicy"] ??= "SingleStack";
}

function taken(service: JsonObject, context: StrategyContext): Set<string> {
  return new Set(others(service, context).map((one) => textOf(get(one["spec"], "clusterIP"))));
}

function freeAddress(service: JsonObject, context: StrategyContext): string {
  const used = taken(service, context);
  // The lower part is left to those who ask for an address.
  for (let attempt = 0; attempt < 1000; attempt++) {
    const number = 256 + Math.floor(context.random() * (65_534 - 256));
    const address = `${first}.${second}.${number >> 8}.${number & 255}`;
    if (!used.has(address)) return address;
  }
  throw new ApiError(500, "InternalError", "Internal error occurred: failed to allocate IP: range is full");
}

function checkAddress(service: JsonObject, address: string, context: StrategyContext): void {
  const name = textOf(get(service["metadata"], "name"));
  const group = { group: "", kind: "Service" };
  if (!address.startsWith(`${first}.${second}.`)) {
    const why = `failed to allocate IP ${address}: the provided network does not match the current range`;
    const problem = invalidValue("spec.clusterIPs", [address], why);
    throw invalid(group, name, [problem]);
  }
  if (taken(service, context).has(address)) {
    const why = `failed to allocate IP ${address}: provided IP is already allocated`;
    throw invalid(group, name, [invalidValue("spec.clusterIPs", [address], why)]);
  }
}

function usedPorts(service: JsonObject, context: StrategyContext): Set<number> {
  const used = new Set<number>();
  for (const { spec } of others(service, context)) {
    const ports = get(spec, "ports");
    for (const port of Array.isArray(ports) ? ports : []) {
      const nodePort = get(port, "nodePort");
      if (typeof nodePort === "number") used.add(nodePort);
    }
    const health = get(spec, "healthCheckNodePort");
    if (typeof health === "number") used.add(health);
  }
  return used;
}

function freePort(used: ReadonlySet<number>, random: () => number): number {
  const count = lastPort - firstPort + 1;
  const start = Math.floor(random() * count);
  for (let offset = 0; offset < count; offset++) {
    const port = firstPort + ((start + offset) % count);
    if (!used.has(port)) return port;
  }
  throw new ApiError(500, "InternalError", "Internal error occurred: failed to allocate a nodePort: range is full");
}

function allocatePorts(
  service: JsonObject,
  spec: JsonObject,
  old: JsonObject | undefined,
  context: StrategyContext,
): void {
  const used = usedPorts(service, context);
  const ports: JsonArray = Array.isArray(spec["ports"]) ? spec["ports"] : [];
  const before = get(old?.["spec"], "ports");
  const oldPorts = new Set((Array.isArray(before) ? before : []).map((port) => get(port, "nodePort")));
  for (const [index, port] of ports.entries()) {
    if (!isObject(port)) continue;
    const { nodePort } = port;
    if (typeof nodePort !== "number" || nodePort === 0) {
      const free = freePort(used, context.random);
      port["nodePort"] = free;
      used.add(free);
    } else if (!oldPorts.has(nodePort)) checkPort(service, index, nodePort, used);
  }
}

function checkPort(service: JsonObject, index: number, nodePort: number, used: Set<number>): void {
  const name = textOf(get(service["metadata"], "name"));
  const at = `spec.ports[${index}].nodePort`;
  if (nodePort < firstPort || nodePort > lastPort) {
    const why = `provided port is not in the valid range. The range of valid ports is ${firstPort}-${lastPort}`;
    throw invalid({ group: "", kind: "Service" }, name, [invalidValue(at, nodePort, why)]);
  }
  if (used.has(nodePort)) {
    const problem = invalidValue(at, nodePort, "provided port is already allocated");
    throw invalid({ group: "", kind: "Service" }, name, [problem]);
  }
  used.add(nodePort);
}
