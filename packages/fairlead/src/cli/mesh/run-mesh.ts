import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { createClient, systemClock } from "@fairlead/kube";
import { createLog } from "../../run/log.ts";
import { runMesh as run } from "../../run/mesh/run-mesh.ts";
import { version } from "../../version.ts";
import type { Target } from "../cluster/targets.ts";
import type { CliContext } from "../context.ts";
import { report } from "../report.ts";
import type { RunFlags } from "../run.command.ts";
import { stopOn } from "../stop-on.ts";
import { configNamespace, readConfiguration } from "./configuration.ts";

/** `run mesh`: returns when it was told to stop and has stopped, or when leading is impossible. */
export async function runMesh(
  context: CliContext,
  flags: RunFlags,
  home: Target,
  health: { readonly host: string; readonly port: number } | undefined,
): Promise<void> {
  const log = createLog({
    level: flags.logLevel,
    destination: { write: (line: string) => context.process.stderr.write(line) },
  });
  const given = flags.config !== undefined || flags.compatFlags !== undefined;
  if (given) {
    // What stands in files and flags is wrong for good: it is said at once, with its place.
    const { findings, files } = await readConfiguration(context, flags, undefined);
    if (report(context, findings, files, false)) return;
  }
  const namespace = flags.leaseNamespace ?? configNamespace(flags);
  const connect = context.connect ?? createClient;
  const running = await run({
    home: home.client,
    configNamespace: given ? undefined : configNamespace(flags),
    configure: async (found) => {
      const { settings, registry, findings } = await readConfiguration(context, flags, found);
      return { settings, registry: { ...registry, readOnly: flags.readOnly === true || registry.readOnly }, findings };
    },
    connect: (access, options) => connect(access, { userAgent: `fairlead/${version}`, ...options }),
    replicas: replicasOf(flags, namespace),
    clock: context.clock ?? systemClock,
    random: Math.random,
    log,
    instance: `${hostname()
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]/g, "-")}-${randomBytes(4).toString("hex")}`,
    ...(health === undefined ? {} : { health }),
  });
  if (running.health !== undefined) {
    const { host, port } = running.health;
    log.info({ host, port }, "serving health and metrics");
  }
  stopOn(context.interrupted?.(), () => running.stop());
  await running.ended;
}

function replicasOf({ leaderElection, shards }: RunFlags, namespace: string) {
  if (shards === true) return { kind: "shards", namespace } as const;
  return leaderElection ? ({ kind: "leader", namespace } as const) : ({ kind: "alone" } as const);
}
