import {
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  equal,
  get,
  isObject,
  labelKeyProblem,
  type JsonObject,
  type JsonValue,
  textOf,
} from "@fairlead/apimachinery";
import type { FieldProblem } from "../../errors.ts";
import { duplicateValue, forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import {
  immutable,
  isSet,
  labels,
  listOf,
  objections,
  oneOf,
  portNumber,
  portNumberOrName,
  specOf,
  text,
  type Problems,
} from "./checks.ts";
import type { RuleContext } from "./validated.ts";
import { ipProblems, isAddress, isOfFormat } from "./addresses.ts";

const protocols = ["SCTP", "TCP", "UDP"];
const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

/** The addresses of a Service, which may say only the first. */
function addressesOf(spec: JsonObject): readonly string[] {
  const all = listOf(spec["clusterIPs"]).map(textOf);
  const first = text(spec, "clusterIP");
  return all.length > 0 ? all : first === "" ? [] : [first];
}

export function* serviceProblems(service: JsonObject): Problems {
  const spec = specOf(service);
  const type = text(spec, "type");
  const ports = listOf(spec["ports"]);
  const addresses = addressesOf(spec);
  const isHeadless = addresses.length === 1 && addresses[0] === "None";
  if (ports.length === 0 && !isHeadless && type !== "ExternalName") yield requiredValue("spec.ports");
  if (isHeadless && (type === "LoadBalancer" || type === "NodePort")) {
    yield invalidValue("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`);
  }
  if (type === "ExternalName") yield* externalProblems(spec, addresses);
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    yield* servicePortProblems(port, `spec.ports[${index}]`, ports.length > 1, names);
  }
  yield* labels("spec.selector", spec["selector"]);
  yield* affinityProblems(spec);
  if (type !== "ExternalName") yield* addressProblems(spec, addresses);
  for (const [index, ip] of listOf(spec["externalIPs"]).entries()) {
    yield* ipProblems(`spec.externalIPs[${index}]`, textOf(ip));
    if (isAddress(textOf(ip))) yield* specialAddress(`spec.externalIPs[${index}]`, textOf(ip));
  }
  if (type === "") yield requiredValue("spec.type");
  else if (!types.includes(type)) yield unsupportedValue("spec.type", type, types);
  yield* repeatedPorts(ports, type);
  yield* loadBalancerProblems(spec, type);
  yield* trafficProblems(spec, type);
}

function* externalProblems(spec: JsonObject, addresses: readonly string[]): Problems {
  const why = "may not be set for ExternalName services";
  if (addresses.length > 0) yield forbiddenValue("spec.clusterIPs", why);
  if (listOf(spec["ipFamilies"]).length > 0) yield forbiddenValue("spec.ipFamilies", why);
  if (isSet(spec["ipFamilyPolicy"])) yield forbiddenValue("spec.ipFamilyPolicy", why);
  const name = text(spec, "externalName").replace(/\.$/, "");
  if (name === "") yield requiredValue("spec.externalName");
  else yield* objections("spec.externalName", name, dns1123SubdomainProblem(name));
}

function* servicePortProblems(port: JsonValue, at: string, isNamed: boolean, names: Set<string>): Problems {
  const name = text(port, "name");
  if (isNamed && name === "") yield requiredValue(`${at}.name`);
  else if (name !== "") {
    yield* objections(`${at}.name`, name, dns1123LabelProblem(name));
    if (names.has(name)) yield duplicateValue(`${at}.name`, name);
    else names.add(name);
  }
  yield* portNumber(`${at}.port`, get(port, "port"));
  yield* protocolProblems(port, at);
  const target = get(port, "targetPort");
  yield* portNumberOrName(`${at}.targetPort`, target);
  const protocol = get(port, "appProtocol");
  if (isSet(protocol)) yield* objections(`${at}.appProtocol`, protocol, labelKeyProblem(textOf(protocol)));
}

function* protocolProblems(port: JsonValue, at: string): Problems {
  yield* oneOf(`${at}.protocol`, get(port, "protocol"), protocols);
}

function* affinityProblems(spec: JsonObject): Problems {
  const affinity = text(spec, "sessionAffinity");
  const config = spec["sessionAffinityConfig"];
  yield* oneOf("spec.sessionAffinity", affinity, ["ClientIP", "None"]);
  const at = "spec.sessionAffinityConfig";
  if (affinity === "None" && isObject(config))
    yield forbiddenValue(at, "must not be set when session affinity is None");
  if (affinity !== "ClientIP") return;
  if (!isObject(config)) {
    yield requiredValue(at, "when session affinity type is ClientIP");
    return;
  }
  const seconds = get(config["clientIP"], "timeoutSeconds");
  if (typeof seconds === "number" && (seconds <= 0 || seconds > 86_400)) {
    yield invalidValue(`${at}.clientIP.timeoutSeconds`, seconds, "must be greater than 0 and less than 86400");
  }
}

function* addressProblems(spec: JsonObject, addresses: readonly string[]): Problems {
  const given = listOf(spec["clusterIPs"]).map(textOf);
  if (given.length > 0 && text(spec, "clusterIP") !== "" && given[0] !== spec["clusterIP"]) {
    yield invalidValue("spec.clusterIPs", given, "first value must match `clusterIP`");
  }
  for (const [index, family] of listOf(spec["ipFamilies"]).entries()) {
    if (family !== "IPv4" && family !== "IPv6")
      yield unsupportedValue(`spec.ipFamilies[${index}]`, family, ["IPv4", "IPv6"]);
  }
  const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
  const policy = spec["ipFamilyPolicy"];
  if (isSet(policy) && !policies.includes(textOf(policy)))
    yield unsupportedValue("spec.ipFamilyPolicy", policy, policies);
  for (const [index, address] of addresses.entries()) {
    if (index === 0 && address === "None") {
      if (addresses.length > 1)
        yield invalidValue("spec.clusterIPs", addresses, "'None' must be the first and only value");
      continue;
    }
    yield* ipProblems(`spec.clusterIPs[${index}]`, address);
  }
  if (addresses.length > 2) yield invalidValue("spec.clusterIPs", addresses, "may only hold up to 2 values");
}

function* repeatedPorts(ports: readonly JsonValue[], type: string): Problems {
  const [nodePorts, seen] = [new Set<string>(), new Set<string>()];
  for (const [index, port] of ports.entries()) {
    const node = get(port, "nodePort") ?? 0;
    if (node !== 0 && type === "ClusterIP") {
      yield forbiddenValue(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'");
    }
  }
  for (const [index, port] of ports.entries()) {
    const node = get(port, "nodePort") ?? 0;
    if (node === 0) continue;
    const key = `${text(port, "protocol")} ${Number(node)}`;
    if (nodePorts.has(key)) yield duplicateValue(`spec.ports[${index}].nodePort`, node);
    nodePorts.add(key);
  }
  for (const [index, port] of ports.entries()) {
    const [protocol, number] = [text(port, "protocol"), get(port, "port") ?? 0];
    const key = `${protocol} ${Number(number)}`;
    const shown = { Name: "", Protocol: protocol, AppProtocol: null, Port: number, TargetPort: 0, NodePort: 0 };
    if (seen.has(key)) yield duplicateValue(`spec.ports[${index}]`, shown);
    seen.add(key);
  }
}

const onlyBalanced = "may only be used when `type` is 'LoadBalancer'";

function* loadBalancerProblems(spec: JsonObject, type: string): Problems {
  const isBalanced = type === "LoadBalancer";
  const ranges = listOf(spec["loadBalancerSourceRanges"]);
  if (ranges.length > 0 && !isBalanced) yield forbiddenValue("spec.LoadBalancerSourceRanges", onlyBalanced);
  for (const [index, range] of ranges.entries()) {
    if (isOfFormat(textOf(range).trim(), "cidr")) continue;
    const why = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    yield invalidValue(`spec.LoadBalancerSourceRanges[${index}]`, textOf(range).trim(), why);
  }
  if (isSet(spec["allocateLoadBalancerNodePorts"]) && !isBalanced) {
    yield forbiddenValue("spec.allocateLoadBalancerNodePorts", onlyBalanced);
  }
  const own = spec["loadBalancerClass"];
  if (!isSet(own)) return;
  if (!isBalanced) yield forbiddenValue("spec.loadBalancerClass", onlyBalanced);
  else yield* objections("spec.loadBalancerClass", own, labelKeyProblem(textOf(own)));
}

const policies = ["Cluster", "Local"];

function* trafficProblems(spec: JsonObject, type: string): Problems {
  const isOutside = type === "NodePort" || type === "LoadBalancer" || listOf(spec["externalIPs"]).length > 0;
  const outer = text(spec, "externalTrafficPolicy");
  const at = "spec.externalTrafficPolicy";
  if (!isOutside) {
    if (outer !== "") yield invalidValue(at, outer, "may only be set for externally-accessible services");
  } else yield* oneOf(at, outer, policies);
  const health = spec["healthCheckNodePort"] ?? 0;
  if (health !== 0 && !(type === "LoadBalancer" && outer === "Local")) {
    const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    yield invalidValue("spec.healthCheckNodePort", health, why);
  }
  const inner = spec["internalTrafficPolicy"];
  if (isSet(inner) && !policies.includes(textOf(inner)))
    yield unsupportedValue("spec.internalTrafficPolicy", inner, policies);
  const spread = spec["trafficDistribution"];
  const known = ["PreferClose", "PreferSameNode", "PreferSameZone"];
  if (isSet(spread) && !known.includes(textOf(spread)))
    yield unsupportedValue("spec.trafficDistribution", spread, known);
}

/** An address once given stays. */
export function* serviceChange(service: JsonObject, old: JsonObject): Problems {
  const [spec, before] = [specOf(service), specOf(old)];
  if (spec["type"] === "ExternalName" || before["type"] === "ExternalName") return;
  const [now, then] = [addressesOf(spec), addressesOf(before)];
  if (then.length === 0) return;
  if (now.length === 0) return;
  if (now[0] !== then[0]) yield invalidValue("spec.clusterIPs[0]", now, "may not change once set");
  else if (now.length === then.length && !equal([...now], [...then])) {
    yield invalidValue("spec.clusterIPs[1]", now, "may not change once set");
  }
}

const special: readonly [RegExp, string][] = [
  [/^0\.0\.0\.0$|^::$/, "may not be unspecified (UNSPECIFIED)"],
  [/^127\.|^::1$/, "may not be in the loopback range (127.0.0.0/8, ::1/128)"],
  [/^169\.254\.|^fe[89ab]/i, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"],
  [/^224\.0\.0\.|^ff02:/i, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"],
];

const loopback = /^127\./;

function* specialAddress(at: string, address: string, allowed?: RegExp): Problems {
  if (allowed?.test(address) === true) return;
  if (!isAddress(address)) {
    yield invalidValue(at, address, "must be a valid IP address");
    return;
  }
  for (const [pattern, why] of special) {
    if (pattern.test(address)) yield invalidValue(at, address, why.replace("(UNSPECIFIED)", `(${address})`));
  }
}

/** Where pods are programs of this machine, they have its loopback addresses. */
const allowedIn = ({ loopbackPods }: RuleContext): RegExp | undefined => (loopbackPods ? loopback : undefined);

export function* endpointsProblems(endpoints: JsonObject, context: RuleContext): Problems {
  for (const [index, subset] of listOf(endpoints["subsets"]).entries()) {
    const at = `subsets[${index}]`;
    const lists = ["addresses", "notReadyAddresses"] as const;
    if (lists.every((key) => listOf(get(subset, key)).length === 0)) {
      yield requiredValue(at, "must specify `addresses` or `notReadyAddresses`");
    }
    for (const key of lists) {
      for (const [which, one] of listOf(get(subset, key)).entries())
        yield* endpointAddress(one, `${at}.${key}[${which}]`, allowedIn(context));
    }
    const ports = listOf(get(subset, "ports"));
    for (const [which, port] of ports.entries()) yield* endpointPort(port, `${at}.ports[${which}]`, ports.length > 1);
  }
}

function* endpointAddress(address: JsonValue, at: string, allowed: RegExp | undefined): Problems {
  const ip = text(address, "ip");
  yield* ipProblems(`${at}.ip`, ip);
  yield* hostname(address, at);
  yield* specialAddress(`${at}.ip`, ip, allowed);
}

function* hostname(holder: JsonValue, at: string): Problems {
  const name = text(holder, "hostname");
  if (name !== "") yield* objections(`${at}.hostname`, name, dns1123LabelProblem(name));
}

function* endpointPort(port: JsonValue, at: string, isNamed: boolean): Problems {
  const name = text(port, "name");
  if (isNamed && name === "") yield requiredValue(`${at}.name`);
  else if (name !== "") yield* objections(`${at}.name`, name, dns1123LabelProblem(name));
  yield* portNumber(`${at}.port`, get(port, "port"));
  yield* protocolProblems(port, at);
}

const addressTypes = ["FQDN", "IPv4", "IPv6"];

export function* endpointSliceProblems(slice: JsonObject, context: RuleContext): Problems {
  const { old } = context;
  const allowed = allowedIn(context);
  const type = text(slice, "addressType");
  yield* oneOf("addressType", type, addressTypes);
  const names = new Set<string>();
  for (const [index, port] of listOf(slice["ports"]).entries()) {
    const name = text(port, "name");
    if (name !== "") yield* objections(`ports[${index}].name`, name, dns1123LabelProblem(name));
    if (names.has(name)) yield duplicateValue(`ports[${index}].name`, name);
    names.add(name);
    yield* protocolProblems(port, `ports[${index}]`);
  }
  if (old !== undefined && equal(slice["endpoints"] ?? null, old["endpoints"] ?? null)) return;
  for (const [index, endpoint] of listOf(slice["endpoints"]).entries()) {
    const at = `endpoints[${index}]`;
    const addresses = listOf(get(endpoint, "addresses"));
    if (addresses.length === 0) yield requiredValue(`${at}.addresses`, "must contain at least 1 address");
    for (const [which, one] of addresses.entries())
      yield* sliceAddress(textOf(one), type, `${at}.addresses[${which}]`, allowed);
    yield* hostname(endpoint, at);
  }
}

export function* endpointSliceChange(slice: JsonObject, old: JsonObject): Problems {
  yield* immutable("addressType", slice["addressType"], old["addressType"]);
}

function* sliceAddress(
  address: string,
  type: string,
  at: string,
  allowed: RegExp | undefined,
): Generator<FieldProblem> {
  if (type !== "IPv4" && type !== "IPv6") return;
  if (!isAddress(address)) {
    yield* ipProblems(at, address);
    return;
  }
  if (!isOfFormat(address, type.toLowerCase())) {
    yield invalidValue(at.slice(0, at.lastIndexOf("[")), address, `must be an ${type} address`);
  }
  yield* specialAddress(at, address, allowed);
}
