import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Finding } from "@fairlead/krm";
import { createInformers, createLeaderElection, systemClock } from "@fairlead/kube";
import { createLog } from "../run/log.ts";
import { logLease } from "../run/lease-log.ts";
import { startManager } from "../run/manager.ts";
import { workloadsController } from "../run/workloads/controller.ts";
import { clusterFinding } from "./cluster/findings.ts";
import { errorFinding } from "./cluster/error-finding.ts";
import { withTargets, type Target } from "./cluster/targets.ts";
import { exitCode, type CliContext } from "./context.ts";
import { addressOf, type Address } from "./health-address.ts";
import { refuse } from "./report.ts";
import type { Capability, RunFlags } from "./run.command.ts";
import { stopOn } from "./stop-on.ts";

/** The command `run`: returns when it was told to stop and has stopped, or when leading is impossible. */
export async function runCapability(this: CliContext, given: RunFlags, capability: Capability): Promise<void> {
  const flags = capability === "sidecars" ? (await import("./sidecars/compat.ts")).withCompat(given, this) : given;
  const health = flags.health === undefined ? undefined : addressOf(flags.health);
  if (flags.health !== undefined && health === undefined) {
    const message = `--health: ${JSON.stringify(flags.health)} is no address such as 127.0.0.1:8080 or [::1]:8080`;
    refuse(this, clusterFinding("FL765", { message, hint: "write HOST:PORT; port 0 takes any free one" }));
    this.process.exitCode = exitCode.misuse;
    return;
  }
  await withTargets(this, flags, async (targets) => {
    try {
      if (capability === "mesh") {
        const { runMesh } = await import("./mesh/run-mesh.ts");
        await runMesh(this, flags, targets[0]!, health);
      } else if (capability === "sidecars") {
        const { runSidecars } = await import("./sidecars/run-sidecars.ts");
        await runSidecars(this, flags, targets, health);
      } else await manage(this, flags, capability, targets, health);
    } catch (error) {
      refuse(this, cannotListen(error, flags.health) ?? errorFinding(error));
    }
  });
}

async function manage(
  context: CliContext,
  flags: RunFlags,
  capability: Capability,
  targets: readonly Target[],
  health: Address | undefined,
): Promise<void> {
  const clock = context.clock ?? systemClock;
  const random = Math.random;
  const log = createLog({
    level: flags.logLevel,
    destination: { write: (line: string) => context.process.stderr.write(line) },
  });
  const instance = `${hostname()}-${randomBytes(4).toString("hex")}`;
  const home = targets[0]!;
  const lease = { name: `fairlead-${capability}`, namespace: flags.leaseNamespace ?? home.access.namespace };
  const onChange = logLease(log, lease);
  const election = flags.leaderElection
    ? createLeaderElection(home.client, { ...lease, identity: instance, clock, random, onChange })
    : undefined;
  const options = { environment: flags.environment, sharedNamespace: flags.sharedNamespace };
  const onError = (error: unknown): void => log.error({ error }, "a listener of an informer failed");
  const manager = await startManager({
    clusters: targets.map(({ name, client }) => ({
      name,
      client,
      informers: createInformers(client, { clock, random, onError }),
    })),
    controllers: [workloadsController(options)],
    clock,
    random,
    log,
    instance,
    ...(election === undefined ? {} : { election }),
    ...(health === undefined ? {} : { health }),
  });
  if (manager.health !== undefined) {
    const { host, port } = manager.health;
    log.info({ host, port }, "serving health and metrics");
  }
  stopOn(context.interrupted?.(), () => manager.stop());
  await manager.ended;
}

function cannotListen(error: unknown, address: string | undefined): Finding | undefined {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).syscall !== "listen") return undefined;
  return clusterFinding("FL773", { message: `--health ${address ?? ""}: ${error.message}` });
}
