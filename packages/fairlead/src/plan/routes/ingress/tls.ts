import type { JsonObject } from "@fairlead/apimachinery";
import { fields, filled } from "../../shared/fields.ts";
import type { HttpRule, ResolvedRoute } from "../model.ts";
import { unsupported } from "../unsupported.ts";
import { controllerOf } from "./controller.ts";

/** The `tls` of an Ingress: the hosts of its rules and the Secret of their certificate. */
export function ingressTls(route: ResolvedRoute, rules: readonly Pick<HttpRule, "hosts">[]): JsonObject[] | undefined {
  const { tls } = route;
  if (tls.kind !== "secret" && tls.kind !== "certificate") return undefined;
  const hosts = filled([...new Set(rules.flatMap((rule) => rule.hosts))]);
  return [fields({ hosts, secretName: tls.secretName })];
}

/** Traefik's controller takes everything else of TLS from annotations. */
export function tlsAnnotations(route: ResolvedRoute): { readonly [key: string]: string } {
  const { tls } = route;
  if (tls.kind === "none" || tls.kind === "secret" || tls.kind === "certificate") return {};
  if (controllerOf(route) !== "traefik") {
    const what = tls.kind === "resolver" ? "a certificate resolver" : "TLS without a Secret";
    unsupported(route, what, ["spec", "tls"], "write `issuer` or `secretName`");
    return {};
  }
  const prefix = "traefik.ingress.kubernetes.io/router.tls";
  return { [prefix]: "true", ...(tls.kind === "resolver" ? { [`${prefix}.certresolver`]: tls.certResolver } : {}) };
}
