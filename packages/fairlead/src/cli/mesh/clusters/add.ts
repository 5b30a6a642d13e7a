import type { KrmObject } from "@fairlead/krm";
import { chooseTargets, type Target } from "../../cluster/targets.ts";
import type { CliContext } from "../../context.ts";
import type { AddClusterFlags, RotateClusterFlags } from "../../mesh-clusters.command.ts";
import { refuse, report } from "../../report.ts";
import { meshCliFinding } from "../findings.ts";
import { giveAccess, renewToken, type MemberToken } from "./give-access.ts";
import { secretResource, withHome, type Home } from "./home.ts";
import { kubeconfigOf } from "./kubeconfig-of.ts";

const fieldManager = "fairlead/mesh-clusters";

/** The command `mesh clusters add`. */
export async function addCluster(this: CliContext, flags: AddClusterFlags, name: string): Promise<void> {
  await register(this, flags, name, (member, home) => giveAccess(member, home, this, flags.sidecars === true));
}

/** The command `mesh clusters rotate`. */
export async function rotateCluster(this: CliContext, flags: RotateClusterFlags, name: string): Promise<void> {
  await register(this, flags, name, renewToken, true);
}

async function register(
  context: CliContext,
  flags: RotateClusterFlags,
  name: string,
  access: (member: Target, home: Home, context: CliContext) => Promise<MemberToken>,
  mustExist = false,
): Promise<void> {
  await withHome(context, flags, async (home) => {
    const known = home.claims.claims.get(name);
    const problem = problemOf(name, home, known === undefined, mustExist);
    if (problem !== undefined) return refuse(context, problem);
    const { cluster: _cluster, context: _context, ...rest } = flags;
    const chosen = await chooseTargets(context, { ...rest, context: flags.from });
    const member = chosen.targets[0];
    if (report(context, chosen.findings, [], false) || member === undefined) return;
    try {
      const token = await access(member, home, context);
      const kubeconfig = kubeconfigOf(name, flags.server ?? member.access.server.href, token);
      await writeSecret(home, name, known?.secret.name ?? name, kubeconfig);
      const done = mustExist ? "has a new token" : known === undefined ? "is registered" : "is up to date";
      context.process.stdout.write(
        `cluster ${name} ${done}: Secret ${home.registry.namespace}/${known?.secret.name ?? name}\n`,
      );
    } finally {
      await member.client.close();
    }
  });
}

function problemOf(name: string, { claims, registry }: Home, isNew: boolean, mustExist: boolean) {
  if (!/^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(name)) {
    const message = `${JSON.stringify(name)} cannot be a cluster's name`;
    return meshCliFinding("FL839", { message, hint: "at most 63 letters, digits, dots, dashes and underscores" });
  }
  if (mustExist && isNew) {
    const names = [...claims.claims.keys()].join(", ");
    return meshCliFinding("FL839", {
      message: `there is no cluster ${name} in the mesh`,
      hint: `there are: ${names || "none"}`,
    });
  }
  if (registry.home === name) {
    const message = `${name} is the name of the home cluster itself`;
    return meshCliFinding("FL839", { message, hint: "it is a member without a Secret" });
  }
  return undefined;
}

/** A Secret of the registry: one cluster each, or beside the others that stand in it already. */
async function writeSecret(
  { target, registry, secrets }: Home,
  name: string,
  secret: string,
  kubeconfig: string,
): Promise<void> {
  const { client } = target;
  const { namespace, labelSelector } = registry;
  const known = secrets.find((one) => one.metadata.name === secret);
  const [key = "", value = ""] = labelSelector.split("=", 2);
  const data = { [name]: Buffer.from(kubeconfig).toString("base64") };
  if (known !== undefined) {
    await client.patch(secretResource, { namespace, name: secret }, { data }, { type: "merge", fieldManager });
    return;
  }
  const namespaces = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };
  if ((await client.find(namespaces, { name: namespace })) === undefined) {
    await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  }
  const object: KrmObject = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: secret.toLowerCase().replaceAll("_", "-"), namespace, labels: { [key]: value } },
    type: "Opaque",
    data,
  };
  await client.create(secretResource, object, { fieldManager });
}
