import type { KrmObject } from "@fairlead/krm";
import type { CliContext } from "../context.ts";
import type { ClusterFlags } from "../cluster/flags.ts";
import type { MeshFlags } from "./flags.ts";
import { openFolder, type OpenedFleet } from "./open-folder.ts";

/** The fleet that the flags name, files or clusters, with `config` if that is given. Undefined: it was said why there is none. */
export async function openFleet(
  context: CliContext,
  flags: MeshFlags & ClusterFlags,
  config?: KrmObject,
): Promise<OpenedFleet | undefined> {
  if (flags.file !== undefined) return openFolder(context, flags.file, flags, config);
  const { openClusters } = await import("./open-clusters.ts");
  return openClusters(context, flags, config);
}
