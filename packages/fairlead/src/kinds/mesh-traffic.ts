import { Duration, ListMap, SetOf, StringEnum, Type } from "./schema.ts";

const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const list = (description: string) => Type.Optional(SetOf(Type.String({ minLength: 1 }), { description }));
const count = (description: string) => Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, description }));

const OutlierDetection = Type.Object(
  {
    baseEjectionTime: Type.Optional(
      Duration({
        description:
          "How long an endpoint is out, times how often it was. Default: `30s`; with `compat: admiral`: `5m`.",
      }),
    ),
    consecutiveGatewayErrors: count(
      "After how many gateway errors in a row it is out; 0: never. Default: `5`; with `compat: admiral`: `50`.",
    ),
    consecutive5xxErrors: count("After how many answers 5xx in a row it is out; 0: never. Default: `0`."),
    interval: Type.Optional(
      Duration({
        description: "How often endpoints are judged. Default: `5s`; with `compat: admiral`: `1m`.",
      }),
    ),
    maxEjectionPercent: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 100,
        description: "The most of all endpoints that may be out, in percent. Default: `100`.",
      }),
    ),
    singleEndpoint: Type.Optional(
      StringEnum(["none", "third"], {
        description:
          "What a service with one endpoint has: no outlier detection, or with at most 33 percent where the endpoint is a host name elsewhere. Default: `none`; with `compat: admiral`: `third`.",
      }),
    ),
    onlyIfConfigured: flag("Whether only what a policy asks for has outlier detection. Default: `false`."),
  },
  { description: "When an endpoint is taken out; OutlierDetection objects and policies say it for one service." },
);

export const Traffic = Type.Object(
  {
    loadBalancer: Type.Optional(
      StringEnum(["LEAST_REQUEST", "ROUND_ROBIN", "RANDOM"], {
        description:
          "How requests are spread over endpoints; those with weights, as of a canary, are always served in turns. Default: `LEAST_REQUEST`.",
      }),
    ),
    warmup: Type.Optional(
      Duration({ description: "How long a new endpoint gets fewer requests; `0s`: not at all. Default: `45s`." }),
    ),
    connectTimeout: Type.Optional(
      Duration({
        description:
          "How long a connection may take to be made before the endpoint counts as one that fails; `0s`: as long as Istio's own setting says, 10 s. Default: `2s`; with `compat: admiral`: `0s`.",
      }),
    ),
    maxRequestsPerConnection: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 536_870_912,
        description: "How many requests a connection serves; 1 turns keep-alive off. Default: `100`.",
      }),
    ),
    outlierDetection: Type.Optional(OutlierDetection),
    failover: Type.Optional(
      StringEnum(["priority", "distribute"], {
        description:
          "What regions of a policy mean: shares and standbys together, or shares alone, where a region of weight 0 is left out. Default: `priority`; with `compat: admiral`: `distribute`.",
      }),
    ),
    preferLocal: flag(
      "Whether clients of a service without policy stay in their region while it can serve. Default: `true`; with `compat: admiral`: `false`.",
    ),
    activePassive: flag(
      "Whether a service that runs in one region is pinned to it until a policy says otherwise. Default: `false`.",
    ),
    subjectNames: Type.Optional(
      Type.Object(
        {
          from: Type.Optional(
            StringEnum(["serviceAccounts", "prefix", "none"], {
              description:
                "The names in certificates that servers must show: those of their service accounts, `spiffe://PREFIX/IDENTITY`, or any. Default: `serviceAccounts`; with `compat: admiral`: `none`.",
            }),
          ),
          prefix: Type.Optional(
            Type.String({ maxLength: 253, description: "The PREFIX of `from: prefix`. Default: empty." }),
          ),
        },
        { description: "Whom clients trust to be the service." },
      ),
    ),
    clientConnections: flag("Whether ClientConnectionConfigs count. Default: `true`; with `compat: admiral`: `false`."),
    connectionFields: Type.Optional(
      StringEnum(["all", "four"], {
        description:
          "Which fields of a ClientConnectionConfig count: all of them, or the four that the predecessor reads. Default: `all`; with `compat: admiral`: `four`.",
      }),
    ),
    slowStart: flag("Whether slow starts of TrafficConfigs count. Default: `true`; with `compat: admiral`: `false`."),
  },
  { description: "How clients spread their requests; policies say it for one service." },
);

