import type { FieldPath } from "@fairlead/apimachinery";
import { formatRef, type Finding } from "@fairlead/krm";
import { kind } from "../../kinds/generated/route.ts";
import type { RouteSpec } from "../../kinds/route.ts";
import type { RouteGrpc } from "../../kinds/route-parts.ts";
import { conform } from "../conform.ts";
import type { Declaration } from "../declaration.ts";
import { reporter } from "../shared/report.ts";
import type { World } from "../world.ts";
import { routeFinding } from "./findings.ts";
import { hostMatcher, hostProblem } from "./hosts.ts";
import { readMatch } from "./match.ts";
import { alternativeKey, alternatives } from "./rule/alternatives.ts";
import { all, matcher, type Condition } from "./rule/condition.ts";
import { printRule } from "./rule/print-rule.ts";
import { targetOf } from "./target.ts";

interface Claim {
  /** Equal for two claims of which a proxy can serve one only. */
  readonly key: string;
  /** For people. */
  readonly what: string;
  readonly field: FieldPath;
}

/** What can be said of all Routes together: two that claim the same requests, and several targets in one project. */
export function checkRoutes(world: World): readonly Finding[] {
  const routes = world
    .allDeclared("Route")
    .map((declaration) => ({ ...declaration, spec: conform<RouteSpec>(declaration.spec, kind.spec) ?? {} }));
  return [...conflicts(routes, world), ...mixedTargets(routes, world)];
}

function* conflicts(routes: readonly Declaration<RouteSpec>[], world: World): Iterable<Finding> {
  const holders = new Map<string, { readonly route: Declaration<RouteSpec>; readonly field: FieldPath }>();
  for (const route of routes) {
    // One finding for each rule is enough, however many hosts it shares.
    const told = new Set<string>();
    for (const { key, what, field } of claimsOf(route, world)) {
      const holder = holders.get(key);
      if (holder === undefined) {
        holders.set(key, { route, field });
        continue;
      }
      const place = field.join(".");
      if (told.has(place) || holder.field === field) continue;
      told.add(place);
      const other = holder.route === route ? "another rule of this Route" : formatRef(holder.route.ref);
      yield routeFinding("FL306", {
        message: `${what} is claimed by ${other} already`,
        hint: "remove one of the rules, or tell them apart by path, header or method",
        object: route.ref,
        field,
      });
    }
  }
}

function* claimsOf(declaration: Declaration<RouteSpec>, world: World): Iterable<Claim> {
  const { spec } = declaration;
  if (spec.expose === "loadBalancer") return;
  const settings = world.environment.settings.routes ?? {};
  const silent = reporter(routeFinding, declaration.ref);
  const target = targetOf(declaration, world);
  const doors = (internal: boolean, own: readonly string[] | undefined): readonly string[] => {
    if (target !== "traefik") return [`${target}:${internal ? "internal" : "public"}`];
    const usual = internal ? (settings.internalEntryPoints ?? ["internal"]) : (settings.entryPoints ?? ["websecure"]);
    return (own ?? spec.entryPoints ?? usual).map((door) => `traefik:${door}`);
  };
  const hosts = (spec.hosts ?? []).filter((host) => hostProblem(host) === undefined);
  const rules = spec.routes ?? [];
  if (hosts.length > 0 && rules.length === 0)
    yield* claims(doors(spec.internal === true, undefined), hosts, undefined, ["spec", "hosts"]);
  for (const [index, rule] of rules.entries()) {
    const field = ["spec", "routes", index];
    const match = readMatch(rule, field, silent);
    if (match === undefined) continue;
    yield* claims(doors(spec.internal === true, undefined), rule.hosts ?? hosts, match.condition, field);
  }
  if (spec.grpc === undefined || spec.grpc === false) return;
  const grpc: RouteGrpc = spec.grpc === true ? {} : spec.grpc;
  const domain = settings.internalDomain;
  const grpcHosts = grpc.hosts ?? (domain === undefined ? [] : [`${spec.app ?? declaration.name}.${domain}`]);
  const internal = grpc.internal ?? (grpc.hosts === undefined || spec.internal === true);
  const path = grpc.service === undefined ? undefined : matcher("PathPrefix", `/${grpc.service}/`);
  if (grpcHosts.length > 0) yield* claims(doors(internal, grpc.entryPoints), grpcHosts, path, ["spec", "grpc"]);
}

function* claims(
  doors: readonly string[],
  hosts: readonly string[],
  condition: Condition | undefined,
  field: FieldPath,
): Iterable<Claim> {
  for (const host of hosts.length === 0 ? [undefined] : hosts) {
    const terms = [host === undefined ? undefined : hostMatcher(host), condition].filter((term) => term !== undefined);
    const whole = all(terms);
    if (whole === undefined) continue;
    const keys = alternatives(whole)?.map(alternativeKey) ?? [printRule(whole)];
    for (const door of doors) for (const key of keys) yield { key: `${door} ${key}`, what: key, field };
  }
}

function* mixedTargets(routes: readonly Declaration<RouteSpec>[], world: World): Iterable<Finding> {
  const routed = routes.filter(({ spec }) => spec.expose !== "loadBalancer");
  const targets = [...new Set(routed.map((route) => targetOf(route, world)))].sort();
  if (targets.length < 2) return;
  const usual = world.environment.settings.routes?.target ?? "traefik";
  for (const route of routed) {
    const target = targetOf(route, world);
    if (target === usual) continue;
    yield routeFinding("FL307", {
      message: `this Route is written for ${target}, others for ${targets.filter((other) => other !== target).join(" and ")}`,
      hint: `set routes.target in the Environment, or write target: ${usual} here`,
      object: route.ref,
      field: ["spec", "target"],
    });
  }
}
