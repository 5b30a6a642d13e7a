import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { objectOf } from "../pod-template.ts";
import { backendFields, backendStyles, withHosts, type AppOf, type BackendStyle } from "./backend.ts";

/** Specs of a Route that may stand for an Ingress, the shortest first. */
export function ingressCandidates(object: KrmObject, appOf: AppOf): JsonObject[] {
  const spec = objectOf(object["spec"]);
  const rules = Array.isArray(spec["rules"]) ? spec["rules"] : [];
  const tls = readTls(spec["tls"]);
  if (rules.length === 0 || tls === undefined || spec["defaultBackend"] !== undefined) return [];
  const ingressClass = spec["ingressClassName"];
  const common = { ...(ingressClass !== undefined && { ingressClass }), tls };
  return backendStyles.flatMap((style) => {
    const read = readRules(rules, style, (service) => appOf(object.metadata.namespace, service));
    return read === undefined ? [] : [{ target: "ingress", standardLabels: false, ...withHosts(read), ...common }];
  });
}

/** Hosts with the same paths become one list of hosts, as a Route has it; other hosts have rules of their own. */
function readRules(rules: readonly JsonValue[], style: BackendStyle, appOf: (service: string) => string | undefined) {
  const hosts: { host: string; paths: JsonObject[] }[] = [];
  for (const rule of rules) {
    const host = get(rule, "host") ?? "";
    const list = get(get(rule, "http"), "paths");
    if (typeof host !== "string" || !Array.isArray(list)) return undefined;
    const paths = list.map((path) => readPath(path, style, appOf));
    if (paths.some((path) => path === undefined)) return undefined;
    hosts.push({ host, paths: paths.map((path) => path!) });
  }
  const alike = hosts.every(({ paths }) => JSON.stringify(paths) === JSON.stringify(hosts[0]!.paths));
  if (alike) {
    const names = hosts.map(({ host }) => host).filter((host) => host !== "");
    return hosts[0]!.paths.map((rule) => ({ hosts: names, rule }));
  }
  return hosts.flatMap(({ host, paths }) => paths.map((rule) => ({ hosts: host === "" ? [] : [host], rule })));
}

function readPath(
  path: JsonValue,
  style: BackendStyle,
  appOf: (service: string) => string | undefined,
): JsonObject | undefined {
  const service = get(get(path, "backend"), "service");
  const name = get(service, "name");
  const port = get(get(service, "port"), "number") ?? get(get(service, "port"), "name");
  const type = get(path, "pathType");
  if (typeof name !== "string" || (type !== "Prefix" && type !== "Exact")) return undefined;
  const backend = backendFields({ name, namespace: undefined, port, scheme: undefined }, style, appOf);
  const value = get(path, "path");
  if (backend === undefined) return undefined;
  return {
    ...(value !== undefined && value !== "/" && { path: value }),
    ...(type === "Exact" && { path: value ?? "/", pathType: "Exact" }),
    ...backend,
  };
}

function readTls(tls: JsonValue | undefined): JsonValue | undefined {
  if (tls === undefined || tls === null || (Array.isArray(tls) && tls.length === 0)) return false;
  if (!Array.isArray(tls) || tls.length !== 1 || !isObject(tls[0])) return undefined;
  const { secretName } = tls[0];
  return typeof secretName === "string" ? { secretName } : undefined;
}
