import type { Affinity, ResourceRequirements, Toleration } from "@fairlead/apimachinery/k8s";
import type { KindDefinition } from "./define.ts";
import { Duration, IntOrString, Kubernetes, ListMap, MapOf, StringMap, Type, type Static } from "./schema.ts";
import { Environments, PodMetadata } from "./shared.ts";

const ConnectionKeys = Type.Object(
  {
    host: Type.Optional(Type.String()),
    port: Type.Optional(Type.String()),
    user: Type.Optional(Type.String()),
    password: Type.Optional(Type.String()),
    database: Type.Optional(Type.String()),
  },
  {
    description:
      "The keys of the connection Secret; found by their usual names unless said otherwise (POSTGRESQL_HOST, DB_HOST, PGHOST, host …).",
  },
);

const PoolExporter = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ description: "True unless said otherwise." })),
    image: Type.Optional(Type.String()),
    resources: Type.Optional(Kubernetes<ResourceRequirements>("io.k8s.api.core.v1.ResourceRequirements")),
    interval: Type.Optional(Duration({ description: "How often Prometheus asks." })),
    labels: Type.Optional(StringMap({ description: "Labels of the PodMonitor, by which a Prometheus selects it." })),
  },
  { description: "The metrics exporter beside PgBouncer, and its PodMonitor." },
);

export const ConnectionPoolSpec = Type.Object(
  {
    app: Type.Optional(Type.String({ description: "The App that the pool is for; for people only." })),
    partOf: Type.Optional(Type.String({ description: "The label app.kubernetes.io/part-of." })),
    connectionSecret: Type.Optional(
      Type.String({
        description:
          "The Secret with host, port, user, password and database: a Secret's name, an ExternalSecret's target, or the value of the label or annotation fairlead.dev/connection-secret. The pool's own name unless said otherwise.",
      }),
    ),
    keys: Type.Optional(ConnectionKeys),
    config: Type.Optional(
      MapOf(IntOrString(), {
        description: "PgBouncer's settings, such as POOL_MODE or DEFAULT_POOL_SIZE; they go into a ConfigMap.",
      }),
    ),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, description: "6432 unless said otherwise." })),
    replicas: Type.Optional(Type.Integer({ minimum: 0, description: "2 unless said otherwise." })),
    image: Type.Optional(Type.String({ description: "An image that takes its settings as edoburu/pgbouncer does." })),
    resources: Type.Optional(Kubernetes<ResourceRequirements>("io.k8s.api.core.v1.ResourceRequirements")),
    exporter: Type.Optional(PoolExporter),
    pod: Type.Optional(PodMetadata),
    nodeSelector: Type.Optional(StringMap()),
    tolerations: Type.Optional(Type.Array(Kubernetes<Toleration>("io.k8s.api.core.v1.Toleration"))),
    affinity: Type.Optional(
      Kubernetes<Affinity>("io.k8s.api.core.v1.Affinity", {
        description: "Instead of the preferred spreading over nodes.",
      }),
    ),
    imagePullSecrets: Type.Optional(ListMap(Type.Object({ name: Type.String() }), ["name"])),
    serviceAccountName: Type.Optional(Type.String()),
    priorityClassName: Type.Optional(Type.String()),
    terminationGracePeriodSeconds: Type.Optional(
      Type.Integer({ minimum: 1, description: "Seconds that clients get to leave; 90 unless said otherwise." }),
    ),
    standardLabels: Type.Optional(
      Type.Boolean({ default: true, description: "The app.kubernetes.io labels on every object." }),
    ),
    environments: Type.Optional(Environments),
  },
  { description: "A PgBouncer in front of a PostgreSQL database." },
);
export type ConnectionPoolSpec = Static<typeof ConnectionPoolSpec>;

export const connectionPool: KindDefinition = {
  kind: "ConnectionPool",
  plural: "connectionpools",
  description:
    "A pool of database connections. It becomes a PgBouncer Deployment with its Service, settings, metrics and disruption budget.",
  capability: "data",
  spec: ConnectionPoolSpec,
  columns: [
    { name: "Secret", type: "string", jsonPath: ".spec.connectionSecret" },
    { name: "Replicas", type: "integer", jsonPath: ".spec.replicas" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  example: {
    apiVersion: "fairlead.dev/v1alpha1",
    kind: "ConnectionPool",
    metadata: { name: "orders-db", namespace: "shop" },
    spec: {
      partOf: "shop",
      connectionSecret: "orders-postgres",
      config: { POOL_MODE: "transaction", DEFAULT_POOL_SIZE: 20 },
    },
  },
};
