import { equal, type JsonValue } from "@fairlead/apimachinery";
import { hasErrors, type Finding } from "@fairlead/krm";
import { systemClock } from "@fairlead/kube";
import { exitCode, type CliContext } from "../context.ts";
import { startProgress, type Progress } from "../progress/progress.ts";
import { report } from "../report.ts";
import { applyFolder } from "./apply-folder.ts";
import { changeLines, controlPlanes } from "./control-planes.ts";
import { upFinding } from "./findings.ts";
import { followSidecars } from "./follow-sidecars.ts";
import type { Folder } from "./read-folder.ts";
import { showAddresses } from "./show.ts";
import { startFleet, type RunningFleet, type StartFleetOptions } from "./start-fleet.ts";
import { createStory, type Story } from "./story.ts";

/** A fleet with its control planes and what runs over it. */
export interface Session {
  readonly fleet: RunningFleet;
  readonly story: Story;
  /**
   * Makes the clusters what a folder says, waits until it is ready, and begins the upgrades that wait for that. Says
   * what happens. Rejects with a KubeError.
   */
  bringUp(read: Folder): Promise<void>;
  stop(): Promise<void>;
}

export interface SessionOptions extends Omit<StartFleetOptions, "onError"> {
  readonly timeoutMs: number;
}

/** Starts the clusters; nothing is applied yet. */
export async function startSession(context: CliContext, options: SessionOptions): Promise<Session> {
  const { timeoutMs } = options;
  const clock = context.clock ?? systemClock;
  const signal = context.interrupted?.();
  const isInterrupted = (): boolean => signal?.aborted === true;
  const wait = { deadlineMs: timeoutMs, ...(signal !== undefined && { signal }) };
  const story = createStory(context, clock);
  const fleet = await startFleet({ ...options, onError: (text) => story.note(text) });
  const planes = controlPlanes(fleet.members);
  const sidecars = followSidecars(fleet.members, { story, dial: planes.dial });
  let first = true;

  async function bringUp(read: Folder): Promise<void> {
    const release = story.hold();
    try {
      const findings = await apply(read);
      report(context, findings, read.files, false);
      if (hasErrors(findings)) context.process.exitCode = exitCode.findings;
      showAddresses(context, fleet);
      await upgrade(read, findings);
    } finally {
      release();
    }
  }

  async function apply(read: Folder): Promise<readonly Finding[]> {
    const progress = startProgress(context, clock);
    try {
      const late = await prepare(read, progress);
      const isFirst = first;
      first = false;
      const onApplied = sidecars.follow;
      const findings = await applyFolder(context, fleet, read, { progress, timeoutMs, first: isFirst, onApplied });
      return [...(isStale(options.fleet, read.fleet) ? [staleFinding()] : []), ...late, ...findings];
    } finally {
      progress.end();
    }
  }

  async function prepare({ fleet: declared }: Folder, progress: Progress): Promise<readonly Finding[]> {
    const item = "control planes of Istio";
    const shown = declared.clusters.some(({ istio }) => istio !== undefined);
    if (shown) progress.update(item, "working");
    const { changes, findings } = await planes.prepare(declared, wait);
    if (shown) progress.update(item, findings.length === 0 ? "done" : "failed");
    for (const line of changeLines(changes)) progress.note(line);
    return findings;
  }

  async function upgrade(read: Folder, findings: readonly Finding[]): Promise<void> {
    const changes = planes.waiting(read.fleet);
    if (changes.length === 0 || isInterrupted()) return;
    const lines = changeLines(changes);
    if (findings.some(({ code, severity }) => code === "FL783" || severity === "error")) {
      report(context, [upFinding("FL787", { message: `not everything is ready: ${lines.join(", ")}` })], [], false);
      return;
    }
    // What is outdated is what the upgrade makes so; an injector that never answers holds it no longer than all else.
    await atMost(sidecars.settled());
    if (isInterrupted()) return;
    context.process.stdout.write(`\n${lines.join("\n")}\n`);
    await planes.upgrade(read.fleet);
  }

  function atMost(done: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(timeoutMs, resolve);
      signal?.addEventListener("abort", () => resolve(), { once: true });
      done.then(resolve, reject).finally(cancel);
    });
  }

  return {
    fleet,
    story,
    bringUp,
    async stop() {
      story.end();
      // What was started last ends first.
      await sidecars.stop();
      await planes.stop();
      await fleet.stop();
    },
  };
}

/** Whether the clusters that run are not the ones that are declared now. */
function isStale(running: Folder["fleet"], declared: Folder["fleet"]): boolean {
  const shapes = [running, declared].map(({ clusters }) => clusters.map(({ name, nodes }) => ({ name, nodes })));
  return !equal(shapes[0] as unknown as JsonValue, shapes[1] as unknown as JsonValue);
}

function staleFinding(): Finding {
  return upFinding("FL788", { message: "fleet.yaml declares other clusters or nodes than those that run" });
}
