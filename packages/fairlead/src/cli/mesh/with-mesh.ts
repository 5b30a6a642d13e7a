import { hostname } from "node:os";
import { textOf } from "@fairlead/apimachinery";
import { hasErrors, type Finding, type KrmObject } from "@fairlead/krm";
import { createClient, systemClock } from "@fairlead/kube";
import { apiVersion } from "../../kinds/group.ts";
import { chooseMeshConfig } from "../../plan/mesh/config/read-mesh-config.ts";
import type { MeshConfiguration } from "../../plan/mesh/config/settings-of.ts";
import { createLog } from "../../run/log.ts";
import { startMesh, type Mesh } from "../../run/mesh/mesh.ts";
import { version } from "../../version.ts";
import type { ClusterFlags } from "../cluster/flags.ts";
import { withTargets, type Target } from "../cluster/targets.ts";
import type { CliContext } from "../context.ts";
import { report } from "../report.ts";
import { configNamespace, readConfiguration } from "./configuration.ts";
import { meshCliFinding } from "./findings.ts";
import type { MeshFlags } from "./flags.ts";

export interface LiveMesh extends MeshConfiguration {
  readonly mesh: Mesh;
  readonly home: Target;
  readonly findings: readonly Finding[];
}

export interface WithMeshOptions {
  readonly readOnly: boolean;
  /** How long clusters may take to be read, and what is to be written to be written. */
  readonly timeoutMs: number;
  /** Instead of the MeshConfig of the home cluster. */
  readonly config?: KrmObject;
}

/**
 * Reads the clusters of the registry as the controller does, and does a command's work when there is nothing left to
 * read and (unless it is read-only) to write. The home cluster is the one of the context.
 */
export async function withMesh(
  context: CliContext,
  flags: MeshFlags & ClusterFlags,
  { readOnly, timeoutMs, config }: WithMeshOptions,
  work: (live: LiveMesh) => Promise<void>,
): Promise<void> {
  await withTargets(context, flags, async ([home]) => {
    const found = await meshConfigsOf(home!, configNamespace(flags));
    const chosen = chooseMeshConfig(found);
    const configured = await readConfiguration(context, flags, chosen.chosen, config);
    const findings = [...chosen.findings, ...configured.findings];
    if (hasErrors(findings)) return void report(context, findings, configured.files, flags.quiet === true);
    const { settings, registry } = configured;
    const clock = context.clock ?? systemClock;
    const connect = context.connect ?? createClient;
    const mesh = startMesh({
      home: home!.client,
      settings,
      registry: { ...registry, readOnly: readOnly || registry.readOnly },
      connect: (access, options) => connect(access, { ...options, userAgent: `fairlead/${version}` }),
      clock,
      random: Math.random,
      log: createLog({ level: "error", destination: { write: (line) => context.process.stderr.write(line) } }),
      instance: hostname(),
    });
    try {
      const late = await settled(mesh, clock, timeoutMs);
      const waiting = mesh.notReady().map((message) => meshCliFinding("FL835", { message }));
      const slow =
        late && waiting.length === 0 ? [meshCliFinding("FL835", { message: "not everything could be written" })] : [];
      const all = [...findings, ...waiting, ...slow];
      if (waiting.length > 0) return void report(context, all, configured.files, flags.quiet === true);
      await work({ mesh, home: home!, settings, registry, findings: all });
    } finally {
      await mesh.stop();
    }
  });
}

/** The MeshConfigs of a namespace. */
export async function meshConfigsOf({ client }: Target, namespace: string): Promise<readonly KrmObject[]> {
  const resource = await client.discovery.find({ apiVersion, kind: "MeshConfig" });
  if (resource === undefined) return [];
  const { items } = await client.list(resource, { namespace });
  // Items of a list do not say what they are.
  return items.map((item) => ({ ...item, apiVersion, kind: "MeshConfig" }));
}

/** Resolves when nothing is left to do, with whether the time was over first. */
async function settled(mesh: Mesh, clock: typeof systemClock, timeoutMs: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const cancel = clock.after(timeoutMs, () => resolve(true));
  const isLate = await Promise.race([late, mesh.settled().then(() => false)]);
  cancel();
  return isLate;
}

/** The name of the home cluster in lists, whether it is a member or not. */
export function homeName({ registry, home }: Pick<LiveMesh, "registry" | "home">): string {
  return registry.home ?? (textOf(home.name) || "home");
}
