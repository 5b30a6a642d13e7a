import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { fields, filled } from "../shared/fields.ts";
import type { Pool } from "./pool.ts";

const image = "docker.io/edoburu/pgbouncer:v1.25.1-p0";
const compatImage = "gcr.io/beecash-prod/pgbouncer:bitnami-1.17.0-debian-11-r7";
const resources = { requests: { cpu: "10m", memory: "50Mi" }, limits: { cpu: "500m", memory: "500Mi" } };

/** Endpoints are withdrawn first; then SIGTERM makes PgBouncer (1.23 and later) wait until its clients have left. */
const lifecycle = { preStop: { sleep: { seconds: 15 } } };

/** https://github.com/edoburu/docker-pgbouncer */
export function poolContainer(pool: Pool, config: KrmObject | undefined): JsonObject {
  const { spec, port, secretName, keys } = pool;
  const own = new Set(Object.keys((config?.["data"] ?? {}) as JsonObject));
  const secret = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: secretName, key } } });
  const env = [
    secret("DB_HOST", keys.host),
    secret("DB_PORT", keys.port),
    secret("DB_USER", keys.user),
    secret("DB_PASSWORD", keys.password),
    secret("DB_NAME", keys.database),
    { name: "LISTEN_PORT", value: String(port) },
    // The plain password in PgBouncer's list lets it log in at servers that ask for SCRAM; MD5 would not.
    ...(own.has("AUTH_TYPE") ? [] : [{ name: "AUTH_TYPE", value: "scram-sha-256" }]),
    // The exporter asks for statistics as the database's user.
    ...(own.has("STATS_USERS") ? [] : [{ name: "STATS_USERS", value: "$(DB_USER)" }]),
  ];
  const probe = { tcpSocket: { port: "pgbouncer" } };
  return fields({
    name: "pgbouncer",
    image: spec.image ?? image,
    envFrom: settingsFrom(config),
    env,
    ports: [{ name: "pgbouncer", containerPort: port, protocol: "TCP" }],
    lifecycle,
    livenessProbe: { ...probe, periodSeconds: 10 },
    readinessProbe: { ...probe, periodSeconds: 5 },
    startupProbe: { ...probe, failureThreshold: 30, periodSeconds: 2 },
    resources: (spec.resources as JsonObject | undefined) ?? resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [{ name: "config", mountPath: "/etc/pgbouncer" }],
  });
}

/** The predecessor's container, with its port declared and a preStop that does what it meant. */
export function compatContainer({ spec, port, secretName }: Pool, config: KrmObject | undefined): JsonObject {
  const probe = { tcpSocket: { port } };
  return fields({
    name: "pgbouncer",
    image: spec.image ?? compatImage,
    envFrom: [...(settingsFrom(config) ?? []), { secretRef: { name: secretName } }],
    ports: [{ name: "pgbouncer", containerPort: port, protocol: "TCP" }],
    lifecycle,
    livenessProbe: { ...probe, initialDelaySeconds: 60, periodSeconds: 10 },
    readinessProbe: { ...probe, initialDelaySeconds: 20, periodSeconds: 10, failureThreshold: 6 },
    resources: (spec.resources as JsonObject | undefined) ?? resources,
  });
}

function settingsFrom(config: KrmObject | undefined): JsonObject[] | undefined {
  return filled(config === undefined ? [] : [{ configMapRef: { name: config.metadata.name! } }]);
}
