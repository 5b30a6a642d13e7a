import { pausedAnnotation } from "../../../run/mesh/registry/paused.ts";
import type { CliContext } from "../../context.ts";
import type { MeshClustersFlags } from "../../mesh-clusters.command.ts";
import { refuse } from "../../report.ts";
import { meshCliFinding } from "../findings.ts";
import { secretResource, withHome } from "./home.ts";

/** The command `mesh clusters pause`. */
export async function pauseCluster(this: CliContext, flags: MeshClustersFlags, name: string): Promise<void> {
  await setPaused(this, flags, name, true);
}

/** The command `mesh clusters resume`. */
export async function resumeCluster(this: CliContext, flags: MeshClustersFlags, name: string): Promise<void> {
  await setPaused(this, flags, name, false);
}

async function setPaused(context: CliContext, flags: MeshClustersFlags, name: string, paused: boolean): Promise<void> {
  await withHome(context, flags, async ({ target, claims }) => {
    const claim = claims.claims.get(name);
    if (claim === undefined) {
      const names = [...claims.claims.keys()].join(", ");
      const hint = `there are: ${names || "none"}`;
      return refuse(context, meshCliFinding("FL839", { message: `there is no cluster ${name} in the mesh`, hint }));
    }
    const { namespace = "", name: secret } = claim.secret;
    const annotations = { [pausedAnnotation]: paused ? "true" : null };
    const patch = { metadata: { annotations } };
    await target.client.patch(secretResource, { namespace, name: secret }, patch, { type: "merge" });
    const others = [...claims.claims.values()].filter((one) => one !== claim && one.secret.name === secret);
    const with_ =
      others.length === 0 ? "" : `, and with it ${others.map((one) => one.name).join(", ")} of the same Secret`;
    context.process.stdout.write(`cluster ${name} is ${paused ? "paused" : "resumed"}${with_}\n`);
  });
}
