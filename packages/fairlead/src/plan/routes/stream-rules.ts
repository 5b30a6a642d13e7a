import type { FieldPath } from "@fairlead/apimachinery";
import type { RouteTcp } from "../../kinds/route-parts.ts";
import { resolveBackend, type Lookup } from "./backend.ts";
import { hostProblem } from "./hosts.ts";
import { checkRanges, sharedVpn, type MiddlewareNames } from "./middlewares.ts";
import type { TcpRule, UdpRule } from "./model.ts";
import { targetOf } from "./target.ts";

/** TCP rules. A rule for all connections needs its entry point said; one with server names is among the HTTPS ones. */
export function resolveTcp(lookup: Lookup, names: MiddlewareNames, entryPoints: readonly string[]): readonly TcpRule[] {
  const { declaration, report } = lookup;
  const list = declaration.spec.tcp ?? [];
  if (declaration.spec.expose === "loadBalancer") return [];
  const rules = list.flatMap((tcp, index): TcpRule[] => {
    const field = ["spec", "tcp", index];
    const backend = streamBackend(lookup, tcp.port, "tcp", field);
    const sni = checkSni(lookup, tcp, field);
    const entry = tcp.entryPoints ?? declaration.spec.entryPoints ?? (sni.length > 0 ? entryPoints : []);
    if (missesEntryPoint(lookup, entry, field) || backend === undefined) return [];
    if ((tcp.sni ?? []).length > 0 && sni.length === 0) return [];
    const vpn = tcp.vpn ?? declaration.spec.vpn ?? false;
    const vpnRanges = vpn ? (lookup.world.environment.settings.routes?.vpnSourceRanges ?? []) : [];
    const ranges = [...vpnRanges, ...checkRanges(tcp.allowList ?? [], [...field, "allowList"], report)];
    const name = streamName(declaration.name, list.length, tcp.name, backend.port);
    if (ranges.length > 0) names.name(`${name}-tcp-allow-list`, "tcp", ranges);
    return [
      {
        field,
        name,
        entryPoints: entry,
        sectionName: tcp.sectionName,
        backend,
        sni,
        tls: tcp.tls ?? (sni.length > 0 ? "passthrough" : "none"),
        ranges,
        references: [...(vpn && vpnRanges.length === 0 ? [sharedVpn] : []), ...(tcp.middlewares ?? [])],
        proxyProtocol: tcp.proxyProtocol,
        priority: tcp.priority,
      },
    ];
  });
  return eachOnce(lookup, rules);
}

export function resolveUdp(lookup: Lookup): readonly UdpRule[] {
  const { declaration } = lookup;
  const list = declaration.spec.udp ?? [];
  if (declaration.spec.expose === "loadBalancer") return [];
  const rules = list.flatMap((udp, index): UdpRule[] => {
    const field = ["spec", "udp", index];
    const backend = streamBackend(lookup, udp.port, "udp", field);
    const entryPoints = udp.entryPoints ?? declaration.spec.entryPoints ?? [];
    if (missesEntryPoint(lookup, entryPoints, field) || backend === undefined) return [];
    const name = streamName(declaration.name, list.length, udp.name, backend.port);
    return [{ field, name, entryPoints, sectionName: udp.sectionName, backend }];
  });
  return eachOnce(lookup, rules);
}

function streamBackend(lookup: Lookup, port: number | string | undefined, purpose: "tcp" | "udp", field: FieldPath) {
  const { app, service, port: usual } = lookup.declaration.spec;
  const place = port === undefined ? field : [...field, "port"];
  return resolveBackend(lookup, { app, service, port: port ?? usual }, purpose, place);
}

function missesEntryPoint(lookup: Lookup, entryPoints: readonly string[], field: FieldPath): boolean {
  if (entryPoints.length > 0 || targetOf(lookup.declaration, lookup.world) !== "traefik") return false;
  const hint = "write `entryPoints: [NAME]` with the entry point of this port in Traefik's configuration";
  lookup.report("FL311", { message: "no entry point is named", hint, field });
  return true;
}

function checkSni({ report }: Lookup, tcp: RouteTcp, field: FieldPath): readonly string[] {
  return (tcp.sni ?? []).filter((host, index) => {
    const wrong = host === "*" ? undefined : hostProblem(host);
    const place = [...field, "sni", index];
    if (wrong !== undefined) report("FL303", { message: wrong.problem, hint: wrong.hint, field: place });
    return wrong === undefined && host !== "*";
  });
}

/** Rules whose names are taken are reported and left out. */
function eachOnce<Rule extends UdpRule>({ report }: Lookup, rules: readonly Rule[]): readonly Rule[] {
  const taken = new Set<string>();
  return rules.filter(({ name, field }) => {
    if (!taken.has(name)) return taken.add(name);
    report("FL322", { message: `a rule named ${name} is there already`, hint: "write another `name`", field });
    return false;
  });
}

/** One alone is named like the Route. */
function streamName(route: string, count: number, own: string | undefined, port: number | string | undefined): string {
  if (own !== undefined) return `${route}-${own}`;
  return count === 1 || port === undefined ? route : `${route}-${port}`;
}
