import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import { items } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";

/** The Routes that lead to an App: the names of the HTTPRoutes and GRPCRoutes whose weights a canary changes. */
export function routesOf(context: WorkloadContext<AppSpec>): { http: string[]; grpc: string[] } {
  const { declaration, world } = context;
  const http: string[] = [];
  const grpc: string[] = [];
  for (const route of world.allDeclared("Route")) {
    const spec: JsonValue = route.spec;
    if (!isObject(spec) || (route.namespace ?? declaration.namespace) !== declaration.namespace) continue;
    const whole = get(spec, "app") === context.name;
    const rules = items(get(spec, "routes") as { app?: JsonValue }[] | undefined);
    const web = Array.isArray(get(spec, "hosts"));
    if (web && (whole || rules.some(({ app }) => app === context.name))) http.push(route.name);
    const wanted = get(spec, "grpc");
    if (whole && (wanted === true || isObject(wanted))) grpc.push(`${route.name}-grpc`);
  }
  return { http, grpc };
}
