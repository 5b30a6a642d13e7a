import { findingsToJson, formatRef, hasErrors, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { holdProcess, judgeEstablished, systemClock, waitUntil } from "@fairlead/kube";
import { fieldManager } from "../plan/names.ts";
import { definitions } from "./cluster/definitions.ts";
import { applyFinding, dryApply } from "./cluster/dry-apply.ts";
import { durationOf } from "./cluster/duration.ts";
import { errorFinding } from "./cluster/error-finding.ts";
import { crdResource } from "./cluster/resources.ts";
import { withTargets, type Target } from "./cluster/targets.ts";
import { exitCode, type CliContext } from "./context.ts";
import type { CrdsInstallFlags } from "./crds.command.ts";
import { startProgress, type Progress } from "./progress/progress.ts";
import { refuse, report } from "./report.ts";

type Action = "created" | "updated" | "unchanged" | "failed";

interface Installed {
  readonly cluster: string;
  readonly objects: readonly { readonly object: KrmObject; readonly action: Action }[];
  readonly findings: readonly Finding[];
}

const defaultTimeout = "1m";

export async function installCrds(this: CliContext, flags: CrdsInstallFlags): Promise<void> {
  const timeout = durationOf("timeout", flags.timeout ?? defaultTimeout);
  if (typeof timeout === "object") {
    refuse(this, timeout);
    this.process.exitCode = exitCode.misuse;
    return;
  }
  const release = holdProcess();
  const progress = startProgress(this, this.clock ?? systemClock);
  const results: Installed[] = [];
  try {
    await withTargets(this, flags, async (targets) => {
      const crds = await definitions(flags.group);
      const name = nameIn(targets);
      const work = targets.map((target) => install(target, crds, { flags, timeout, progress, name, context: this }));
      results.push(...(await Promise.all(work)));
    });
  } finally {
    progress.end();
    release();
  }
  if (results.length > 0) showInstalled(this, flags, results);
  if (this.interrupted?.().aborted === true) this.process.exitCode = exitCode.interrupted;
}

/** How a line names an object: with its cluster, where there are several. */
function nameIn(targets: readonly Target[]): (target: Target, object: KrmObject) => string {
  return (target, object) => `${targets.length > 1 ? `${target.name}: ` : ""}${formatRef(refOf(object))}`;
}

interface Install {
  readonly flags: CrdsInstallFlags;
  readonly timeout: number;
  readonly progress: Progress;
  readonly name: (target: Target, object: KrmObject) => string;
  readonly context: CliContext;
}

async function install(target: Target, crds: readonly KrmObject[], options: Install): Promise<Installed> {
  const { flags, timeout, progress, name, context } = options;
  const { client } = target;
  const signal = context.interrupted?.();
  const call = { fieldManager, force: flags.adopt === true, ...(signal === undefined ? {} : { signal }) };
  const findings: Finding[] = [];
  const settle = async (object: KrmObject): Promise<Action> => {
    const shown = name(target, object);
    const refused = (finding: Finding): Action => {
      findings.push(finding);
      progress.update(shown, "failed", finding.message);
      return "failed";
    };
    progress.update(shown, "working");
    const dry = await dryApply(client, crdResource, object, call);
    if (dry.kind === "refused") return refused(dry.finding);
    if (dry.kind === "same") return "unchanged";
    try {
      await client.apply(crdResource, object, call);
      return dry.diff.kind === "added" ? "created" : "updated";
    } catch (error) {
      return refused(applyFinding(error, object));
    }
  };
  const objects = await Promise.all(crds.map(async (object) => ({ object, action: await settle(object) })));
  const applied = objects.filter(({ action }) => action !== "failed");
  const refs = new Map(applied.map(({ object }) => [object.metadata.name, object]));
  try {
    const waited = await waitUntil(
      client,
      applied.map(({ object }) => ({ ...refOf(object), resource: crdResource })),
      judgeEstablished,
      {
        deadlineMs: timeout,
        ...(signal === undefined ? {} : { signal }),
        ...(context.clock === undefined ? {} : { clock: context.clock }),
        onChange: ({ object: { name: of }, kind, reason }) => {
          const states = { done: "done", failed: "failed", waiting: "working" } as const;
          progress.update(name(target, refs.get(of)!), states[kind], kind === "done" ? undefined : reason);
        },
      },
    );
    findings.push(...waited.findings);
  } catch (error) {
    findings.push(errorFinding(error));
  }
  client.discovery.invalidate();
  return { cluster: target.name, objects, findings };
}

function showInstalled(context: CliContext, flags: CrdsInstallFlags, results: readonly Installed[]): void {
  const findings = results.flatMap((result) => result.findings);
  if (flags.output === "json") {
    const clusters = results.map(({ cluster, objects }) => ({
      cluster,
      objects: objects.map(({ object, action }) => ({ name: object.metadata.name, action })),
    }));
    const document = { schemaVersion: 1, clusters, findings: findingsToJson(findings).findings };
    context.process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    if (hasErrors(findings)) context.process.exitCode = 1;
    return;
  }
  for (const { cluster, objects } of results) {
    const counts = (["created", "updated", "unchanged", "failed"] as const).flatMap((action) => {
      const count = objects.filter((one) => one.action === action).length;
      return count === 0 ? [] : [`${count} ${action}`];
    });
    context.process.stdout.write(`${results.length > 1 ? `${cluster}: ` : ""}${counts.join(", ")}\n`);
  }
  report(context, findings, [], false);
}
