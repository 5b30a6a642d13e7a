import { object, syncedStatus, text, texts, type AdmiralKind } from "./admiral-kind.ts";

export const dependency: AdmiralKind = {
  kind: "Dependency",
  plural: "dependencies",
  singular: "dependency",
  shortNames: ["dep", "deps"],
  description: "Whom an identity calls: the clusters and namespaces where it runs get the names of its destinations.",
  spec: object("Who calls whom.", {
    source: text("The identity that calls; `*` is everybody."),
    identityLabel: text("The label by which source and destinations are found, where it is not the mesh's own."),
    destinations: texts("The identities that it calls; `*` is everybody."),
  }),
  specRequired: true,
  status: syncedStatus,
  columns: [
    { name: "Source", type: "string", jsonPath: ".spec.source" },
    { name: "Destinations", type: "string", jsonPath: ".spec.destinations", priority: 1 },
  ],
  example: {
    apiVersion: "admiral.io/v1alpha1",
    kind: "Dependency",
    metadata: { name: "cart", namespace: "admiral" },
    spec: { source: "cart", identityLabel: "identity", destinations: ["orders", "payments"] },
  },
};
