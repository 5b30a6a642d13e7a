import { Duration, ListMap, SetOf, StringEnum, StringMap, Type } from "./schema.ts";

/** The workload kinds that can be sources or clients of names. */
export const workloadKinds = [
  "Deployment",
  "Rollout",
  "StatefulSet",
  "DaemonSet",
  "WorkloadEntry",
  "ServiceEntry",
  "Job",
  "Vertex",
  "MonoVertex",
] as const;

const key = (description: string) => Type.String({ minLength: 1, maxLength: 317, description });
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const keys = (description: string) => Type.Optional(SetOf(Type.String({ minLength: 1 }), { description }));

export const Names = Type.Object(
  {
    suffix: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: "The last part of every host. Default: `global`." }),
    ),
    template: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          "How a host is built; `{env}`, `{identity}` and `{suffix}` stand for their values. Default: `{env}.{identity}.{suffix}`.",
      }),
    ),
    additionalSuffixes: keys("Suffixes under which the same services answer as well. Default: `[]`."),
    additionalSuffixLabels: keys(
      "Workloads that carry one of these labels get the additional suffixes; `*` is every workload. Default: `[]`.",
    ),
    clusterSet: Type.Optional(
      Type.String({
        maxLength: 200,
        description:
          "What the names of Services end with that a ServiceExport makes known, `NAME.NAMESPACE.` in front; empty: exports make no names. Default: `svc.clusterset.local`; with `compat: admiral`: empty.",
      }),
    ),
    keepCaseAnnotation: Type.Optional(
      key(
        'The annotation of a pod template that keeps the case of its host with "true". Default: `admiral.io/cname-case-sensitive`.',
      ),
    ),
  },
  { description: "The names under which services are reached." },
);

export const Workloads = Type.Object(
  {
    identityKey: Type.Optional(
      key("The label, or annotation, of a pod template that names the identity. Default: `identity`."),
    ),
    envKey: Type.Optional(
      key("The annotation, or label, of a pod template that names the environment. Default: `admiral.io/env`."),
    ),
    envFromNamespace: flag(
      "Whether the last `-` segment of a namespace is the environment of what names none. Default: `false`; with `compat: admiral`: `true`.",
    ),
    identityOnServices: flag(
      "Whether labels of a Service name the identity where the pod template has none. Default: `true`; with `compat: admiral`: `false`.",
    ),
    withoutIdentity: Type.Optional(
      StringEnum(["default", "ignored"], {
        description:
          "What a workload without identity is: the identity `default`, or nothing to the mesh. Default: `default`; with `compat: admiral`: `ignored`.",
      }),
    ),
    injection: Type.Optional(
      StringEnum(["istio", "annotation"], {
        description:
          'What is in the mesh: as Istio\'s injector decides, or pod templates with the inject annotation at "true". Default: `istio`; with `compat: admiral`: `annotation`.',
      }),
    ),
    injectAnnotation: Type.Optional(
      key("The annotation that `injection: annotation` reads. Default: `sidecar.istio.io/inject`."),
    ),
    ignoreLabel: Type.Optional(
      key('The label of a pod template that takes it out of the mesh with "true". Default: `admiral-ignore`.'),
    ),
    ignoreAnnotation: Type.Optional(
      key(
        'The annotation of an object or namespace that takes it out of the mesh with "true". Default: `admiral.io/ignore`.',
      ),
    ),
    sources: Type.Optional(
      SetOf(StringEnum(workloadKinds), {
        description:
          "The kinds that are sources of names. Default: `[Deployment, Rollout, StatefulSet, DaemonSet, WorkloadEntry, ServiceEntry]`; with `compat: admiral`: `[Deployment, Rollout]`.",
      }),
    ),
    clients: Type.Optional(
      SetOf(StringEnum(workloadKinds), {
        description: "The kinds that only call others. Default: `[Job, Vertex, MonoVertex]`.",
      }),
    ),
    clientClusters: Type.Optional(
      ListMap(
        Type.Object({
          kind: StringEnum(workloadKinds, { description: "The kind of the clients." }),
          clusters: SetOf(Type.String({ minLength: 1 }), { description: "Clusters by name; `*` is every cluster." }),
        }),
        ["kind"],
        {
          description:
            "Where client kinds are looked at; kinds that are not named are looked at everywhere. Default: `[]`; with `compat: admiral`: nowhere for Job, Vertex and MonoVertex.",
        },
      ),
    ),
    ports: Type.Optional(
      StringEnum(["all", "first"], {
        description:
          "Which ports of the Services are served: all under their own numbers, or one as port 80. Default: `all`; with `compat: admiral`: `first`.",
      }),
    ),
    serviceMatch: Type.Optional(
      StringEnum(["labels", "selector"], {
        description:
          "Which Services belong to a workload: those that select the labels of its pods, or the labels of its selector. Default: `labels`; with `compat: admiral`: `selector`.",
      }),
    ),
    partitionKey: Type.Optional(
      Type.String({
        maxLength: 317,
        description:
          "The annotation, or label, of a pod template that divides an identity into partitions; empty: there are none. Default: empty.",
      }),
    ),
    regionRequired: flag(
      "Whether a cluster whose nodes name no region serves nobody. Default: `false`; with `compat: admiral`: `true`.",
    ),
    regionLabels: Type.Optional(
      Type.Array(key("A label."), {
        description:
          "Where a node's region stands: the first of these labels. Default: `[topology.kubernetes.io/region, failure-domain.beta.kubernetes.io/region]`; with `compat: admiral`: `[failure-domain.beta.kubernetes.io/region, topology.kubernetes.io/region]`.",
      }),
    ),
    zoneLabels: Type.Optional(
      Type.Array(key("A label."), {
        description:
          "Where a node's zone stands: the first of these labels. Default: `[topology.kubernetes.io/zone, failure-domain.beta.kubernetes.io/zone]`; with `compat: admiral`: `[]`.",
      }),
    ),
  },
  { description: "What is a service of the mesh, and what is said of it." },
);

