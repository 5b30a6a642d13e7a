import type { JsonObject } from "@fairlead/apimachinery";
import { fields } from "../../shared/fields.ts";
import type { Tls } from "../model.ts";

/** The `tls` of an IngressRoute or IngressRouteTCP; an empty one is TLS with Traefik's default certificate. */
export function traefikTls(tls: Tls, passthrough?: true): JsonObject | undefined {
  if (tls.kind === "none") return undefined;
  return fields({
    passthrough,
    secretName: tls.kind === "secret" || tls.kind === "certificate" ? tls.secretName : undefined,
    certResolver: tls.kind === "resolver" ? tls.certResolver : undefined,
    options: tls.options === undefined ? undefined : fields(tls.options),
    store: tls.store === undefined ? undefined : fields(tls.store),
  });
}
