import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { refKey, refOf, type KrmObject } from "@fairlead/krm";
import { objectOf } from "../pod-template.ts";

/** A Middleware that one route alone refers to, by `refKey`, so that it can become part of the Route. */
export function ownMiddlewares(object: KrmObject, all: readonly KrmObject[]): KrmObject[] {
  const wanted = new Set(referencesOf(object));
  return all.filter((candidate) => {
    if (candidate.kind !== "Middleware" || candidate.metadata.namespace !== object.metadata.namespace) return false;
    if (!wanted.has(refKey(refOf(candidate)))) return false;
    return all.every((other) => other === object || !referencesOf(other).includes(refKey(refOf(candidate))));
  });
}

const memo = new WeakMap<KrmObject, readonly string[]>();

/** The Middlewares that an object mentions: IngressRoutes by their routes, chains of middlewares by their list. */
function referencesOf(object: KrmObject): readonly string[] {
  const known = memo.get(object);
  if (known !== undefined) return known;
  const found: string[] = [];
  const add = (reference: JsonValue) => {
    const name = get(reference, "name");
    const namespace = get(reference, "namespace") ?? object.metadata.namespace;
    if (typeof name !== "string") return;
    const ref = { apiVersion: "traefik.io/v1alpha1", kind: "Middleware", name };
    found.push(refKey(typeof namespace === "string" ? { ...ref, namespace } : ref));
  };
  const spec = object["spec"];
  if (object.kind === "IngressRoute") {
    const routes = get(spec, "routes");
    for (const route of Array.isArray(routes) ? routes : []) {
      const list = get(route, "middlewares");
      if (Array.isArray(list)) list.forEach(add);
    }
  } else if (object.kind === "Middleware") {
    const chain = get(get(spec, "chain"), "middlewares");
    if (Array.isArray(chain)) chain.forEach(add);
  }
  memo.set(object, found);
  return found;
}

/** The middleware in a Route's words, the shortest first; the last is the spec itself. */
export function middlewareForms(middleware: KrmObject): JsonObject[] {
  const spec = objectOf(middleware["spec"]);
  const name = middleware.metadata.name!;
  const short = shorthand(spec);
  return [...(short === undefined ? [] : [{ name, ...short }]), { name, traefik: spec }];
}

function shorthand(spec: JsonObject): JsonObject | undefined {
  const [type, ...others] = Object.keys(spec);
  if (type === undefined || others.length > 0 || !isObject(spec[type])) return undefined;
  const options = spec[type];
  switch (type) {
    case "ipAllowList":
      return { allowList: options["sourceRange"] ?? [] };
    case "stripPrefix":
      return { stripPrefix: options["prefixes"] ?? [] };
    case "addPrefix":
      return { addPrefix: options["prefix"] ?? "" };
    case "replacePath":
      return { replacePath: options["path"] ?? "" };
    case "redirectRegex":
    case "redirectScheme":
      return { redirect: options["port"] === undefined ? options : { ...options, port: Number(options["port"]) } };
    case "basicAuth":
    case "rateLimit":
      return { [type]: options };
    case "headers":
      return headers(options);
    default:
      return undefined;
  }
}

function headers(options: JsonObject): JsonObject | undefined {
  const { customRequestHeaders: request, customResponseHeaders: response } = options;
  if (request !== undefined || response !== undefined) {
    return { headers: { ...(request !== undefined && { request }), ...(response !== undefined && { response }) } };
  }
  const names: { readonly [option: string]: string } = {
    accessControlAllowOriginList: "origins",
    accessControlAllowMethods: "methods",
    accessControlAllowHeaders: "headers",
    accessControlExposeHeaders: "exposeHeaders",
    accessControlAllowCredentials: "credentials",
    accessControlMaxAge: "maxAge",
  };
  const cors: JsonObject = {};
  for (const [option, value] of Object.entries(options)) if (Object.hasOwn(names, option)) cors[names[option]!] = value;
  return Object.keys(cors).length === 0 ? undefined : { cors };
}
