import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Clock } from "@fairlead/apimachinery";
import { findingsToJson, type Finding } from "@fairlead/krm";
import { createLeaderElection, holdProcess, isKubeError, systemClock, type ElectionChange } from "@fairlead/kube";
import { createLog } from "../../run/log.ts";
import type { Sidecars, SidecarsStatus } from "../../run/sidecars/sidecars-model.ts";
import { startSidecars } from "../../run/sidecars/sidecars.ts";
import { durationOf } from "../cluster/duration.ts";
import { errorFinding } from "../cluster/error-finding.ts";
import { withTargets, type Target } from "../cluster/targets.ts";
import { exitCode, type CliContext } from "../context.ts";
import { startProgress, type Progress } from "../progress/progress.ts";
import { refuse, report } from "../report.ts";
import type { SidecarRunFlags } from "../sidecars.command.ts";
import { clustersOf, dialFrom } from "./clusters.ts";
import { withCompat } from "./compat.ts";
import { readSidecarConfiguration } from "./configuration.ts";
import { sidecarCliFinding } from "./findings.ts";
import { findPolicy } from "./find-policy.ts";
import { sidecarsPlan } from "./plan.ts";
import { ensureNamespace, journalPlace, leaseOf } from "./place.ts";
import { isOver, showProgress } from "./show-progress.ts";
import { progressLine, rowsTable } from "./show.ts";

/** The command `sidecars run`. */
export async function sidecarsRun(this: CliContext, given: SidecarRunFlags): Promise<void> {
  const flags = withCompat(given, this);
  const timeoutMs = flags.timeout === undefined ? undefined : durationOf("timeout", flags.timeout);
  if (typeof timeoutMs === "object") {
    refuse(this, timeoutMs);
    this.process.exitCode = exitCode.misuse;
    return;
  }
  if (flags.dryRun === true) {
    const { timeout: _, dryRun: __, ...rest } = flags;
    return sidecarsPlan.call(this, rest);
  }
  await withTargets(this, flags, async (targets) => {
    const clock = this.clock ?? systemClock;
    const release = holdProcess();
    const progress = startProgress(this, clock);
    try {
      const begun = await begin(this, flags, targets, clock);
      if (begun === undefined) return;
      const { sidecars, leaseError } = begun;
      const ending = await untilDone(this, begun, { clock, timeoutMs, progress });
      const status = sidecars.status();
      await sidecars.stop();
      progress.end();
      const reason =
        leaseError() === undefined
          ? sidecarCliFinding("FL893", { message: "the Lease is held by another process" })
          : errorFinding(leaseError());
      finish(this, flags, status, { ending, ...(ending === "not-leading" && { reason }), now: clock.now() });
    } catch (error) {
      refuse(this, errorFinding(error));
    } finally {
      progress.end();
      release();
    }
  });
}

interface Begun {
  readonly sidecars: Sidecars;
  /** Why the Lease cannot be read or written; undefined while it can. */
  leaseError(): unknown;
  /** Resolves when the Lease cannot be written and waiting would not change it. */
  readonly refused: Promise<void>;
}

async function begin(
  context: CliContext,
  flags: SidecarRunFlags,
  targets: readonly Target[],
  clock: Clock,
): Promise<Begun | undefined> {
  const home = targets[0]!;
  const place = journalPlace(flags);
  const found = await findPolicy(home.client, place.namespace, flags);
  const read = await readSidecarConfiguration(context, flags, found);
  if (report(context, read.findings, read.files, flags.quiet === true)) return undefined;
  await ensureNamespace(home.client, place);
  const instance = `${hostname()}-${randomBytes(4).toString("hex")}`;
  const random = Math.random;
  const dial = dialFrom(context, home.name);
  let leaseError: unknown;
  const refused = Promise.withResolvers<void>();
  const onChange = (change: ElectionChange): void => {
    if (change.kind === "failing") leaseError = change.error;
    if (change.kind === "recovered") leaseError = undefined;
    if (isKubeError(leaseError, "forbidden", "unauthorized", "not-found")) refused.resolve();
  };
  const sidecars = startSidecars({
    home: home.client,
    clusters: clustersOf(context, targets, flags.registry === true),
    settings: read.settings,
    place,
    ...(dial !== undefined && { dial }),
    clock,
    random,
    log: createLog({ level: "error", destination: context.process.stderr }),
    instance,
    election: createLeaderElection(home.client, { ...leaseOf(place), identity: instance, clock, random, onChange }),
  });
  return { sidecars, leaseError: () => leaseError, refused: refused.promise };
}

type Ending = "done" | "held" | "timeout" | "interrupted" | "not-leading";

interface Waiting {
  readonly clock: Clock;
  readonly timeoutMs: number | undefined;
  readonly progress: Progress;
}

/** Another process that leads is waited for as long as its lease would last if it were dead. */
const leadMs = 40_000;

async function untilDone(
  context: CliContext,
  { sidecars, refused }: Begun,
  { clock, timeoutMs, progress }: Waiting,
): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const look = (): void => {
    const status = sidecars.status();
    showProgress(progress, status.rows);
    if (!sidecars.isIdle() || status.progress === undefined) return;
    if (status.rows.every(isOver)) resolve("done");
    else if (status.progress.paused !== "" && status.progress.underWay === 0) resolve("held");
  };
  const forget = sidecars.onStatus(look);
  const cancels = [
    clock.after(leadMs, () => {
      if (!sidecars.status().leading) resolve("not-leading");
    }),
    ...(timeoutMs === undefined ? [] : [clock.after(timeoutMs, () => resolve("timeout"))]),
  ];
  context.interrupted?.().addEventListener("abort", () => resolve("interrupted"), { once: true });
  void refused.then(() => resolve("not-leading"));
  void sidecars.ended.then(
    () => resolve("not-leading"),
    () => resolve("not-leading"),
  );
  look();
  try {
    return await promise;
  } finally {
    forget();
    for (const cancel of cancels) cancel();
  }
}

function finish(
  context: CliContext,
  flags: SidecarRunFlags,
  { rows, progress, findings }: SidecarsStatus,
  { ending, reason, now }: { readonly ending: Ending; readonly reason?: Finding; readonly now: number },
): void {
  const all = [...findings, ...(reason === undefined ? [] : [reason])];
  if (ending === "timeout") all.push(sidecarCliFinding("FL894", { message: `--timeout ${flags.timeout!} is over` }));
  if (flags.output === "json") {
    const document = { ...findingsToJson(all), ending, progress, rows };
    context.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    const left = rows.filter(({ state }) => state !== "done");
    if (left.length > 0) context.process.stdout.write(`${rowsTable(left, context.color.stdout)}\n`);
    if (progress !== undefined) context.process.stdout.write(`${progressLine(progress, now)}\n`);
  }
  report(context, all, [], flags.quiet === true);
  if (ending === "interrupted") context.process.exitCode = exitCode.interrupted;
  else if (ending !== "done" || rows.some(({ state }) => state !== "done"))
    context.process.exitCode = exitCode.findings;
}