export const Policies = Type.Object(
  {
    identityKey: Type.Optional(key("The label by which policies name the identity. Default: `identity`.")),
    priorityKey: Type.Optional(key("The label of a policy that holds its priority. Default: `priority`.")),
    withoutEnv: Type.Optional(
      StringEnum(["every", "default"], {
        description:
          "Which environments a policy is for that names none. Default: `every`; with `compat: admiral`: `default`.",
      }),
    ),
    reach: Type.Optional(
      StringEnum(["namespace", "cluster"], {
        description:
          "Which policies can count: those in a namespace of the workloads in any cluster, or in the same cluster. Default: `namespace`; with `compat: admiral`: `cluster`.",
      }),
    ),
    order: Type.Optional(
      StringEnum(["priority", "newest"], {
        description:
          "Which OutlierDetection and ClientConnectionConfig of several counts: by priority like traffic policies, or the newest. Default: `priority`; with `compat: admiral`: `newest`.",
      }),
    ),
  },
  { description: "How policies of admiral.io are matched with workloads." },
);

export const Dependencies = Type.Object(
  {
    namespace: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 63,
        description:
          "Where Dependencies are read in the home cluster; `*` is every namespace. Default: `*`; with `compat: admiral`: `admiral`.",
      }),
    ),
    without: Type.Optional(
      StringEnum(["everywhere", "nowhere"], {
        description:
          "Which clusters get the name of an identity that no Dependency mentions, besides those where it runs. Default: `everywhere`; with `compat: admiral`: `nowhere`.",
      }),
    ),
    wildcards: flag("Whether `*` in a Dependency is everybody. Default: `true`; with `compat: admiral`: `false`."),
    identityLabels: flag(
      "Whether `identityLabel` of a Dependency counts. Default: `true`; with `compat: admiral`: `false`.",
    ),
    gatewayIdentities: keys(
      "Identities that stand at the edge of the mesh. Default: `[]`; with `compat: admiral`: `[intuit.platform.servicesgateway.servicesgateway]`.",
    ),
  },
  { description: "Who calls whom." },
);

