import type { Fleet, MeshKey } from "../model/fleet.ts";
import { additionalSuffixes } from "./additional-suffixes.ts";
import { authorizationPolicies } from "./authorization-policy.ts";
import { identityCopies } from "./copies/identity-copies.ts";
import { keyCopies } from "./copies/key-copies.ts";
import { dependencyProxies } from "./dependency-proxy.ts";
import { writeDestinationRules } from "./destination-rule.ts";
import { envoyFilters } from "./envoy-filter.ts";
import { namespaceWriter } from "./namespace-input.ts";
import type { IdentityInput, Output } from "./output.ts";
import { inClusterRouting } from "./routing/in-cluster.ts";
import { ingressRouting } from "./routing/ingress-routing.ts";
import { routingRules } from "./routing/rules-of-namespace.ts";
import { writeServiceEntries } from "./service-entry.ts";
import { sidecarEdits } from "./sidecar.ts";
import { virtualServices } from "./virtual-service.ts";

export type IdentityWriter = (input: IdentityInput) => Output;
export type KeyWriter = (fleet: Fleet, key: MeshKey) => Output;

/** What an identity becomes: one writer for each kind of object. */
export const identityWriters: readonly IdentityWriter[] = [
  writeServiceEntries,
  writeDestinationRules,
  virtualServices,
  additionalSuffixes,
  ingressRouting,
  inClusterRouting,
  envoyFilters,
  authorizationPolicies,
  identityCopies,
  dependencyProxies,
];

/** What keys of the form `namespace:…` and `copy:…` become. */
export const namespaceWriters: readonly KeyWriter[] = [namespaceWriter(sidecarEdits), namespaceWriter(routingRules)];
export const copyWriters: readonly KeyWriter[] = [keyCopies];
