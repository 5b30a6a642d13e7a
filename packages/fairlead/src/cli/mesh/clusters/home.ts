import { hasErrors, type KrmObject } from "@fairlead/krm";
import type { Resource } from "@fairlead/kube";
import { chooseMeshConfig } from "../../../plan/mesh/config/read-mesh-config.ts";
import type { MeshConfiguration } from "../../../plan/mesh/config/settings-of.ts";
import { claimsOf, type Claims } from "../../../run/mesh/registry/claims.ts";
import { errorFinding } from "../../cluster/error-finding.ts";
import { withTargets, type Target } from "../../cluster/targets.ts";
import type { CliContext } from "../../context.ts";
import type { MeshClustersFlags } from "../../mesh-clusters.command.ts";
import { refuse, report } from "../../report.ts";
import { configNamespace, readConfiguration } from "../configuration.ts";
import { meshConfigsOf } from "../with-mesh.ts";

export const secretResource: Resource = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
};

/** The home cluster, and the registry in it. */
export interface Home extends MeshConfiguration {
  readonly target: Target;
  readonly secrets: readonly KrmObject[];
  readonly claims: Claims;
}

/** Does a command's work on the home cluster of the flags; errors of clusters become findings. */
export async function withHome(
  context: CliContext,
  flags: MeshClustersFlags,
  work: (home: Home) => Promise<void>,
): Promise<void> {
  await withTargets(context, flags, async ([target]) => {
    try {
      const chosen = chooseMeshConfig(await meshConfigsOf(target!, configNamespace(flags)));
      const configured = await readConfiguration(context, flags, chosen.chosen);
      const findings = [...chosen.findings, ...configured.findings];
      report(context, findings, configured.files, false);
      if (hasErrors(findings)) return;
      const { settings, registry } = configured;
      const { namespace, labelSelector } = registry;
      const { items } = await target!.client.list(secretResource, { namespace, labelSelector });
      const secrets = items.map((item) => ({ ...item, apiVersion: "v1", kind: "Secret" }));
      await work({ target: target!, settings, registry, secrets, claims: claimsOf(secrets, registry) });
    } catch (error) {
      refuse(context, errorFinding(error));
    }
  });
}
