import type { HttpRule, Middleware, RateLimit, ResolvedRoute } from "../model.ts";
import { describe, unsupported } from "../unsupported.ts";
import { seconds } from "../../shared/duration.ts";
import type { Controller } from "./controller.ts";
import { usesRegexp } from "./match.ts";

type Annotations = { readonly [key: string]: string };
const nginx = "nginx.ingress.kubernetes.io";

/** The annotations of a rule; undefined when a middleware has no equivalent, which is reported. */
export function ingressAnnotations(
  route: ResolvedRoute,
  rule: HttpRule,
  controller: Controller,
): Annotations | undefined {
  if (rule.sticky !== undefined && controller !== "nginx")
    unsupported(route, "sticky sessions", [...rule.field, "sticky"]);
  const base: Annotations = {
    ...(controller === "nginx" && usesRegexp(rule) ? { [`${nginx}/use-regex`]: "true" } : {}),
    ...(controller === "nginx" && rule.sticky !== undefined ? stickyAnnotations(rule.sticky.name) : {}),
    ...(controller === "nginx" && rule.backends[0]?.scheme === "https"
      ? { [`${nginx}/backend-protocol`]: "HTTPS" }
      : {}),
  };
  if (controller === "traefik") return { ...base, ...traefikAnnotations(route, rule) };
  const found: Annotations[] = [];
  let complete = true;
  for (const middleware of rule.middlewares) {
    const annotations = controller === "nginx" ? nginxAnnotations(middleware) : undefined;
    if (annotations === undefined) {
      const hint =
        controller === "nginx" ? undefined : "name a class of nginx or Traefik, or write the Route for traefik";
      unsupported(route, describe(middleware), middleware.field, hint);
      complete = false;
    } else found.push(annotations);
  }
  return complete ? Object.assign({}, base, ...found) : undefined;
}

function stickyAnnotations(name: string | undefined): Annotations {
  return { [`${nginx}/affinity`]: "cookie", ...(name === undefined ? {} : { [`${nginx}/session-cookie-name`]: name }) };
}

/** Traefik's controller finds its own Middlewares by NAMESPACE-NAME@kubernetescrd. */
function traefikAnnotations(route: ResolvedRoute, rule: HttpRule): Annotations {
  if (rule.middlewares.length === 0) return {};
  const own = route.declaration.namespace ?? "default";
  const names = rule.middlewares.map((middleware) => {
    const namespace = middleware.kind === "ref" ? (middleware.namespace ?? own) : own;
    return `${namespace}-${middleware.name}@kubernetescrd`;
  });
  return { "traefik.ingress.kubernetes.io/router.middlewares": names.join(",") };
}

/** https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/ */
function nginxAnnotations(middleware: Middleware): Annotations | undefined {
  switch (middleware.kind) {
    case "allowList":
      return { [`${nginx}/whitelist-source-range`]: middleware.ranges.join(",") };
    case "basicAuth":
      return {
        [`${nginx}/auth-type`]: "basic",
        [`${nginx}/auth-secret`]: middleware.secret,
        ...(middleware.realm === undefined ? {} : { [`${nginx}/auth-realm`]: middleware.realm }),
      };
    case "cors": {
      const { origins, methods, headers, exposeHeaders, credentials, maxAge } = middleware.cors;
      const lists = { origin: origins, methods, headers, "expose-headers": exposeHeaders };
      const annotations: { [key: string]: string } = { [`${nginx}/enable-cors`]: "true" };
      for (const [key, list] of Object.entries(lists)) {
        const name = key === "expose-headers" ? "cors-expose-headers" : `cors-allow-${key}`;
        if (list !== undefined) annotations[`${nginx}/${name}`] = list.join(", ");
      }
      if (credentials !== undefined) annotations[`${nginx}/cors-allow-credentials`] = String(credentials);
      if (maxAge !== undefined) annotations[`${nginx}/cors-max-age`] = String(maxAge);
      return annotations;
    }
    case "rateLimit":
      return nginxRateLimit(middleware.limit);
    case "redirect": {
      const { scheme, host, port, regex, permanent } = middleware.redirect;
      if (regex !== undefined || host !== undefined || port !== undefined || scheme !== "https") return undefined;
      return permanent === true ? { [`${nginx}/force-ssl-redirect`]: "true" } : undefined;
    }
    case "ref":
    case "headers":
    case "stripPrefix":
    case "addPrefix":
    case "replacePath":
    case "traefik":
      return undefined;
  }
}

/** nginx counts per second or per minute and client address, with a burst that is a multiple. */
function nginxRateLimit({ average, period = "1s", burst, by = "ip" }: RateLimit): Annotations | undefined {
  const unit = { 1: "limit-rps", 60: "limit-rpm" }[seconds(period) ?? 0];
  if (unit === undefined || by !== "ip" || average === 0) return undefined;
  const multiplier = burst === undefined ? undefined : Math.max(1, Math.round(burst / average));
  return {
    [`${nginx}/${unit}`]: String(average),
    ...(multiplier === undefined ? {} : { [`${nginx}/limit-burst-multiplier`]: String(multiplier) }),
  };
}
