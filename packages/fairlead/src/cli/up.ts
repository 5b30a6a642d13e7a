import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Finding } from "@fairlead/krm";
import { holdProcess } from "@fairlead/kube";
import { StoreError } from "@fairlead/sim";
import { durationOf } from "./cluster/duration.ts";
import { errorFinding } from "./cluster/error-finding.ts";
import { exitCode, type CliContext } from "./context.ts";
import { refuse, report } from "./report.ts";
import type { UpFlags } from "./up.command.ts";
import { detach } from "./up/detach.ts";
import { upFinding } from "./up/findings.ts";
import { readFolder } from "./up/read-folder.ts";
import { startSession, type Session } from "./up/session.ts";
import { showEvents } from "./up/show.ts";
import type { RunningFleet } from "./up/start-fleet.ts";
import { readRunning, removeRunning, stateFolder, writeRunning } from "./up/state-folder.ts";
import { watchFolder } from "./up/watch-folder.ts";

const timeoutUnlessTold = "2m";

/** The command `up`: a fleet in this process, from its start to Ctrl-C. */
export async function up(this: CliContext, flags: UpFlags, folder?: string): Promise<void> {
  const timeoutMs = durationOf("timeout", flags.timeout ?? timeoutUnlessTold);
  if (typeof timeoutMs === "object") {
    refuse(this, timeoutMs);
    this.process.exitCode = exitCode.misuse;
    return;
  }
  const state = stateFolder(this.cwd, flags.state);
  const running = readRunning(state);
  if (running !== undefined) {
    const message = `the fleet of ${state} is up already, as process ${running.pid}`;
    return refuse(this, upFinding("FL781", { message, hint: `KUBECONFIG=${running.kubeconfig}` }));
  }
  const read = await readFolder(this, { folder, state, fleetFile: flags.fleet, environment: flags.environment });
  if (report(this, read.findings, read.files, false)) return;
  if (flags.detach === true) return detach(this, { state, timeoutMs });
  const release = holdProcess();
  const temporary = flags.ephemeral === true ? mkdtempSync(path.join(tmpdir(), "fairlead-up-")) : undefined;
  const kubeconfig = path.join(temporary ?? state, "kubeconfig");
  let session: Session | undefined;
  let stopWatching: (() => void) | undefined;
  try {
    session = await startSession(this, {
      fleet: read.fleet,
      folder: temporary === undefined ? state : undefined,
      kubeconfig,
      environment: flags.environment ?? read.fleet.environment,
      processes: flags.processes ? this.cwd : undefined,
      timeoutMs,
    });
    const { fleet } = session;
    const clusters = fleet.members.map(({ name, cluster }) => ({ name, url: cluster.url }));
    const self = { pid: process.pid, kubeconfig, clusters, ready: false };
    if (temporary === undefined) writeRunning(state, self);
    report(this, cutFindings(fleet), [], false);
    const first = session.bringUp(read);
    // What changes while everything starts is applied right after.
    stopWatching = watchIfAsked(this, session, { folder, read: read.folder, flags, state, first });
    await first;
    if (temporary === undefined) writeRunning(state, { ...self, ready: true });
    await untilInterrupted(this, session);
  } catch (error) {
    refuse(this, startFinding(error));
  } finally {
    stopWatching?.();
    try {
      await session?.stop();
      // What another process wrote of itself stays.
      if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
      else if (session !== undefined) removeRunning(state);
    } finally {
      release();
    }
  }
}

function startFinding(error: unknown): Finding {
  if (error instanceof StoreError) {
    return upFinding(error.code === "locked" ? "FL781" : "FL786", { message: error.message });
  }
  // The state folder holds more than the clusters: the kubeconfig, and who runs here.
  if (error instanceof Error && "syscall" in error && "path" in error) {
    return upFinding("FL786", { message: error.message });
  }
  return errorFinding(error);
}

/** What a crash left half written, and was cut off. */
function cutFindings({ members }: RunningFleet): readonly Finding[] {
  return members.flatMap(({ name, cluster: { report: opened } }) => {
    const cut = opened?.cut;
    if (cut === undefined) return [];
    const message = `${name}: ${cut.bytes} bytes at the end of ${cut.file} were cut off: ${cut.reason}`;
    return [upFinding("FL785", { message })];
  });
}

interface Watching {
  /** As it was asked for, and as it was read. */
  readonly folder: string | undefined;
  readonly read: string | undefined;
  readonly flags: UpFlags;
  readonly state: string;
  readonly first: Promise<void>;
}

function watchIfAsked(
  context: CliContext,
  session: Session,
  { folder, read: watched, flags, state, first }: Watching,
): (() => void) | undefined {
  if (flags.watch !== true || watched === undefined) return undefined;
  return watchFolder(path.resolve(context.cwd, watched), state, async () => {
    await first;
    const { environment, fleet: fleetFile } = flags;
    const read = await readFolder(context, { folder, state, fleetFile, environment });
    if (report(context, read.findings, read.files, false)) return;
    try {
      await session.bringUp(read);
    } catch (error) {
      refuse(context, errorFinding(error));
    }
  });
}

async function untilInterrupted(context: CliContext, { fleet, story }: Session): Promise<void> {
  const signal = context.interrupted?.() ?? new AbortController().signal;
  const stopEvents = showEvents(context, fleet, story);
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  stopEvents();
  story.end();
  context.process.stderr.write("stopping\n");
}
