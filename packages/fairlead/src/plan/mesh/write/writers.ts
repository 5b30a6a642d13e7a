import type { Fleet, MeshKey } from "../model/fleet.ts";
import type { MeshSettings } from "../model/settings.ts";
import { ambientDestinationRules, ambientServiceEntries } from "./ambient/entries.ts";
import { ambientEntrances } from "./ambient/entrances.ts";
import { ambientRoutes } from "./ambient/routes.ts";
import { additionalSuffixes } from "./additional-suffixes.ts";
import { authorizationPolicies } from "./authorization-policy.ts";
import { identityCopies } from "./copies/identity-copies.ts";
import { keyCopies } from "./copies/key-copies.ts";
import { destinationRules } from "./copies/user-rules.ts";
import { dependencyProxies } from "./dependency-proxy.ts";
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

/** What an identity becomes in a mesh with sidecars: one writer for each kind of object. */
const sidecarWriters: readonly IdentityWriter[] = [
  writeServiceEntries,
  destinationRules,
  virtualServices,
  additionalSuffixes,
  ingressRouting,
  inClusterRouting,
  envoyFilters,
  authorizationPolicies,
  identityCopies,
  dependencyProxies,
];

/** And in one with waypoints. */
const ambientWriters: readonly IdentityWriter[] = [
  ambientServiceEntries,
  ambientDestinationRules,
  ambientRoutes,
  ambientEntrances,
  envoyFilters,
  authorizationPolicies,
];

/** What an identity becomes. */
export const identityWriters: readonly IdentityWriter[] = [
  ...sidecarWriters.map((write) => only("sidecar", write)),
  ...ambientWriters.map((write) => only("ambient", write)),
];

/** What keys of the form `namespace:…` and `copy:…` become. */
export const namespaceWriters: readonly KeyWriter[] = [
  keyOnly("sidecar", namespaceWriter(sidecarEdits)),
  keyOnly("sidecar", namespaceWriter(routingRules)),
];
export const copyWriters: readonly KeyWriter[] = [keyOnly("sidecar", keyCopies)];

function only(output: MeshSettings["output"], write: IdentityWriter): IdentityWriter {
  return (input) => (input.fleet.settings.output === output ? write(input) : {});
}

function keyOnly(output: MeshSettings["output"], write: KeyWriter): KeyWriter {
  return (fleet, key) => (fleet.settings.output === output ? write(fleet, key) : {});
}
