import { hasErrors, print } from "@fairlead/krm";
import { homeAccess, remoteAccess } from "../../../plan/mesh/config/access.ts";
import type { CliContext } from "../../context.ts";
import type { ClusterRightsFlags } from "../../mesh-clusters.command.ts";
import { report } from "../../report.ts";
import { readConfiguration } from "../configuration.ts";
import { remoteSidecarAccess } from "./sidecar-access.ts";

/** The command `mesh clusters rbac`. */
export async function printRights(this: CliContext, flags: ClusterRightsFlags): Promise<void> {
  const { settings, registry, files, findings } = await readConfiguration(this, flags, undefined);
  report(this, findings, files, flags.quiet === true);
  if (hasErrors(findings)) return;
  const ofMember = [...remoteAccess(settings), ...(flags.sidecars === true ? remoteSidecarAccess(settings) : [])];
  const objects = flags.for === "home" ? homeAccess(settings, registry) : ofMember;
  this.process.stdout.write(objects.map((object) => `---\n${print(object)}`).join(""));
}
