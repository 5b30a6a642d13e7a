import type { MeshConfigSpec } from "../../../kinds/mesh-config.ts";
import { defaultSettings } from "../model/presets.ts";
import type { MeshSettings } from "../model/settings.ts";
import type { MeshConfiguration } from "./settings-of.ts";
import { shortSpec } from "./short-spec.ts";

/**
 * The MeshConfig with which a fleet that ran in admiral mode goes on by our rules: what names things (hosts, labels,
 * namespaces, stores), and who gets a name without a Dependency or without clients, stays; how traffic is spread, which ports there are and
 * what is marked is ours.
 */
export function ownSpecOf({ settings, registry }: MeshConfiguration): MeshConfigSpec {
  return shortSpec({ settings: inOwnMode(settings), registry });
}

function inOwnMode(before: MeshSettings): MeshSettings {
  const { discovery, scope } = before;
  return {
    ...defaultSettings,
    names: before.names,
    discovery: {
      ...defaultSettings.discovery,
      identityKey: discovery.identityKey,
      policyIdentityKey: discovery.policyIdentityKey,
      envKey: discovery.envKey,
      envFromNamespace: discovery.envFromNamespace,
      withoutIdentity: discovery.withoutIdentity,
      injectAnnotation: discovery.injectAnnotation,
      ignoreLabel: discovery.ignoreLabel,
      ignoreAnnotation: discovery.ignoreAnnotation,
      partitionKey: discovery.partitionKey,
      priorityKey: discovery.priorityKey,
    },
    scope: {
      ...defaultSettings.scope,
      syncNamespace: scope.syncNamespace,
      dependencyNamespace: scope.dependencyNamespace,
      withoutDependency: scope.withoutDependency,
      withoutClients: scope.withoutClients,
      gatewayIdentities: scope.gatewayIdentities,
    },
    gateways: before.gateways,
    addresses: before.addresses,
    clusters: before.clusters,
    suspended: before.suspended,
  };
}
