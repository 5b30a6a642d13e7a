import type { JsonObject } from "@fairlead/apimachinery";
import { fields } from "../shared/fields.ts";
import type { Pool } from "./pool.ts";

const image = "quay.io/prometheuscommunity/pgbouncer-exporter:v0.11.0";
const compatImage = "spreaker/prometheus-pgbouncer-exporter:2.1.1";

export function hasExporter({ spec }: Pool): boolean {
  return spec.exporter?.enabled !== false;
}

/** The name of the metrics port. */
export function exporterPort({ declaration }: Pool): string {
  return declaration.compat ? "pgb-metrics" : "metrics";
}

/**
 * The exporter beside PgBouncer. User and password go to it as libpq's variables, which need no escaping as an address
 * with them would. https://github.com/prometheus-community/pgbouncer_exporter
 */
export function exporterContainer(pool: Pool): JsonObject {
  if (pool.declaration.compat) return compatExporter(pool);
  const { spec, port, secretName, keys } = pool;
  const secret = (key: string) => ({ secretKeyRef: { name: secretName, key } });
  return fields({
    name: "exporter",
    image: spec.exporter?.image ?? image,
    args: [`--pgBouncer.connectionString=host=127.0.0.1 port=${port} dbname=pgbouncer sslmode=disable`],
    env: [
      { name: "PGUSER", valueFrom: secret(keys.user) },
      { name: "PGPASSWORD", valueFrom: secret(keys.password) },
    ],
    ports: [{ name: exporterPort(pool), containerPort: 9127, protocol: "TCP" }],
    readinessProbe: { httpGet: { path: "/", port: exporterPort(pool) } },
    resources: (spec.exporter?.resources as JsonObject | undefined) ?? {
      requests: { cpu: "10m", memory: "32Mi" },
      limits: { memory: "64Mi" },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
      runAsGroup: 65534,
      runAsUser: 65534,
    },
  });
}

/** The predecessor's, with a tag and with the variables that it refers to. */
function compatExporter({ spec, port, secretName, keys, declaration }: Pool): JsonObject {
  return fields({
    name: "prometheus-pgbouncer-exporter",
    image: spec.exporter?.image ?? compatImage,
    envFrom: [{ secretRef: { name: secretName } }],
    env: [
      { name: "PGBOUNCER_EXPORTER_HOST", value: "0.0.0.0" },
      { name: "PGBOUNCER_USER", value: `$(${keys.user})` },
      { name: "PGBOUNCER_PASS", value: `$(${keys.password})` },
      { name: "PGBOUNCER_PORT", value: String(port) },
    ],
    ports: [{ name: declaration.compat ? "pgb-metrics" : "metrics", containerPort: 9127, protocol: "TCP" }],
    resources: spec.exporter?.resources as JsonObject | undefined,
  });
}
