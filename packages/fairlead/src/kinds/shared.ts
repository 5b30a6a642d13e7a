import type { ServiceSpec } from "@fairlead/apimachinery/k8s";
import {
  Duration,
  IntOrString,
  ListMap,
  MapOf,
  Open,
  PassThrough,
  SetOf,
  StringEnum,
  StringMap,
  Type,
  type Static,
} from "./schema.ts";

/** The hardening that is on unless it is turned off, one switch each; shared by App and Task. */
export const Hardening = Type.Object(
  {
    default: Type.Optional(
      Type.Boolean({ description: "What holds for every switch that is not written; true unless said otherwise." }),
    ),
    nonRoot: Type.Optional(Type.Boolean({ description: "`runAsNonRoot: true` on the pod." })),
    readOnlyRootFilesystem: Type.Optional(
      Type.Boolean({ description: "`readOnlyRootFilesystem: true` on every container." }),
    ),
    noPrivilegeEscalation: Type.Optional(
      Type.Boolean({ description: "`allowPrivilegeEscalation: false` on every container." }),
    ),
    dropCapabilities: Type.Optional(Type.Boolean({ description: "`capabilities.drop: [ALL]` on every container." })),
    seccomp: Type.Optional(Type.Boolean({ description: "`seccompProfile.type: RuntimeDefault` on the pod." })),
    noServiceAccountToken: Type.Optional(
      Type.Boolean({ description: "`automountServiceAccountToken: false` on the pod." }),
    ),
    topologySpread: Type.Optional(
      Type.Boolean({ description: "Spreads replicas over zones and nodes as far as possible." }),
    ),
    disruptionBudget: Type.Optional(
      Type.Boolean({ description: "A PodDisruptionBudget when more than one replica runs." }),
    ),
    preStop: Type.Optional(
      Type.Boolean({
        description: "A short sleep before a serving container stops, so that endpoints have been withdrawn.",
      }),
    ),
  },
  {
    description:
      "Secure defaults, each on unless it is turned off here or for all in the Environment. What a pod or container says itself always wins.",
  },
);

export const Monitoring = Type.Object(
  {
    datadog: Type.Optional(
      Type.Boolean({
        description:
          "DD_ENV, DD_SERVICE, DD_VERSION and DD_AGENT_HOST in every container, and the unified service tags as labels.",
      }),
    ),
    prometheus: Type.Optional(
      Type.Object(
        {
          path: Type.Optional(
            Type.String({ description: "The path of the metrics; `/metrics` unless said otherwise." }),
          ),
          endpoint: Type.Optional(Type.String({ description: "Another word for `path`." })),
          port: Type.Optional(
            IntOrString({
              description: "The port's number or name; it may be a sidecar's. The http port unless said otherwise.",
            }),
          ),
          interval: Type.Optional(Duration()),
          via: Type.Optional(
            StringEnum(["PodMonitor", "ServiceMonitor", "annotations"], {
              description: "How Prometheus finds the pods; a PodMonitor unless said otherwise.",
            }),
          ),
          labels: Type.Optional(StringMap({ description: "Labels of the monitor, by which a Prometheus selects it." })),
        },
        { description: "Scraped by Prometheus." },
      ),
    ),
  },
  { description: "What watches the workload." },
);

const serviceOwn = {
  enabled: Type.Optional(
    Type.Boolean({ description: "Whether there is a Service. There is one when a port is declared." }),
  ),
  name: Type.Optional(Type.String({ description: "The name of the Service; the App's unless said otherwise." })),
  labels: Type.Optional(StringMap()),
  annotations: Type.Optional(StringMap()),
};
export const ServiceSettings = PassThrough<ServiceSpec>("io.k8s.api.core.v1.ServiceSpec")(serviceOwn, {
  description:
    "The Service: every field of Kubernetes' ServiceSpec; ports and selector come from the workload unless written here.",
});

export const ServiceAccountSettings = Type.Object(
  {
    create: Type.Optional(
      Type.Boolean({
        description:
          "Whether the App gets a ServiceAccount of its own. It does, unless `serviceAccountName` names another.",
      }),
    ),
    name: Type.Optional(Type.String()),
    labels: Type.Optional(StringMap()),
    annotations: Type.Optional(StringMap({ description: "Such as a cloud identity." })),
    automountServiceAccountToken: Type.Optional(Type.Boolean()),
    imagePullSecrets: Type.Optional(ListMap(Type.Object({ name: Type.String() }), ["name"])),
  },
  { description: "The workload's identity." },
);

export const PodMetadata = Type.Object(
  { labels: Type.Optional(StringMap()), annotations: Type.Optional(StringMap()) },
  { description: "Labels and annotations of the pods." },
);

export const Patches = Type.Array(
  Type.Object({
    target: Type.Object({ kind: Type.String(), name: Type.Optional(Type.String()) }),
    patch: Open({ description: "Merged over the object by strategic-merge rules; null deletes a field." }),
  }),
  { description: "The last word over the objects that came out, for what has no field of its own." },
);

export const Environments = MapOf(Open(), {
  description:
    "Per environment (`--environment NAME`), a patch that is merged over this object's spec by strategic-merge rules.",
});

/** Ephemeral containers are added to running pods; a pod template cannot have them. */
export const podTemplate = { without: ["ephemeralContainers"] } as const;

/** What App and Task have in common beside the pod. */
export const workloadOwn = {
  abstract: Type.Optional(Type.Boolean({ description: "A base for others to extend; it renders nothing itself." })),
  extends: Type.Optional(Type.String({ description: "The object of the same kind that this one starts from." })),
  partOf: Type.Optional(
    Type.String({ description: "The application that this is a part of; the label app.kubernetes.io/part-of." }),
  ),
  standardLabels: Type.Optional(
    Type.Boolean({
      default: true,
      description:
        "The app.kubernetes.io labels on every object. When false, each object carries exactly the labels that are written for it: metadata.labels are the workload's, pod.labels the pods'.",
    }),
  ),
  pod: Type.Optional(PodMetadata),
  hardening: Type.Optional(Hardening),
  monitoring: Type.Optional(Monitoring),
  serviceAccount: Type.Optional(ServiceAccountSettings),
  connectionPools: Type.Optional(
    SetOf(Type.String(), { description: "ConnectionPools whose address the containers get." }),
  ),
  reload: Type.Optional(Type.Boolean({ description: "Pods roll when a ConfigMap or Secret that they read changes." })),
  environments: Type.Optional(Environments),
  patches: Type.Optional(Patches),
};

export type Hardening = Static<typeof Hardening>;
export type Monitoring = Static<typeof Monitoring>;
export type ServiceSettings = Static<typeof ServiceSettings>;
export type ServiceAccountSettings = Static<typeof ServiceAccountSettings>;
