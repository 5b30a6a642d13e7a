import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { createLeaderElection, systemClock } from "@fairlead/kube";
import { chooseSidecarPolicy } from "../../plan/sidecars/config/read-sidecar-policy.ts";
import type { SidecarSettings } from "../../plan/sidecars/model/settings.ts";
import { runConfigured } from "../../run/configured/run-configured.ts";
import { createLog } from "../../run/log.ts";
import { logLease } from "../../run/lease-log.ts";
import type { Sidecars } from "../../run/sidecars/sidecars-model.ts";
import { startSidecars } from "../../run/sidecars/sidecars.ts";
import type { Target } from "../cluster/targets.ts";
import type { CliContext } from "../context.ts";
import { addressOf, type Address } from "../health-address.ts";
import { report } from "../report.ts";
import type { RunFlags } from "../run.command.ts";
import { stopOn } from "../stop-on.ts";
import { clustersOf, dialFrom } from "./clusters.ts";
import { readSidecarConfiguration } from "./configuration.ts";
import { journalPlace, leaseOf } from "./place.ts";

/** `run sidecars`: returns when it was told to stop and has stopped, or when leading is impossible. */
export async function runSidecars(
  context: CliContext,
  flags: RunFlags,
  targets: readonly Target[],
  health: Address | undefined,
): Promise<void> {
  const log = createLog({
    level: flags.logLevel,
    destination: { write: (line: string) => context.process.stderr.write(line) },
  });
  const given = flags.config !== undefined || flags.compatFlags !== undefined;
  // What stands in files and flags is wrong for good: it is said at once, with its place.
  const first = await readSidecarConfiguration(context, flags, undefined);
  if (report(context, first.findings, first.files, false)) return;
  const home = targets[0]!;
  const place = journalPlace(flags);
  const clock = context.clock ?? systemClock;
  const random = Math.random;
  const instance = `${hostname()}-${randomBytes(4).toString("hex")}`;
  const dial = dialFrom(context, home.name);
  const elects = flags.leaderElection && first.command?.leaderElection !== false;
  const lease = { ...leaseOf(place), ...(flags.leaseNamespace !== undefined && { namespace: flags.leaseNamespace }) };
  const running = await runConfigured<SidecarSettings, Sidecars>({
    home: home.client,
    kind: "SidecarPolicy",
    namespace: given ? undefined : place.namespace,
    fieldManager: "fairlead/sidecars",
    choose: chooseSidecarPolicy,
    configure: async (found) => {
      const { settings, findings } = await readSidecarConfiguration(context, flags, found);
      return { configuration: settings, findings };
    },
    begin: (settings) =>
      startSidecars({
        home: home.client,
        clusters: clustersOf(context, targets, flags.registry === true),
        settings,
        place,
        ...(dial !== undefined && { dial }),
        clock,
        random,
        log,
        instance,
        ...(elects && {
          election: createLeaderElection(home.client, {
            ...lease,
            identity: instance,
            clock,
            random,
            onChange: logLease(log, lease),
          }),
        }),
      }),
    health: health === undefined ? (first.command?.addresses ?? []).map((text) => addressOf(text)!) : [health],
    clock,
    random,
    log,
  });
  for (const { host, port } of running.health) log.info({ host, port }, "serving health and metrics");
  stopOn(context.interrupted?.(), () => running.stop());
  await running.ended;
}
