import { equal, get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { groupOf, refKey, refOf, type KrmObject } from "@fairlead/krm";
import type { Assembled } from "../assemble.ts";
import { normalText } from "../equivalent.ts";
import type { Left } from "../group.ts";
import { declarationFor } from "../metadata.ts";
import type { Render } from "../render.ts";
import { appLookup, type AppOf } from "./backend.ts";
import { grpcRouteCandidates, httpRouteCandidates } from "./gateway-route.ts";
import { ingressRouteCandidates } from "./ingress-route.ts";
import { ingressCandidates } from "./ingress.ts";
import { middlewareForms, ownMiddlewares } from "./middleware.ts";
import { streamCandidates } from "./stream-route.ts";

type Candidates = (object: KrmObject, appOf: AppOf) => JsonObject[];

const readers: { readonly [kind: string]: Candidates } = {
  "traefik.io/IngressRoute": (object, appOf) =>
    ingressRouteCandidates(object, appOf, (reference) => ({ ref: reference })),
  "traefik.io/IngressRouteTCP": streamCandidates,
  "traefik.io/IngressRouteUDP": streamCandidates,
  "networking.k8s.io/Ingress": ingressCandidates,
  "gateway.networking.k8s.io/HTTPRoute": httpRouteCandidates,
  "gateway.networking.k8s.io/GRPCRoute": grpcRouteCandidates,
};

function readerOf(object: KrmObject): Candidates | undefined {
  const key = `${groupOf(object.apiVersion)}/${object.kind}`;
  return Object.hasOwn(readers, key) ? readers[key] : undefined;
}

export function isRoute(object: KrmObject): boolean {
  return readerOf(object) !== undefined;
}

export interface RouteImport {
  readonly assembled: readonly Assembled[];
  readonly left: readonly Left[];
}

/** Proposes Routes for objects that route requests, and keeps those that render to exactly the same. */
export function importRoutes(
  candidates: readonly KrmObject[],
  all: readonly KrmObject[],
  apps: readonly Assembled[],
  render: Render,
): RouteImport {
  const appOf = appLookup(apps.map(({ declaration }) => declaration));
  const taken = new Set(apps.flatMap((app) => app.objects.map((object) => refKey(refOf(object)))));
  const assembled = new Map<string, Assembled>();
  const left: Left[] = [];
  // HTTP first: a Route of that name then takes the TCP and UDP of the same name along.
  const streams = (object: KrmObject) =>
    object.kind === "IngressRouteTCP" || object.kind === "IngressRouteUDP" ? 1 : 0;
  for (const object of [...candidates].sort((a, b) => streams(a) - streams(b))) {
    const name = routeName(object);
    const key = `${object.metadata.namespace ?? ""}/${name}`;
    const other = assembled.get(key);
    const found = other === undefined ? single(object, name) : joined(object, other);
    if (found !== undefined) assembled.set(key, found);
    else
      left.push({
        object,
        reason: other === undefined ? "a Route cannot say all of it" : `another route is Route ${name} already`,
      });
  }
  return { assembled: [...assembled.values()], left };

  function single(object: KrmObject, name: string): Assembled | undefined {
    const declare = (spec: JsonObject) =>
      declarationFor("Route", { ...object, metadata: { ...object.metadata, name } }, spec);
    const same = (spec: JsonObject, extra: readonly KrmObject[] = []) => reproduces(declare(spec), [object, ...extra]);
    const spec = readerOf(object)!(object, appOf).find((one) => same(one));
    if (spec === undefined) return undefined;
    if (object.kind !== "IngressRoute")
      return { declaration: declare(shorter(spec, same)), objects: [object], left: [], patched: [] };
    const { spec: whole, middlewares } = withMiddlewares(object, spec, same);
    const short = shorter(whole, (candidate) => same(candidate, middlewares));
    return { declaration: declare(short), objects: [object, ...middlewares], left: [], patched: [] };
  }

  /** Writes the Middlewares that nobody else uses into the Route. */
  function withMiddlewares(
    object: KrmObject,
    start: JsonObject,
    same: (spec: JsonObject, extra: readonly KrmObject[]) => boolean,
  ) {
    let spec = start;
    const middlewares: KrmObject[] = [];
    for (const middleware of ownMiddlewares(object, all)) {
      for (const form of middlewareForms(middleware)) {
        const candidate = replaceReference(spec, middleware.metadata.name!, form);
        if (!same(candidate, [...middlewares, middleware])) continue;
        spec = candidate;
        middlewares.push(middleware);
        break;
      }
    }
    return { spec, middlewares };
  }

  /** Adds TCP or UDP to the Route of the same name, if both lead to the same App. */
  function joined(object: KrmObject, other: Assembled): Assembled | undefined {
    const labelled = isObject(object.metadata.labels) || isObject(object.metadata.annotations);
    if (streams(object) === 0 || labelled) return undefined;
    const spec = other.declaration["spec"] as JsonObject;
    for (const candidate of streamCandidates(object, appOf)) {
      const { app, service, tcp, udp } = candidate;
      if (!equal([app, service].filter(Boolean), [spec["app"], spec["service"]].filter(Boolean))) continue;
      const declaration: KrmObject = {
        ...other.declaration,
        spec: {
          ...spec,
          ...(tcp !== undefined && {
            tcp: [...((spec["tcp"] as JsonObject[] | undefined) ?? []), ...(tcp as JsonObject[])],
          }),
          ...(udp !== undefined && {
            udp: [...((spec["udp"] as JsonObject[] | undefined) ?? []), ...(udp as JsonObject[])],
          }),
        },
      };
      const objects = [...other.objects, object];
      if (reproduces(declaration, objects)) return { ...other, declaration, objects };
    }
    return undefined;
  }

  function reproduces(declaration: KrmObject, objects: readonly KrmObject[]): boolean {
    const wanted = new Map(objects.map((object) => [refKey(refOf(object)), normalText(object)]));
    const rendered = render(declaration, { has: (key) => taken.has(key) || wanted.has(key) });
    return (
      rendered.kind === "objects" &&
      rendered.objects.length === wanted.size &&
      rendered.objects.every((object) => wanted.get(refKey(refOf(object))) === normalText(object))
    );
  }
}

/** A GRPCRoute is named after its Route with `-grpc`. */
function routeName(object: KrmObject): string {
  const name = object.metadata.name!;
  return object.kind === "GRPCRoute" ? name.replace(/-grpc$/, "") : name;
}

function replaceReference(spec: JsonObject, name: string, form: JsonObject): JsonObject {
  const routes = spec["routes"];
  if (!Array.isArray(routes)) return spec;
  return {
    ...spec,
    routes: routes.map((route) => {
      const list = get(route, "middlewares");
      if (!isObject(route) || !Array.isArray(list)) return route;
      return { ...route, middlewares: list.map((item) => (get(get(item, "ref"), "name") === name ? form : item)) };
    }),
  };
}

/** Leaves out what the Route would do without being told. */
function shorter(spec: JsonObject, same: (spec: JsonObject) => boolean): JsonObject {
  let best = spec;
  const [only, ...others] = Array.isArray(best["routes"]) ? best["routes"] : [];
  if (isObject(only) && others.length === 0 && only["middlewares"] !== undefined) {
    const { middlewares, ...rule } = only;
    const { routes: _routes, ...rest } = best;
    const hoisted = { ...rest, middlewares };
    if (Object.keys(rule).length === 0 && same(hoisted)) best = hoisted;
  }
  for (const key of ["target", "standardLabels", "entryPoints", "tls"]) {
    if (best[key] === undefined) continue;
    const { [key]: _field, ...rest } = best;
    if (same(rest)) best = rest;
  }
  return best;
}
