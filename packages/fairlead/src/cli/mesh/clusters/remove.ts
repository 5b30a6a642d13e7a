import { createClient, systemClock, type Client } from "@fairlead/kube";
import type { MeshSettings } from "../../../plan/mesh/model/settings.ts";
import { meshKinds } from "../../../plan/mesh/observe/mesh-kinds.ts";
import { factOf } from "../../../plan/mesh/observe/facts-of.ts";
import { accessOfClaim } from "../../../run/mesh/registry/access-of-claim.ts";
import type { Claim } from "../../../run/mesh/registry/claims.ts";
import { version } from "../../../version.ts";
import type { CliContext } from "../../context.ts";
import type { RemoveClusterFlags } from "../../mesh-clusters.command.ts";
import { refuse, report } from "../../report.ts";
import { meshCliFinding } from "../findings.ts";
import { secretResource, withHome, type Home } from "./home.ts";

/** The command `mesh clusters remove`. */
export async function removeCluster(this: CliContext, flags: RemoveClusterFlags, name: string): Promise<void> {
  await withHome(this, flags, async (home) => {
    const claim = home.claims.claims.get(name);
    if (claim === undefined) {
      const names = [...home.claims.claims.keys()].join(", ");
      const hint = `there are: ${names || "none"}`;
      return refuse(this, meshCliFinding("FL839", { message: `there is no cluster ${name} in the mesh`, hint }));
    }
    const client = flags.clean === true ? await connectTo(this, home, claim) : undefined;
    if (flags.clean === true && client === undefined) return;
    try {
      // First the Secret: the controller would write again what goes.
      await unregister(home, claim);
      this.process.stdout.write(`cluster ${name} is a member no longer\n`);
      if (client === undefined) return;
      const count = await clean(client, name, home.settings);
      this.process.stdout.write(`${count} object${count === 1 ? "" : "s"} of the mesh deleted in it\n`);
    } finally {
      await client?.close();
    }
  });
}

async function connectTo(context: CliContext, { registry }: Home, claim: Claim): Promise<Client | undefined> {
  const clock = context.clock ?? systemClock;
  const { access, findings } = await accessOfClaim(claim, { allowExec: registry.allowExec, clock });
  if (report(context, findings, [], false) || access === undefined) return undefined;
  return (context.connect ?? createClient)(access, { userAgent: `fairlead/${version}` });
}

async function unregister({ target, secrets }: Home, { name, secret }: Claim): Promise<void> {
  const { client } = target;
  const { namespace = "", name: of } = secret;
  const data = secrets.find(({ metadata }) => metadata.name === of)?.["data"];
  const others = Object.keys(typeof data === "object" && data !== null ? data : {}).filter((key) => key !== name);
  if (others.length === 0) await client.delete(secretResource, { namespace, name: of });
  else await client.patch(secretResource, { namespace, name: of }, { data: { [name]: null } }, { type: "merge" });
}

/** Deletes what carries the mark of the mesh, and nothing else. */
async function clean(client: Client, cluster: string, settings: MeshSettings): Promise<number> {
  let count = 0;
  for (const kind of meshKinds(settings).filter(({ written }) => written)) {
    // oxlint-disable-next-line no-await-in-loop
    const resource = await client.discovery.find(kind);
    if (resource === undefined) continue;
    for await (const { items } of client.pages(resource)) {
      for (const item of items) {
        const object = { ...item, apiVersion: kind.apiVersion, kind: kind.kind };
        if (factOf(object, cluster, settings)?.fact !== "written") continue;
        const { namespace, name = "" } = object.metadata;
        // oxlint-disable-next-line no-await-in-loop
        await client.delete(resource, { name, ...(namespace !== undefined && { namespace }) });
        count++;
      }
    }
  }
  return count;
}