export const ExportTo = Type.Object(
  {
    enabled: flag(
      "Whether generated objects are visible in the namespaces of clients only. Default: `true`; with `compat: admiral`: `false`.",
    ),
    identities: keys("The identities for which that is so; `*` is all of them. Default: `[*]`."),
    maxNamespaces: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: "Where there are more namespaces than this, everybody sees the object. Default: `35`.",
      }),
    ),
    withoutClients: Type.Optional(
      StringEnum(["own", "everybody"], {
        description:
          "Who sees a name whose clients run nowhere: `own`, the namespaces that serve it, or `everybody` in their clusters. Default: `own`; with `compat: admiral`: `everybody`.",
      }),
    ),
  },
  { description: "Who sees generated objects within a cluster." },
);

export const Gateways = Type.Object(
  {
    namespace: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 63,
        description: "The namespace of the east-west gateways. Default: `istio-system`.",
      }),
    ),
    selectors: Type.Optional(
      Type.Array(StringMap(), {
        minItems: 1,
        description:
          "Labels of the gateway's Service; the first selector that finds an address counts. Default: `[{istio: eastwestgateway}, {app: istio-eastwestgateway}, {app: istio-ingressgateway}]`; with `compat: admiral`: `[{app: istio-ingressgateway}]`.",
      }),
    ),
    port: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65535,
        description: "The port on which gateways take mutual TLS from other clusters. Default: `15443`.",
      }),
    ),
    absoluteNames: flag("Whether a gateway's host name gets a dot at its end. Default: `true`."),
    absoluteLocalNames: flag("Whether names of Services within a cluster get one as well. Default: `false`."),
  },
  { description: "Where clusters reach one another." },
);

export const Addresses = Type.Object(
  {
    source: Type.Optional(
      StringEnum(["pool", "istio", "none", "keep"], {
        description:
          "Virtual addresses of hosts: allocated from `ranges`, by Istio itself, none, or only those that hosts already have. Default: `pool`.",
      }),
    ),
    ranges: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64, format: "cidr" }), {
        minItems: 1,
        maxItems: 2,
        description: "CIDR blocks, one for each family that is wanted. Default: `[240.0.0.0/16]`.",
      }),
    ),
    allocation: Type.Optional(
      StringEnum(["hash", "counter"], {
        description:
          "How an address is chosen: by the host's hash, or by counting up. Default: `hash`; with `compat: admiral`: `counter`.",
      }),
    ),
    store: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 240,
        description:
          "The ConfigMap of addresses in the sync namespace of the home cluster, or the start of its shards' names. Default: `fairlead-mesh-addresses`; with `compat: admiral`: `se-address-configmap`.",
      }),
    ),
    shards: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 256,
        description: "Over how many ConfigMaps addresses are spread. Default: `16`; with `compat: admiral`: `1`.",
      }),
    ),
    quarantine: Type.Optional(
      Duration({
        description:
          "How long an address that is free again is given to nobody. Default: `24h`; with `compat: admiral`: `0s`.",
      }),
    ),
  },
  { description: "Virtual addresses of hosts." },
);

export const Copies = Type.Object(
  {
    enabled: flag("Whether VirtualServices and DestinationRules of users are copied. Default: `true`."),
    ruleNames: Type.Optional(
      StringEnum(["prefix", "own"], {
        description:
          "The name of a DestinationRule's copy: with its namespace in front, or its own. Default: `prefix`; with `compat: admiral`: `own`.",
      }),
    ),
    withoutDependents: Type.Optional(
      StringEnum(["everywhere", "nowhere"], {
        description:
          "Where what nobody depends on is copied to. Default: `nowhere`; with `compat: admiral`: `everywhere`.",
      }),
    ),
    ignoredMetadata: keys(
      "Labels and annotations that copies do not have. Default: `[]`; with `compat: admiral`: `[applications.argoproj.io/app-name, app.kubernetes.io/instance, argocd.argoproj.io/tracking-id]`.",
    ),
  },
  { description: "Routing objects of users that other clusters get as well." },
);
