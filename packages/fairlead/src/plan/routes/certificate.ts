import type { KrmObject } from "@fairlead/krm";
import { fields } from "../shared/fields.ts";
import type { ResolvedRoute } from "./model.ts";

/** cert-manager's Certificate: https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate */
export function certificate(route: ResolvedRoute): readonly KrmObject[] {
  const { tls } = route;
  if (tls.kind !== "certificate") return [];
  if (route.target === "gateway") {
    if (tls.implied) return [];
    const hint = `name Secret ${tls.secretName} in tls.certificateRefs of the Gateway's listener`;
    const message = `the Certificate ${tls.certificate} is made, but only the Gateway's listener can use it`;
    route.report("FL316", { message, hint, field: ["spec", "tls"] });
  }
  const { group, kind, name } = tls.issuer;
  return [
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: route.metadata(tls.certificate),
      spec: { secretName: tls.secretName, dnsNames: [...tls.dnsNames], issuerRef: fields({ name, kind, group }) },
    },
  ];
}
