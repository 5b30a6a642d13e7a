import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { fields, filled } from "../../shared/fields.ts";
import { seconds } from "../../shared/duration.ts";
import type { HttpRule, ResolvedRoute } from "../model.ts";
import { alternatives } from "../rule/alternatives.ts";
import { unsupported } from "../unsupported.ts";
import { backendRefs } from "./backends.ts";
import { gatewayFilters, needsOneMatch } from "./middlewares.ts";
import { gatewayMatch } from "./match.ts";
import { parentRefs } from "./parent.ts";

const most = { rules: 16, hostnames: 16 };

/** HTTPRoutes, one for each set of hosts: https://gateway-api.sigs.k8s.io/reference/spec/#httproute */
export function http(route: ResolvedRoute): readonly KrmObject[] {
  const parents = route.http.length === 0 ? undefined : parentRefs(route, route.gateway);
  if (parents === undefined) return [];
  reportTls(route);
  const groups = new Map<string, HttpRule[]>();
  for (const rule of route.http) {
    const key = rule.hosts.join(",");
    groups.set(key, [...(groups.get(key) ?? []), rule]);
  }
  return [...groups.values()].flatMap((group, index) => {
    const name = index === 0 ? route.name : `${route.name}-${index + 1}`;
    const hosts = group[0]!.hosts;
    const rules = group.flatMap((rule) => gatewayRules(route, rule));
    if (rules.length === 0) return [];
    if (rules.length > most.rules)
      unsupported(
        route,
        `${rules.length} rules in one HTTPRoute (16 at most)`,
        ["spec", "routes"],
        "make two Routes of it",
      );
    if (hosts.length > most.hostnames)
      unsupported(
        route,
        `${hosts.length} hosts in one HTTPRoute (16 at most)`,
        ["spec", "hosts"],
        "make two Routes of it",
      );
    return [
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: route.metadata(name, { primary: true }),
        spec: fields({ parentRefs: parents, hostnames: filled([...hosts]), rules }),
      },
    ];
  });
}

function gatewayRules(route: ResolvedRoute, rule: HttpRule): readonly JsonObject[] {
  const found = alternatives(rule.condition);
  if (found === undefined) {
    unsupported(route, "so many alternatives in one match", rule.field);
    return [];
  }
  const matches = found.map((alternative) => gatewayMatch(route, alternative, rule.field));
  if (!matches.every((match) => match !== undefined)) return [];
  reportRest(route, rule);
  const redirects = rule.middlewares.some(({ kind }) => kind === "redirect");
  const backends = redirects ? [] : backendRefs(route, rule.backends, rule.field);
  if (backends === undefined) return [];
  const groups = needsOneMatch(rule.middlewares) ? matches.map((match) => [match]) : [matches];
  return groups.flatMap((group) => {
    const filters = gatewayFilters(route, rule.middlewares, group);
    if (filters === undefined) return [];
    const gatewayRule = fields({
      // One match without conditions lets everything through, and so does no match at all.
      matches: group.every((match) => filled(match) !== undefined) ? group : undefined,
      filters: filled(filters),
      backendRefs: filled(backends),
      timeouts: rule.timeout === undefined ? undefined : { request: gatewayDuration(rule.timeout) },
    });
    return [gatewayRule];
  });
}

/** The Gateway API's durations have no fractions. */
function gatewayDuration(text: string): string {
  return text.includes(".") ? `${Math.ceil((seconds(text) ?? 0) * 1000)}ms` : text;
}

function reportRest(route: ResolvedRoute, rule: HttpRule): void {
  if (rule.sticky !== undefined) unsupported(route, "sticky sessions", [...rule.field, "sticky"]);
  if (rule.serversTransport !== undefined)
    unsupported(route, "a ServersTransport", [...rule.field, "serversTransport"]);
  if (rule.passHostHeader === false) unsupported(route, "passHostHeader: false", [...rule.field, "passHostHeader"]);
  if (rule.priority !== undefined) {
    unsupported(
      route,
      "a priority",
      [...rule.field, "priority"],
      "the most specific match wins; leave the priority out",
    );
  }
}

function reportTls(route: ResolvedRoute): void {
  if (route.tls.kind === "resolver") unsupported(route, "a certificate resolver", ["spec", "tls"]);
  if (route.tls.kind !== "secret") return;
  const message = `Secret ${route.tls.secretName} has to be named by the Gateway's listener`;
  const hint = "name it in tls.certificateRefs of the listener";
  route.report("FL316", { message, hint, field: ["spec", "tls", "secretName"] });
}
