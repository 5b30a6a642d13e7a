import type { KrmObject } from "@fairlead/krm";
import { isStore, storeOf } from "../../plan/mesh/addresses/store.ts";
import { meshRunFinding } from "../../run/mesh/findings.ts";
import type { ClusterFlags } from "../cluster/flags.ts";
import type { CliContext } from "../context.ts";
import type { MeshFlags } from "./flags.ts";
import type { OpenedFleet } from "./open-folder.ts";
import { homeName, withMesh, type LiveMesh } from "./with-mesh.ts";

const configMaps = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
/** Clusters that do not answer within this time count as not read. */
const readMs = 30_000;

/** The fleet of the registry's clusters as they are now; nothing is written. Undefined: it was said why. */
export async function openClusters(
  context: CliContext,
  flags: MeshFlags & ClusterFlags,
  config?: KrmObject,
): Promise<OpenedFleet | undefined> {
  let opened: OpenedFleet | undefined;
  await withMesh(
    context,
    flags,
    { readOnly: true, timeoutMs: readMs, ...(config !== undefined && { config }) },
    async (live) => {
      opened = await fleetOf(live);
    },
  );
  return opened;
}

async function fleetOf(live: LiveMesh): Promise<OpenedFleet> {
  const { mesh, settings, home } = live;
  const { items } = await home.client.list(configMaps, { namespace: settings.scope.syncNamespace });
  const fleet = mesh.fleet();
  return {
    fleet,
    stores: items.filter(({ metadata }) => isStore(metadata.name ?? "", settings.addresses)).map(storeOf),
    home: homeName(live),
    clusters: fleet.clusters.map(({ name }) => ({ name, objects: [] })),
    files: [],
    // What is wrong with the plan is said by whoever plans.
    findings: [
      ...live.findings,
      ...mesh.findings().filter(({ code }) => Object.hasOwn(meshRunFinding.definitions, code)),
    ],
  };
}
