import type { KrmObject } from "@fairlead/krm";
import type { Pool } from "./pool.ts";

export function poolService({ metadata, selector, port, declaration }: Pool): KrmObject {
  const targetPort = declaration.compat ? port : "pgbouncer";
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(),
    spec: { ports: [{ name: "pgbouncer", protocol: "TCP", port, targetPort }], selector: { ...selector } },
  };
}
