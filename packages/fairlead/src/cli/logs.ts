import { holdProcess } from "@fairlead/kube";
import { durationOf } from "./cluster/duration.ts";
import { withTargets } from "./cluster/targets.ts";
import { exitCode, type CliContext } from "./context.ts";
import type { LogsFlags } from "./logs.command.ts";
import { follow } from "./logs/follow.ts";
import type { Job } from "./logs/job.ts";
import { readAll } from "./logs/read-all.ts";
import { refuse } from "./report.ts";

export async function logs(this: CliContext, flags: LogsFlags, ...names: readonly string[]): Promise<void> {
  const sinceMs = flags.since === undefined ? undefined : durationOf("since", flags.since);
  if (typeof sinceMs === "object") {
    refuse(this, sinceMs);
    this.process.exitCode = exitCode.misuse;
    return;
  }
  const query = {
    ...(sinceMs === undefined ? {} : { sinceSeconds: Math.ceil(sinceMs / 1000) }),
    ...(flags.tail === undefined ? {} : { tailLines: flags.tail }),
  };
  const release = holdProcess();
  try {
    await withTargets(this, flags, async (targets) => {
      const job: Job = { context: this, flags, names, targets, query };
      await (flags.follow === true && flags.previous !== true ? follow(job) : readAll(job));
    });
  } finally {
    release();
  }
}
