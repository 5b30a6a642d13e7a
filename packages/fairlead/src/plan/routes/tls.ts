import type { EnvironmentSpec } from "../../kinds/environment.ts";
import type { RouteSpec } from "../../kinds/route.ts";
import type { RouteTls } from "../../kinds/route-parts.ts";
import type { Declaration } from "../declaration.ts";
import { filled } from "../shared/fields.ts";
import type { Reporter } from "../shared/report.ts";
import type { RouteCode, Tls } from "./model.ts";

type RouteSettings = NonNullable<EnvironmentSpec["routes"]>;

/** The issuer that the predecessor had, and that counts when nobody says otherwise. */
const usualIssuer = { name: "letsencrypt", kind: "ClusterIssuer" };

/**
 * Where the certificate of a Route comes from: what the Route says; else the Environment's resolver, unless it has an
 * issuer; else cert-manager. `hosts` are all host names that TLS is wanted for.
 */
export function resolveTls(
  declaration: Declaration<RouteSpec>,
  settings: RouteSettings,
  hosts: readonly string[],
  report: Reporter<RouteCode>,
): Tls {
  const written = declaration.spec.tls;
  if (written === false) return { kind: "none" };
  const tls: RouteTls = typeof written === "object" ? written : {};
  const more = { options: tls.options, store: tls.store };
  const field = ["spec", "tls"];
  if (tls.certResolver !== undefined && (tls.issuer !== undefined || tls.secretName !== undefined)) {
    const other = tls.issuer !== undefined ? "issuer" : "secretName";
    report("FL312", { message: `both certResolver and ${other} are given`, hint: "keep one", field });
  }
  if (tls.certResolver !== undefined) return { kind: "resolver", certResolver: tls.certResolver, ...more };
  if (tls.secretName !== undefined && tls.issuer === undefined)
    return { kind: "secret", secretName: tls.secretName, ...more };
  if (tls.issuer === undefined && settings.certResolver !== undefined && settings.issuer === undefined) {
    return { kind: "resolver", certResolver: settings.certResolver, ...more };
  }
  const dnsNames = filled([...new Set(tls.hosts ?? hosts)]);
  if (dnsNames === undefined) {
    if (tls.issuer === undefined) return written === undefined ? { kind: "none" } : { kind: "default", ...more };
    report("FL312", { message: "a certificate is wanted, but there are no hosts", hint: "write `hosts`", field });
    return { kind: "default", ...more };
  }
  const { certificate, secretName } = certificateNames(declaration, tls);
  const issuer = issuerOf(tls.issuer) ?? issuerOf(settings.issuer) ?? usualIssuer;
  return { kind: "certificate", certificate, secretName, dnsNames, issuer, implied: written === undefined, ...more };
}

/** The predecessor's Certificate was named like the app, its Secret APP-cert. */
function certificateNames({ compat, name, spec }: Declaration<RouteSpec>, tls: RouteTls) {
  const certificate = compat ? (spec.app ?? name) : name;
  return { certificate, secretName: tls.secretName ?? `${certificate}-${compat ? "cert" : "tls"}` };
}

function issuerOf(issuer: RouteTls["issuer"] | RouteSettings["issuer"]) {
  if (issuer === undefined) return undefined;
  if (typeof issuer === "string") return { name: issuer, kind: "ClusterIssuer" };
  return { ...issuer, kind: issuer.kind ?? "ClusterIssuer" };
}
