import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { objectOf } from "../pod-template.ts";
import { backendFields, backendStyles, withHosts, type AppOf, type BackendStyle } from "./backend.ts";
import { named } from "./ingress-route.ts";

const pathTypes: { readonly [type: string]: string | undefined } = {
  PathPrefix: "Prefix",
  Exact: "Exact",
  RegularExpression: "RegularExpression",
};

/** Specs of a Route that may stand for an HTTPRoute, the shortest first. */
export function httpRouteCandidates(object: KrmObject, appOf: AppOf): JsonObject[] {
  const spec = objectOf(object["spec"]);
  const gateway = gatewayOf(spec);
  const rules = spec["rules"];
  if (gateway === undefined || !Array.isArray(rules) || rules.length === 0) return [];
  const hosts = hostnames(spec);
  return backendStyles.flatMap((style) => {
    const read = rules.map((rule) => readRule(rule, style, (service) => appOf(object.metadata.namespace, service)));
    if (read.some((rule) => rule === undefined)) return [];
    return [
      {
        target: "gateway",
        standardLabels: false,
        gateway,
        ...withHosts(read.map((rule) => ({ hosts, rule: rule! }))),
        tls: false,
      },
    ];
  });
}

/** Specs of a Route that may stand for a GRPCRoute. */
export function grpcRouteCandidates(object: KrmObject, appOf: AppOf): JsonObject[] {
  const spec = objectOf(object["spec"]);
  const gateway = gatewayOf(spec);
  const [rule, ...others] = Array.isArray(spec["rules"]) ? spec["rules"] : [];
  const backends = get(rule, "backendRefs");
  if (
    gateway === undefined ||
    !isObject(rule) ||
    others.length > 0 ||
    !Array.isArray(backends) ||
    backends.length !== 1
  )
    return [];
  const [match, ...more] = Array.isArray(rule["matches"]) ? rule["matches"] : [];
  const service = get(get(match, "method"), "service");
  if (more.length > 0 || (match !== undefined && typeof service !== "string")) return [];
  return backendStyles.flatMap((style) => {
    const backend = backendFields(named(backends[0]!), style, (name) => appOf(object.metadata.namespace, name));
    if (backend === undefined) return [];
    const { port, ...target } = backend;
    const grpc = {
      hosts: hostnames(spec),
      internal: false,
      ...(port !== undefined && { port }),
      ...(service !== undefined && { service }),
      tls: false,
    };
    return [{ target: "gateway", standardLabels: false, gateway, ...target, grpc, tls: false }];
  });
}

function gatewayOf(spec: JsonObject): JsonObject | undefined {
  const parents = spec["parentRefs"];
  if (!Array.isArray(parents) || parents.length !== 1 || !isObject(parents[0])) return undefined;
  const { name, namespace, sectionName, ...rest } = parents[0];
  if (typeof name !== "string" || Object.keys(rest).length > 0) return undefined;
  return { name, ...(namespace !== undefined && { namespace }), ...(sectionName !== undefined && { sectionName }) };
}

function hostnames(spec: JsonObject): string[] {
  return Array.isArray(spec["hostnames"]) ? spec["hostnames"].filter((name) => typeof name === "string") : [];
}

function readRule(
  rule: JsonValue,
  style: BackendStyle,
  appOf: (service: string) => string | undefined,
): JsonObject | undefined {
  const matches = get(rule, "matches");
  const [match, ...others] = Array.isArray(matches) ? matches : [];
  const backends = get(rule, "backendRefs");
  if (others.length > 0 || !Array.isArray(backends) || backends.length === 0) return undefined;
  const condition = match === undefined ? {} : readMatch(match);
  const fields = backends.map((backend) => {
    const read = backendFields(named(backend), style, appOf);
    const weight = get(backend, "weight");
    return read === undefined ? undefined : { ...read, ...(weight !== undefined && { weight }) };
  });
  if (condition === undefined || fields.some((field) => field === undefined)) return undefined;
  const timeout = get(get(rule, "timeouts"), "request");
  return {
    ...condition,
    ...(fields.length === 1 ? fields[0]! : { backends: fields.map((field) => field!) }),
    ...(timeout !== undefined && { timeout }),
  };
}

function readMatch(match: JsonValue): JsonObject | undefined {
  const { path, headers, queryParams, method } = objectOf(match);
  const type = get(path, "type") ?? "PathPrefix";
  const pathType = typeof type === "string" ? pathTypes[type] : undefined;
  if (path !== undefined && (pathType === undefined || get(path, "value") === undefined)) return undefined;
  const exact = byName(headers, "Exact");
  const query = byName(queryParams, "Exact");
  if (exact === undefined || query === undefined) return undefined;
  return {
    ...(path !== undefined && { path: get(path, "value")! }),
    ...(path !== undefined && pathType !== "Prefix" && { pathType: pathType! }),
    ...(Object.keys(exact).length > 0 && { headers: exact }),
    ...(Object.keys(query).length > 0 && { query }),
    ...(typeof method === "string" && { methods: [method] }),
  };
}

function byName(list: JsonValue | undefined, type: string): JsonObject | undefined {
  const found: JsonObject = {};
  for (const item of Array.isArray(list) ? list : []) {
    const name = get(item, "name");
    const value = get(item, "value");
    if (typeof name !== "string" || typeof value !== "string" || (get(item, "type") ?? type) !== type) return undefined;
    found[name] = value;
  }
  return found;
}
