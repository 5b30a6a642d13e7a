import type { KrmObject } from "@fairlead/krm";
import { fields } from "../../shared/fields.ts";
import type { ResolvedRoute } from "../model.ts";
import { traefikApi } from "./http.ts";

/** An IngressRouteUDP for each rule; UDP has no matches. */
export function udp(route: ResolvedRoute): readonly KrmObject[] {
  const primary = route.http.length === 0;
  return route.udp.map(({ name, entryPoints, backend }) => ({
    apiVersion: traefikApi,
    kind: "IngressRouteUDP",
    metadata: route.metadata(name, { primary }),
    spec: {
      entryPoints: [...entryPoints],
      routes: [{ services: [fields({ name: backend.name, namespace: backend.namespace, port: backend.port })] }],
    },
  }));
}
