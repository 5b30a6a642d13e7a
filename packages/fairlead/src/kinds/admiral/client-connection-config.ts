import {
  flag,
  identityColumn,
  int32,
  nameOrNumber,
  object,
  syncedStatus,
  text,
  type AdmiralKind,
} from "./admiral-kind.ts";

export const clientConnectionConfig: AdmiralKind = {
  kind: "ClientConnectionConfig",
  plural: "clientconnectionconfigs",
  singular: "clientconnectionconfig",
  shortNames: ["ccc", "cc"],
  description: "How clients connect to an identity: Istio's connection pool.",
  spec: object("For which identity says a label or annotation of the object.", {
    connectionPool: object("The connections of one client.", {
      tcp: object("Connections as such.", {
        maxConnections: int32("The most connections at once."),
        connectTimeout: text("How long a connection may take to be made, such as 5s."),
        tcpKeepalive: object("Probes on a connection that is idle.", {
          probes: int32("After how many probes without an answer the connection is given up."),
          time: text("How long a connection is idle before it is probed."),
          interval: text("How long it is between two probes."),
        }),
        maxConnectionDuration: text("How long a connection lives at most."),
      }),
      http: object("Requests over connections.", {
        http1MaxPendingRequests: int32("The most requests that wait for a connection."),
        http2MaxRequests: int32("The most requests at once."),
        maxRequestsPerConnection: int32("The most requests over one connection; 1 turns keep-alive off."),
        maxRetries: int32("The most retries at once."),
        idleTimeout: text("How long a connection without requests is kept."),
        h2UpgradePolicy: nameOrNumber(
          "Whether HTTP/1.1 becomes HTTP/2: DEFAULT (0) as the mesh says, DO_NOT_UPGRADE (1), UPGRADE (2).",
        ),
        useClientProtocol: flag("Whether the protocol of the caller is kept."),
      }),
    }),
    tunnel: object("Through what connections go.", {
      protocol: text("CONNECT or POST."),
      targetHost: text("The host to which the tunnel leads."),
      targetPort: int32("Its port."),
    }),
  }),
  specRequired: true,
  status: syncedStatus,
  columns: [identityColumn],
  example: {
    apiVersion: "admiral.io/v1alpha1",
    kind: "ClientConnectionConfig",
    metadata: { name: "orders", namespace: "shop", labels: { identity: "orders" } },
    spec: {
      connectionPool: { http: { http2MaxRequests: 1000, idleTimeout: "30s" }, tcp: { maxConnectionDuration: "10m" } },
    },
  },
};
