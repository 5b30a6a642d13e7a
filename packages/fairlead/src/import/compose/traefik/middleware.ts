import type { JsonObject } from "@fairlead/apimachinery";
import { boolean, integer } from "../units.ts";
import type { TraefikLabel } from "./labels.ts";

/** A Route's middleware, or what it needs by hand. `unknown` are labels that were not carried. */
export interface ReadMiddleware {
  readonly middleware: JsonObject | undefined;
  readonly unknown: readonly TraefikLabel[];
  /** A Secret with htpasswd lines that has to be made. */
  readonly users: TraefikLabel | undefined;
}

const list = (text: string) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

/** Reads the labels `traefik.http.middlewares.NAME.TYPE.…` of one middleware. */
export function readMiddleware(name: string, labels: readonly TraefikLabel[]): ReadMiddleware {
  const type = labels[0]?.path[3]?.toLowerCase() ?? "";
  const options = new Map<string, TraefikLabel>();
  for (const label of labels) options.set(label.path.slice(4).join(".").toLowerCase(), label);
  const used = new Set<string>();
  const text = (key: string): string | undefined => {
    used.add(key);
    return options.get(key)?.value;
  };
  const middleware = build(type, text, options, used, name);
  const unknown =
    middleware === undefined
      ? labels
      : labels.filter((label) => !used.has(label.path.slice(4).join(".").toLowerCase()));
  return { middleware, unknown, users: type === "basicauth" ? options.get("users") : undefined };
}

function build(
  type: string,
  text: (key: string) => string | undefined,
  options: ReadonlyMap<string, TraefikLabel>,
  used: Set<string>,
  name: string,
): JsonObject | undefined {
  switch (type) {
    case "stripprefix":
      return { stripPrefix: list(text("prefixes") ?? "") };
    case "addprefix":
      return { addPrefix: text("prefix") ?? "/" };
    case "replacepath":
      return { replacePath: text("path") ?? "/" };
    case "redirectscheme":
    case "redirectregex":
      return { redirect: redirect(text) };
    case "ipallowlist":
    case "ipwhitelist":
      return { allowList: list(text("sourcerange") ?? "") };
    case "ratelimit":
      return rateLimit(text);
    case "headers":
      return headers(options, used, text);
    case "compress":
      return text("") === undefined ? undefined : { traefik: { compress: {} } };
    case "basicauth": {
      used.add("users");
      const removeHeader = boolean(text("removeheader"));
      const realm = text("realm");
      return {
        basicAuth: {
          secret: name,
          ...(realm !== undefined && { realm }),
          ...(removeHeader !== undefined && { removeHeader }),
        },
      };
    }
    default:
      return undefined;
  }
}

function redirect(text: (key: string) => string | undefined): JsonObject {
  const scheme = text("scheme");
  const port = integer(text("port") ?? null);
  const regex = text("regex");
  const replacement = text("replacement");
  const permanent = boolean(text("permanent"));
  return {
    ...(scheme !== undefined && { scheme }),
    ...(port !== undefined && { port }),
    ...(regex !== undefined && { regex }),
    ...(replacement !== undefined && { replacement }),
    ...(permanent !== undefined && { permanent }),
  };
}

function rateLimit(text: (key: string) => string | undefined): JsonObject {
  const burst = integer(text("burst") ?? null);
  const period = text("period");
  return {
    rateLimit: {
      average: integer(text("average") ?? null) ?? 0,
      ...(period !== undefined && { period: /^\d+$/.test(period) ? `${period}s` : period }),
      ...(burst !== undefined && { burst }),
    },
  };
}

/** Own header names keep the case in which they are written; Traefik's options do not mind it. */
function headers(
  options: ReadonlyMap<string, TraefikLabel>,
  used: Set<string>,
  text: (key: string) => string | undefined,
): JsonObject | undefined {
  const request: { [name: string]: string } = {};
  const response: { [name: string]: string } = {};
  for (const [key, label] of options) {
    const header = label.path.slice(5).join(".");
    if (key.startsWith("customrequestheaders.")) request[header] = label.value;
    else if (key.startsWith("customresponseheaders.")) response[header] = label.value;
    else continue;
    used.add(key);
  }
  const plain = {
    ...(Object.keys(request).length > 0 && { request }),
    ...(Object.keys(response).length > 0 && { response }),
  };
  if (Object.keys(plain).length > 0) return { headers: plain };
  const cors = {
    ...lists("origins", text("accesscontrolalloworiginlist")),
    ...lists("methods", text("accesscontrolallowmethods")),
    ...lists("headers", text("accesscontrolallowheaders")),
    ...lists("exposeHeaders", text("accesscontrolexposeheaders")),
  };
  const credentials = boolean(text("accesscontrolallowcredentials"));
  const maxAge = integer(text("accesscontrolmaxage") ?? null);
  if (Object.keys(cors).length === 0) return undefined;
  return {
    cors: { ...cors, ...(credentials !== undefined && { credentials }), ...(maxAge !== undefined && { maxAge }) },
  };
}

function lists(field: string, text: string | undefined): JsonObject {
  return text === undefined ? {} : { [field]: list(text) };
}
