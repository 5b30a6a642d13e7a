import { alias, object, text, texts, type AdmiralKind } from "./admiral-kind.ts";

const prefixes = texts("What stands in front of further names, in this order.");
const suffix = text("The last part of the names.");

export const dependencyProxy: AdmiralKind = {
  kind: "DependencyProxy",
  plural: "dependencyproxies",
  singular: "dependencyproxy",
  shortNames: ["dp"],
  description: "Names of one identity that lead to another, which passes requests on.",
  spec: object("Which names, and where they lead.", {
    destination: object("The identity that is called.", {
      identity: text("Its name."),
      dns_prefixes: prefixes,
      dnsPrefixes: alias(prefixes, "dns_prefixes"),
      dns_prefix: alias(prefixes, "dns_prefixes"),
      dns_suffix: suffix,
      dnsSuffix: alias(suffix, "dns_suffix"),
    }),
    proxy: object("The identity that gets the requests and passes them on.", { identity: text("Its name.") }),
  }),
  specRequired: true,
  status: { state: text("Of the predecessor; nothing writes it.") },
  columns: [
    { name: "Destination", type: "string", jsonPath: ".spec.destination.identity" },
    { name: "Proxy", type: "string", jsonPath: ".spec.proxy.identity" },
  ],
  example: {
    apiVersion: "admiral.io/v1alpha1",
    kind: "DependencyProxy",
    metadata: { name: "orders", namespace: "admiral", annotations: { "admiral.io/env": "stage" } },
    spec: {
      destination: { identity: "orders", dns_prefixes: ["test0", "test1"], dns_suffix: "xyz" },
      proxy: { identity: "edge" },
    },
  },
};
