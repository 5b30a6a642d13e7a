import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { fields, filled } from "../../shared/fields.ts";
import type { ResolvedRoute, TcpRule } from "../model.ts";
import { any, matcher } from "../rule/condition.ts";
import { printRule } from "../rule/print-rule.ts";
import { traefikApi } from "./http.ts";
import { traefikTls } from "./tls.ts";

/** An IngressRouteTCP for each rule, since entry points and TLS are said once in an object. */
export function tcp(route: ResolvedRoute): readonly KrmObject[] {
  const primary = route.http.length === 0;
  return route.tcp.flatMap((rule) => {
    const object = {
      apiVersion: traefikApi,
      kind: "IngressRouteTCP",
      metadata: route.metadata(rule.name, { primary }),
      spec: fields({ entryPoints: [...rule.entryPoints], routes: [tcpRoute(rule)], tls: tcpTls(route, rule) }),
    };
    return rule.ranges.length === 0 ? [object] : [object, allowList(route, rule)];
  });
}

function tcpRoute(rule: TcpRule): JsonObject {
  const { name, namespace, port } = rule.backend;
  const proxyProtocol = rule.proxyProtocol === undefined ? undefined : { version: rule.proxyProtocol };
  const references = [...(rule.ranges.length === 0 ? [] : [{ name: allowListName(rule) }]), ...rule.references];
  return fields({
    match: sniMatch(rule.sni),
    priority: rule.priority,
    services: [fields({ name, namespace, port, proxyProtocol })],
    middlewares: filled(references.map((reference) => fields(reference))),
  });
}

/** Without server names every connection of the entry point. */
function sniMatch(sni: readonly string[]): string {
  const hosts = any(
    sni.map((host) =>
      host.startsWith("*.")
        ? matcher("HostSNIRegexp", `^[^.]+\\.${host.slice(2).replaceAll(".", "\\.")}$`)
        : matcher("HostSNI", host),
    ),
  );
  return printRule(hosts ?? matcher("HostSNI", "*"));
}

function tcpTls(route: ResolvedRoute, rule: TcpRule): JsonObject | undefined {
  if (rule.tls === "none") return undefined;
  if (rule.tls === "passthrough") return { passthrough: true };
  return traefikTls(route.tls.kind === "none" ? { kind: "default" } : route.tls);
}

function allowListName(rule: TcpRule): string {
  return `${rule.name}-tcp-allow-list`;
}

function allowList(route: ResolvedRoute, rule: TcpRule): KrmObject {
  return {
    apiVersion: traefikApi,
    kind: "MiddlewareTCP",
    metadata: route.metadata(allowListName(rule)),
    spec: { ipAllowList: { sourceRange: [...rule.ranges] } },
  };
}
