import { identityColumn, object, syncedStatus, text, textMap, texts, type AdmiralKind } from "./admiral-kind.ts";

export const routingPolicy: AdmiralKind = {
  kind: "RoutingPolicy",
  plural: "routingpolicies",
  singular: "routingpolicy",
  shortNames: ["rp", "rps"],
  description: "How clients' proxies route requests for an identity: by a plug-in of the proxy, or by rules.",
  spec: object("The plug-in, and for which hosts it decides.", {
    plugin: text("The plug-in's name."),
    hosts: texts("The hosts for which it decides."),
    config: textMap("What the plug-in is told."),
  }),
  specRequired: true,
  status: syncedStatus,
  columns: [identityColumn, { name: "Plugin", type: "string", jsonPath: ".spec.plugin" }],
  example: {
    apiVersion: "admiral.io/v1alpha1",
    kind: "RoutingPolicy",
    metadata: {
      name: "orders",
      namespace: "shop",
      labels: { identity: "orders" },
      annotations: { "admiral.io/env": "prd" },
    },
    spec: { plugin: "geo", hosts: ["prd.orders.global"], config: { dispatcherUrl: "prd.geo.global" } },
  },
};
