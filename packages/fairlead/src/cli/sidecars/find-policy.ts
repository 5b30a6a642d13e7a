import type { KrmObject } from "@fairlead/krm";
import type { Client } from "@fairlead/kube";
import { apiVersion } from "../../kinds/group.ts";
import { chooseSidecarPolicy } from "../../plan/sidecars/config/read-sidecar-policy.ts";
import type { SidecarFlags } from "./flags.ts";

/**
 * The SidecarPolicy of the cluster, unless flags say what counts; undefined where there is none, or the kind is not
 * installed: nothing here needs it. Rejects with a KubeError.
 */
export async function findPolicy(
  client: Client,
  namespace: string,
  flags: SidecarFlags,
): Promise<KrmObject | undefined> {
  if (flags.config !== undefined || flags.compatFlags !== undefined) return undefined;
  const resource = await client.discovery.find({ apiVersion, kind: "SidecarPolicy" });
  if (resource === undefined) return undefined;
  const { items } = await client.list(resource, { namespace });
  return chooseSidecarPolicy(items).chosen;
}
