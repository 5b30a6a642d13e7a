import { Duration, ListMap, SetOf, StringMap, Type } from "./schema.ts";

const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const name = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 253, description }));
const count = (description: string) => Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description }));
const size = (description: string) =>
  Type.Optional(Type.String({ title: "a size such as 32Mi", pattern: "^[1-9][0-9]{0,12}(Ki|Mi|Gi)?$", description }));

export const Clusters = ListMap(
  Type.Object({
    name: Type.String({ minLength: 1, maxLength: 253, description: "The cluster's name: its key in the Secret." }),
    region: name("Its region, instead of what its nodes say."),
    zones: Type.Optional(
      SetOf(Type.String({ minLength: 1 }), { description: "Its zones, instead of what its nodes say." }),
    ),
    network: name("Its network, instead of what Istio's configuration says."),
    trustDomain: name("Its trust domain, instead of what Istio's configuration says."),
    domain: name("The domain of its Services, instead of `cluster.local`."),
    gateway: Type.Optional(
      Type.Object(
        {
          address: name("A host name or an address, instead of that of the gateway's Service."),
          port: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 65535, description: "Its port, instead of that of all gateways." }),
          ),
          selector: Type.Optional(StringMap({ description: "Labels of its gateway's Service, tried first." })),
        },
        { description: "Where other clusters reach it." },
      ),
    ),
    paused: flag("Nothing is written to it; its endpoints stay in all others. Default: `false`."),
  }),
  ["name"],
  { description: "What is said of clusters, where it differs from what they say themselves. Default: `[]`." },
);

export const Registry = Type.Object(
  {
    secretNamespace: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 63,
        description:
          "Where the Secrets with the clusters' kubeconfigs lie in the home cluster. Default: `fairlead-mesh`; with `compat: admiral`: `admiral`.",
      }),
    ),
    secretLabel: Type.Optional(
      Type.Object(
        {
          key: Type.Optional(
            Type.String({ minLength: 1, maxLength: 317, description: "The label's key. Default: `admiral/sync`." }),
          ),
          value: Type.Optional(Type.String({ maxLength: 63, description: "The label's value. Default: `true`." })),
        },
        { description: "The label that such a Secret carries." },
      ),
    ),
    allowExecPlugins: flag(
      "Whether kubeconfigs may start programs to get credentials. They run as the controller does. Default: `false`.",
    ),
    homeCluster: Type.Optional(
      Type.String({
        maxLength: 253,
        description:
          "The name under which the home cluster is a member without a Secret; empty: it is one only if a Secret says so. Default: empty.",
      }),
    ),
    maxClusters: count("How many clusters are read; further ones, by name, are ignored. Default: `1000`."),
    syncPeriod: Type.Optional(
      Duration({
        description: "How often everything is compared although nothing is known to have changed. Default: `5m`.",
      }),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          objects: count("How many objects are read of one cluster. Default: `250000`."),
          listSize: size("How large a list of one kind is, all pages together. Default: `512Mi`."),
          listPages: count("How many pages a list of one kind has. Default: `5000`."),
          answerSize: size("How large one answer is. Default: `32Mi`."),
          eventSize: size("How large one event of a watch is. Default: `4Mi`."),
          writes: count("How many objects are written at the same time. Default: `24`."),
        },
        { description: "The most that one cluster can cost, so that a broken one holds up no other." },
      ),
    ),
  },
  { description: "Which clusters belong to the mesh, and how they are reached." },
);
