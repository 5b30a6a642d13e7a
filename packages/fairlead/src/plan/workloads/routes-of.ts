import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import { items, object, texts } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";

interface Names {
  readonly http: readonly string[];
  readonly grpc: readonly string[];
}

/**
 * The HTTPRoutes and GRPCRoutes that lead to an App, whose weights a canary changes. A Route for a Gateway becomes one HTTPRoute for
 * each set of hosts, the first named like the Route and the others numbered, and NAME-grpc.
 */
export function routesOf(context: WorkloadContext<AppSpec>): Names {
  const { declaration, world } = context;
  const http: string[] = [];
  const grpc: string[] = [];
  for (const route of world.allDeclared("Route")) {
    const spec: JsonValue = route.spec;
    if (!isObject(spec) || (route.namespace ?? declaration.namespace) !== declaration.namespace) continue;
    if ((get(spec, "target") ?? world.environment.settings.routes?.target ?? "traefik") !== "gateway") continue;
    http.push(...httpRoutes(context, route.name, spec));
    const wanted = get(spec, "grpc");
    if (get(spec, "app") === context.name && (wanted === true || isObject(wanted))) grpc.push(`${route.name}-grpc`);
  }
  return { http, grpc };
}

function httpRoutes(context: WorkloadContext<AppSpec>, name: string, spec: JsonObject): string[] {
  const written = items(get(spec, "routes") as JsonObject[] | undefined);
  // Without rules, the hosts as a whole are one.
  const rules = written.length > 0 ? written : Array.isArray(get(spec, "hosts")) ? [{}] : [];
  const groups = new Map<string, boolean>();
  for (const rule of rules) {
    const hosts = (get(rule, "hosts") ?? get(spec, "hosts")) as string[] | undefined;
    const key = texts(hosts).join(",");
    groups.set(key, groups.get(key) === true || leadsTo(context, rule, spec));
  }
  return [...groups.values()].flatMap((leads, index) => (leads ? [index === 0 ? name : `${name}-${index + 1}`] : []));
}

function leadsTo(context: WorkloadContext<AppSpec>, rule: JsonObject, spec: JsonObject): boolean {
  if (object(get(rule, "service") as JsonObject | undefined) !== undefined) return false;
  return (get(rule, "app") ?? get(spec, "app")) === context.name;
}