const identitiesByCluster = (description: string) =>
  Type.Optional(
    ListMap(
      Type.Object({
        cluster: Type.String({ minLength: 1, description: "A cluster by name; `*` is every cluster." }),
        identities: SetOf(Type.String({ minLength: 1 }), { description: "Identities; `*` is all of them." }),
      }),
      ["cluster"],
      { description },
    ),
  );

export const Routing = Type.Object(
  {
    ingress: Type.Optional(
      Type.Object(
        {
          enabled: flag("Whether gateways route to each service by the name that clients ask for. Default: `false`."),
          gateways: list("Istio Gateways in the mode PASSTHROUGH, as `NAMESPACE/NAME`. Default: `[]`."),
          exportTo: list("Namespaces that see these routes. Default: `[istio-system]`."),
          disabledClusters: list("Clusters without them; `*` is every cluster. Default: `[]`."),
          slowStartClusters: list("Clusters where new endpoints start slowly; `*` is every cluster. Default: `[]`."),
          loadBalancer: Type.Optional(
            StringEnum(["ROUND_ROBIN", "RANDOM", "LEAST_REQUEST", "PASSTHROUGH"], {
              description: "How the gateway spreads connections over endpoints. Default: `ROUND_ROBIN`.",
            }),
          ),
        },
        { description: "Routes in the gateway of the cluster in which a service runs." },
      ),
    ),
    inCluster: Type.Optional(
      Type.Object(
        {
          enabled: flag(
            "Whether there are such routes. Default: `false`; with `compat: admiral`: `true`, for no identity.",
          ),
          include: identitiesByCluster("For which identities they count, by cluster. Default: `[]`."),
          exclude: identitiesByCluster(
            "For which identities they are written where nobody sees them; it counts before `include`. Default: `[]`.",
          ),
          mergeCreatedBy: Type.Optional(
            Type.String({
              maxLength: 63,
              description:
                "VirtualServices with this value of the label createdBy are merged into the routes; empty: none. Default: empty.",
            }),
          ),
        },
        { description: "Routes for callers in the cluster in which a service runs." },
      ),
    ),
    rulesPlugin: Type.Optional(
      Type.String({
        maxLength: 253,
        description:
          "RoutingPolicies with this plug-in are rules by path and header and no filters; empty: none is. Default: `routes`; with `compat: admiral`: empty.",
      }),
    ),
    previewPrefixes: flag(
      "Whether prefixes of policies in front of a preview's name are routed as well. Default: `true`; with `compat: admiral`: `false`.",
    ),
  },
  { description: "VirtualServices in the cluster in which a service runs." },
);

export const Filters = Type.Object(
  {
    enabled: flag("Whether RoutingPolicies become EnvoyFilters. Default: `true`; with `compat: admiral`: `false`."),
    clusters: list("The clusters where they do; `*` is every cluster. Default: `[*]`."),
    proxyVersions: list(
      "Versions of the proxy, one filter each; none: one filter for all. Default: `[]`; with `compat: admiral`: `[1.17, 1.20]`.",
    ),
    clientLabel: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 317,
        description:
          "The label by which the pods of a client are selected. Default: `identity`; with `compat: admiral`: `assetAlias`.",
      }),
    ),
    additionalConfig: Type.Optional(
      Type.String({ maxLength: 16_384, description: "Further lines of the filter's configuration. Default: empty." }),
    ),
  },
  { description: "Filters of clients' proxies, from RoutingPolicies." },
);
