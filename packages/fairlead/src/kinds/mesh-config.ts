import type { KindDefinition } from "./define.ts";
import { Filters, Routing, Traffic } from "./mesh-traffic.ts";
import { Clusters, Registry } from "./mesh-clusters.ts";
import { Addresses, Copies, Dependencies, ExportTo, Gateways, Names, Policies, Workloads } from "./mesh-parts.ts";
import { SetOf, StringEnum, Type, type Static } from "./schema.ts";

export const MeshConfigSpec = Type.Object(
  {
    compat: Type.Optional(
      StringEnum(["admiral"], {
        description:
          "Whose rules hold where nothing is said: those of the system that Fairlead takes over from, to the letter. docs/reference/mesh-modes.md lists what differs. Default: Fairlead's own.",
      }),
    ),
    output: Type.Optional(
      StringEnum(["sidecar", "ambient"], {
        description:
          "What is written: Istio's objects for sidecars, or Gateway API objects for ambient meshes. Default: `sidecar`.",
      }),
    ),
    readOnly: Type.Optional(
      Type.Boolean({ description: "Everything is planned and reported, nothing is written. Default: `false`." }),
    ),
    suspended: Type.Optional(
      SetOf(Type.String({ minLength: 1 }), {
        description: "Identities that nothing is written for; `*` is all of them. Default: `[]`.",
      }),
    ),
    syncNamespace: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 63,
        description:
          "The namespace of every cluster in which generated objects live. Default: `fairlead-mesh`; with `compat: admiral`: `admiral-sync`.",
      }),
    ),
    marks: Type.Optional(
      StringEnum(["fairlead", "predecessor"], {
        description:
          "What says of a generated object whose it is: labels and annotations of ours, or the predecessor's alone. Default: `fairlead`; with `compat: admiral`: `predecessor`.",
      }),
    ),
    names: Type.Optional(Names),
    workloads: Type.Optional(Workloads),
    policies: Type.Optional(Policies),
    dependencies: Type.Optional(Dependencies),
    exportTo: Type.Optional(ExportTo),
    sidecars: Type.Optional(
      Type.Object(
        {
          enabled: Type.Optional(
            Type.Boolean({
              description:
                "Whether existing Sidecars get the hosts that workloads of their namespace may call. Default: `true`; with `compat: admiral`: `false`.",
            }),
          ),
          name: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 253,
              description: "The name of the Sidecar in a namespace. Default: `default`.",
            }),
          ),
        },
        { description: "Istio's Sidecar objects of clients." },
      ),
    ),
    authorization: Type.Optional(
      Type.Object(
        {
          enabled: Type.Optional(
            Type.Boolean({
              description:
                "Whether AuthorizationPolicies are written that let in the callers whom Dependencies name. Default: `false`.",
            }),
          ),
        },
        { description: "Who may call, by certificate." },
      ),
    ),
    gateways: Type.Optional(Gateways),
    addresses: Type.Optional(Addresses),
    traffic: Type.Optional(Traffic),
    routing: Type.Optional(Routing),
    filters: Type.Optional(Filters),
    copies: Type.Optional(Copies),
    clusters: Type.Optional(Clusters),
    registry: Type.Optional(Registry),
  },
  { description: "How names, traffic and clusters of one mesh are made. Everything has a default." },
);
export type MeshConfigSpec = Static<typeof MeshConfigSpec>;

export const meshConfig: KindDefinition = {
  kind: "MeshConfig",
  plural: "meshconfigs",
  description:
    "The settings of a mesh over several clusters. It renders nothing itself: `fairlead mesh` and the mesh controller read it.",
  capability: "mesh",
  spec: MeshConfigSpec,
  columns: [
    { name: "Compat", type: "string", jsonPath: ".spec.compat" },
    { name: "Suffix", type: "string", jsonPath: ".spec.names.suffix" },
    { name: "Namespace", type: "string", jsonPath: ".spec.syncNamespace", priority: 1 },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  ],
  example: {
    apiVersion: "fairlead.dev/v1alpha1",
    kind: "MeshConfig",
    metadata: { name: "mesh", namespace: "fairlead-mesh" },
    spec: {
      names: { suffix: "global" },
      workloads: { identityKey: "identity" },
      gateways: { selectors: [{ istio: "eastwestgateway" }] },
      clusters: [{ name: "eu-1", region: "eu-west-1" }],
    },
  },
};
