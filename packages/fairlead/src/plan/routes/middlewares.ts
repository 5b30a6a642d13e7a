import { equal, type FieldPath, type JsonValue } from "@fairlead/apimachinery";
import type { RouteMiddleware } from "../../kinds/route-parts.ts";
import type { EnvironmentSpec } from "../../kinds/environment.ts";
import type { Reporter } from "../shared/report.ts";
import { isAddressRange } from "./addresses.ts";
import type { Middleware, RouteCode } from "./model.ts";

/** The shared middleware of `vpn: true` where the Environment gives no address ranges. */
export const sharedVpn = { name: "vpn-only", namespace: "traefik" } as const;

/** Reads the middlewares of one Route and names the objects that they become; equal ones are one object. */
export class MiddlewareNames {
  readonly #taken = new Map<string, JsonValue>();
  readonly #route: string;

  constructor(route: string) {
    this.#route = route;
  }

  name(wanted: string | undefined, kind: string, content: unknown): string {
    const base = wanted ?? `${this.#route}-${kind.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    for (let number = 1; ; number++) {
      const name = number === 1 ? base : `${base}-${number}`;
      const other = this.#taken.get(name);
      if (other === undefined) {
        this.#taken.set(name, [kind, content as JsonValue]);
        return name;
      }
      if (equal(other, [kind, content])) return name;
    }
  }
}

/** `vpn: true`: an allow-list of the Environment's ranges, or the shared middleware. */
export function vpnMiddleware(names: MiddlewareNames, settings: EnvironmentSpec, field: FieldPath): Middleware {
  const ranges = settings.routes?.vpnSourceRanges ?? [];
  if (ranges.length === 0) return { kind: "ref", ...sharedVpn, field };
  return { kind: "allowList", name: names.name(undefined, "vpn", ranges), ranges, vpn: true, field };
}

const kinds = [
  "ref",
  "allowList",
  "headers",
  "cors",
  "stripPrefix",
  "addPrefix",
  "replacePath",
  "redirect",
  "basicAuth",
  "rateLimit",
  "traefik",
] as const;

export function readMiddlewares(
  list: readonly RouteMiddleware[],
  names: MiddlewareNames,
  field: FieldPath,
  report: Reporter<RouteCode>,
): Middleware[] {
  return list.flatMap((written, index) => readMiddleware(written, names, [...field, index], report) ?? []);
}

function readMiddleware(
  written: RouteMiddleware,
  names: MiddlewareNames,
  field: FieldPath,
  report: Reporter<RouteCode>,
): Middleware | undefined {
  const given = kinds.filter((kind) => written[kind] !== undefined);
  const kind = given[0];
  if (kind === undefined || given.length > 1) {
    const message =
      kind === undefined ? "the middleware is empty" : `the middleware is several things: ${given.join(", ")}`;
    report("FL310", {
      message,
      field,
      hint: kind === undefined ? `write one of ${kinds.join(", ")}` : "make an item of each",
    });
    return undefined;
  }
  const name = names.name(written.name, kind, written[kind]);
  switch (kind) {
    case "ref":
      return { kind, ...written.ref!, field };
    case "allowList": {
      const ranges = checkRanges(written.allowList!, [...field, kind], report);
      return ranges.length === 0 ? undefined : { kind, name, ranges, vpn: false, field };
    }
    case "headers":
      return { kind, name, request: written.headers!.request ?? {}, response: written.headers!.response ?? {}, field };
    case "cors":
      return { kind, name, cors: written.cors!, field };
    case "stripPrefix":
      return { kind, name, prefixes: written.stripPrefix!, field };
    case "addPrefix":
      return { kind, name, prefix: written.addPrefix!, field };
    case "replacePath":
      return { kind, name, path: written.replacePath!, field };
    case "redirect":
      return readRedirect(written.redirect!, name, field, report);
    case "basicAuth":
      return { kind, name, ...written.basicAuth!, field };
    case "rateLimit":
      return { kind, name, limit: written.rateLimit!, field };
    case "traefik":
      return { kind, name, spec: written.traefik!, field };
  }
}

function readRedirect(
  redirect: NonNullable<RouteMiddleware["redirect"]>,
  name: string,
  field: FieldPath,
  report: Reporter<RouteCode>,
): Middleware | undefined {
  const wrong = (message: string, hint: string): undefined => {
    report("FL310", { message, hint, field: [...field, "redirect"] });
  };
  const { scheme, port, host, regex, replacement } = redirect;
  if (regex !== undefined || replacement !== undefined) {
    if (regex === undefined || replacement === undefined)
      return wrong("half of a redirect", "write both `regex` and `replacement`");
    if (scheme !== undefined || port !== undefined || host !== undefined) {
      return wrong("the redirect has both a regular expression and a scheme, port or host", "keep one");
    }
  } else if (scheme === undefined && host === undefined) {
    return wrong("the redirect does not say where to", "write `scheme: https`, `host`, or `regex` and `replacement`");
  }
  return { kind: "redirect", name, redirect, field };
}

/** The ranges that can be read; the others are reported. */
export function checkRanges(
  ranges: readonly string[],
  field: FieldPath,
  report: Reporter<RouteCode>,
): readonly string[] {
  return ranges.filter((range, index) => {
    if (isAddressRange(range)) return true;
    const message = `${JSON.stringify(range.slice(0, 80))} is no address or range`;
    report("FL314", { message, hint: "write it like 10.0.0.0/8 or 2001:db8::/32", field: [...field, index] });
    return false;
  });
}
