import { textOf, type JsonObject } from "@fairlead/apimachinery";
import { hasErrors, type Finding, type KrmObject } from "@fairlead/krm";
import type { TextFile } from "../../input/read.ts";
import { isStore, storeOf, type AddressStore } from "../../plan/mesh/addresses/store.ts";
import { normalizePolicy } from "../../plan/mesh/config/normalize-policy.ts";
import { createFleet, type FleetSnapshot } from "../../plan/mesh/fleet/create-fleet.ts";
import type { FleetChange } from "../../plan/mesh/fleet/change.ts";
import type { ClusterSettings, MeshSettings } from "../../plan/mesh/model/settings.ts";
import type { CliContext } from "../context.ts";
import { readConfiguration } from "./configuration.ts";
import type { DeclaredCluster } from "./fleet-file.ts";
import { readFleetFolder, type FolderCluster } from "./fleet-folder.ts";
import type { MeshFlags } from "./flags.ts";
import { placed } from "./place.ts";

export interface OpenedCluster {
  readonly name: string;
  readonly objects: readonly KrmObject[];
  /** What `mesh.generated.yaml` holds, where files are read. */
  readonly generated?: readonly KrmObject[];
  /** Sidecars that stand there alone. */
  readonly alone?: readonly KrmObject[];
}

/** A fleet that can be planned, from wherever it was read. */
export interface OpenedFleet {
  readonly fleet: FleetSnapshot;
  readonly stores: readonly AddressStore[];
  /** Where addresses are kept and Dependencies are read. */
  readonly home: string;
  readonly clusters: readonly OpenedCluster[];
  readonly files: readonly TextFile[];
  readonly findings: readonly Finding[];
}

/** Reads the folder of a fleet; after an error among the findings the fleet is empty. */
export async function openFolder(
  context: CliContext,
  folder: string,
  flags: MeshFlags,
  config?: KrmObject,
): Promise<OpenedFleet> {
  const read = await readFleetFolder(context, folder);
  const configured = await readConfiguration(context, flags, read.config, config);
  const findings = [...read.findings, ...placed(configured.findings, read.sources)];
  const files = [...read.files, ...configured.files];
  const settings = withDeclared(configured.settings, read.clusters);
  const home = read.home ?? read.clusters[0]?.name ?? "";
  if (hasErrors(findings)) return { fleet: createFleet(settings), stores: [], home, clusters: [], files, findings };
  const changes: FleetChange[] = [];
  for (const { name, facts, objects, sources } of read.clusters) {
    changes.push({ kind: "cluster", cluster: name, view: facts.view ?? "current" });
    for (const object of [...objects, ...(name === home ? read.shared : [])]) {
      // Only the home cluster's Dependencies count, where one is named.
      if (homeKinds.has(object.kind) && read.home !== undefined && name !== read.home) continue;
      const normal = normalizePolicy(object as unknown as JsonObject);
      findings.push(...placed(normal.findings, read.shared.includes(object) ? read.sources : sources));
      changes.push({ kind: "put", cluster: name, object: normal.object });
    }
  }
  const { syncNamespace } = settings.scope;
  const ofHome = read.clusters.find(({ name }) => name === home)?.objects ?? [];
  const stores = ofHome.filter(
    ({ kind, metadata }) =>
      kind === "ConfigMap" &&
      textOf(metadata["namespace"]) === syncNamespace &&
      isStore(textOf(metadata["name"]), settings.addresses),
  );
  return {
    fleet: createFleet(settings).with(changes).fleet,
    stores: stores.map(storeOf),
    home,
    clusters: read.clusters,
    files,
    findings,
  };
}

const homeKinds = new Set(["Dependency", "DependencyProxy", "TrafficConfig"]);

/** What `fleet.yaml` says of a cluster counts like the same in the MeshConfig, which has the last word. */
function withDeclared(settings: MeshSettings, clusters: readonly FolderCluster[]): MeshSettings {
  const own = clusters.map(({ name, facts }) => {
    const said = settings.clusters[name];
    const written =
      said === undefined ? [] : Object.entries(said).filter(([, value]) => value !== undefined && value !== false);
    return [name, { ...settingsOf(facts), ...Object.fromEntries(written) }] as const;
  });
  return { ...settings, clusters: { ...settings.clusters, ...Object.fromEntries(own) } };
}

function settingsOf({
  region,
  zones,
  network,
  trustDomain,
  clusterDomain,
  gateway,
  view,
}: DeclaredCluster): ClusterSettings {
  return {
    region,
    zones,
    network,
    trustDomain,
    domain: clusterDomain,
    gatewayAddress: gateway?.address,
    gatewayPort: gateway?.port,
    paused: view === "paused",
  };
}
