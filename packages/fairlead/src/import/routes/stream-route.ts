import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { objectOf } from "../pod-template.ts";
import { backendFields, backendStyles, hoist, type AppOf } from "./backend.ts";
import { named, traefikTls } from "./ingress-route.ts";
import { readSni } from "./traefik-rule.ts";

/** Specs of a Route that may stand for an IngressRouteTCP or IngressRouteUDP, the shortest first. */
export function streamCandidates(object: KrmObject, appOf: AppOf): JsonObject[] {
  const spec = objectOf(object["spec"]);
  const [route, ...others] = Array.isArray(spec["routes"]) ? spec["routes"] : [];
  const services = get(route, "services");
  if (route === undefined || others.length > 0 || !Array.isArray(services) || services.length !== 1) return [];
  const protocol = object.kind === "IngressRouteTCP" ? "tcp" : "udp";
  const rule = protocol === "tcp" ? tcpRule(route, services[0]!, spec) : udpRule(spec);
  if (rule === undefined) return [];
  const tls = get(rule, "tls") === "terminate" ? { tls: traefikTls(spec["tls"]) } : {};
  return backendStyles.flatMap((style) => {
    const backend = backendFields(named(services[0]!), style, (service) => appOf(object.metadata.namespace, service));
    if (backend === undefined) return [];
    const { port, ...shared } = hoist([backend]).shared;
    return [
      {
        target: "traefik",
        standardLabels: false,
        ...shared,
        [protocol]: [{ ...(port !== undefined && { port }), ...rule }],
        ...tls,
      },
    ];
  });
}

function tcpRule(route: JsonValue, service: JsonValue, spec: JsonObject): JsonObject | undefined {
  const match = get(route, "match");
  const sni = typeof match === "string" ? readSni(match) : undefined;
  if (sni === undefined) return undefined;
  const tls = spec["tls"];
  const ends = !isObject(tls) ? "none" : tls["passthrough"] === true ? "passthrough" : "terminate";
  const middlewares = get(route, "middlewares");
  const priority = get(route, "priority");
  const proxyProtocol = get(get(service, "proxyProtocol"), "version");
  return {
    ...(spec["entryPoints"] !== undefined && { entryPoints: spec["entryPoints"] }),
    ...(sni.length > 0 && { sni: [...sni] }),
    ...(ends !== (sni.length > 0 ? "passthrough" : "none") && { tls: ends }),
    ...(Array.isArray(middlewares) && { middlewares }),
    ...(proxyProtocol !== undefined && { proxyProtocol }),
    ...(priority !== undefined && { priority }),
  };
}

function udpRule(spec: JsonObject): JsonObject {
  return spec["entryPoints"] === undefined ? {} : { entryPoints: spec["entryPoints"] };
}
