import type { KrmObject } from "@fairlead/krm";
import { remoteAccount } from "../../../plan/mesh/config/access.ts";
import type { MeshSettings } from "../../../plan/mesh/model/settings.ts";
import { sidecarRoles } from "../../../plan/sidecars/config/access.ts";
import { defaultSettings } from "../../../plan/sidecars/presets.ts";

/** What lets the account of the mesh keep the proxies of a member current, by the defaults of a SidecarPolicy. */
export function remoteSidecarAccess({ scope }: MeshSettings): readonly KrmObject[] {
  const labels = { "app.kubernetes.io/name": remoteAccount };
  const account = { name: remoteAccount, namespace: scope.syncNamespace, labels };
  return sidecarRoles(defaultSettings, `${remoteAccount}-sidecars`, account);
}
