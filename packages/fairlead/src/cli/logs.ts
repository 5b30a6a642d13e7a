import { hasErrors, type Finding, type KrmObject } from "@fairlead/krm";
import { followLogs, holdProcess, isKubeError, readLogLines, systemClock, type LogLine } from "@fairlead/kube";
import { durationOf } from "./cluster/duration.ts";
import { errorFinding } from "./cluster/error-finding.ts";
import { clusterFinding } from "./cluster/findings.ts";
import { withTargets, type Target } from "./cluster/targets.ts";
import { exitCode, type CliContext } from "./context.ts";
import type { LogsFlags } from "./logs.command.ts";
import { logSources, sourceKey, type LogSource } from "./logs/log-source.ts";
import { mergeLines } from "./logs/merge-lines.ts";
import { linePrinter } from "./logs/print-line.ts";
import { refuse, report } from "./report.ts";
import type { StatusNode } from "./status/forest.ts";
import { readScopes, watchScopes } from "./status/read.ts";
import { namedScope, type StatusScope } from "./status/scope.ts";

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

interface Job {
  readonly context: CliContext;
  readonly flags: LogsFlags;
  readonly names: readonly string[];
  readonly targets: readonly Target[];
  readonly query: { readonly sinceSeconds?: number; readonly tailLines?: number };
}

function printer({ context, flags, names, targets }: Job) {
  const onePod = names.length === 1 && /^(po|pods?)\//i.test(names[0]!) && targets.length === 1;
  const several = {
    clusters: targets.length > 1,
    containers: flags.allContainers === true,
    logs: !onePod || flags.allContainers === true,
  };
  const { output } = flags;
  return linePrinter({ output, color: context.color.stdout, timestamps: flags.timestamps === true, several });
}

/** All that is there, by time. */
async function readAll(job: Job): Promise<void> {
  const { context, flags, names, targets, query } = job;
  const signal = context.interrupted?.();
  const findings: Finding[] = [];
  const opened: { source: LogSource; lines: AsyncIterator<LogLine> }[] = [];
  await Promise.all(
    targets.map(async ({ name: cluster, client }) => {
      try {
        const scope = await namedScope(client, names);
        const { objects, findings: unread } = await readScopes(client, scope.scopes, signal);
        const nodes = scope.forest(objects, 0);
        findings.push(...scope.findings, ...unread, ...missing(cluster, nodes));
        const sources = logSources(cluster, nodes, objects, flags);
        if (sources.length === 0 && !hasErrors(findings)) findings.push(noPods(cluster, names, objects, flags));
        for (const source of sources) {
          const options = {
            ...query,
            container: source.container,
            ...(flags.previous === true ? { previous: true } : {}),
            ...(signal === undefined ? {} : { signal }),
          };
          const key = { namespace: source.namespace, name: source.pod };
          const lines = readLogLines(client, key, options);
          opened.push({ source, lines: reporting(lines, source, (finding) => findings.push(finding)) });
        }
      } catch (error) {
        findings.push(errorFinding(error));
      }
    }),
  );
  const print = printer(job);
  let printed = 0;
  for await (const { source, line } of mergeLines(opened)) {
    printed++;
    context.process.stdout.write(print(source, line));
  }
  report(context, findings, [], false);
  // What could not be read of one container does not take away what was read of the others.
  const unread = findings.filter(({ code }) => code === "FL767").length;
  if (opened.length > 0 && unread === opened.length && printed === 0) context.process.exitCode = exitCode.findings;
}

/** Ends a log that cannot be read (on) with a finding. */
async function* reporting(
  lines: AsyncIterable<LogLine>,
  source: LogSource,
  onFinding: (finding: Finding) => void,
): AsyncGenerator<LogLine, void, undefined> {
  try {
    yield* lines;
  } catch (error) {
    if (!isKubeError(error)) throw error;
    if (error.code !== "aborted") onFinding(unreadable(source, error));
  }
}

function unreadable({ cluster, pod, container, namespace }: LogSource, error: Error): Finding {
  const object = { apiVersion: "v1", kind: "Pod", namespace, name: pod };
  return clusterFinding("FL767", {
    message: `${cluster}: the log of container ${container} cannot be read: ${error.message}`,
    object,
  });
}

function missing(cluster: string, nodes: readonly StatusNode[]): Finding[] {
  return nodes
    .filter(({ state }) => state === "missing")
    .map(({ ref }) =>
      clusterFinding("FL763", { message: `${cluster}: there is no ${ref.kind} ${ref.name}`, object: ref }),
    );
}

function noPods(cluster: string, names: readonly string[], objects: readonly KrmObject[], flags: LogsFlags): Finding {
  const container = flags.container === undefined ? "" : ` with a container ${flags.container}`;
  const message = `${cluster}: no pod${objects.length === 0 ? "" : container} belongs to ${names.join(", ")}`;
  return clusterFinding("FL766", { message });
}

/** What is there and what comes, until the user interrupts, or until everything has ended that could write. */
async function follow(job: Job): Promise<void> {
  const { context, flags, names, targets, query } = job;
  const clock = context.clock ?? systemClock;
  const stop = new AbortController();
  const interrupted = context.interrupted?.();
  const signal = interrupted === undefined ? stop.signal : AbortSignal.any([interrupted, stop.signal]);
  const print = printer(job);
  const findings: Finding[] = [];
  const work = targets.map((target) => {
    let running = 0;
    const started = new Set<string>();
    const { promise: ended, resolve: over, reject: fail } = Promise.withResolvers<void>();
    let look = (): void => undefined;

    async function run(source: LogSource): Promise<void> {
      running++;
      const { client } = target;
      const key = { namespace: source.namespace, name: source.pod };
      // A pod that joins is new: all that it has written is wanted.
      const begin = started.size > first ? {} : query;
      const lines = followLogs(client, key, { ...begin, container: source.container, signal, clock });
      for await (const line of reporting(lines, source, (finding) => report(context, [finding], [], false))) {
        context.process.stdout.write(print(source, line));
      }
      running--;
      look();
    }

    let first = Number.POSITIVE_INFINITY;
    const start = async (): Promise<void> => {
      const scope: StatusScope = await namedScope(target.client, names);
      findings.push(...scope.findings);
      if (hasErrors(scope.findings)) return over();
      const watched = await watchScopes(target.client, scope.scopes, clock, () => look(), signal);
      let shown = false;
      look = () => {
        if (signal.aborted) return over();
        const objects = watched.objects();
        const nodes = scope.forest(objects, clock.now());
        const sources = logSources(target.name, nodes, objects, flags);
        for (const source of sources) {
          if (started.has(sourceKey(source))) continue;
          started.add(sourceKey(source));
          run(source).catch(fail);
        }
        if (!shown) {
          shown = true;
          first = started.size;
          const gone = missing(target.name, nodes);
          findings.push(...gone, ...watched.findings());
          if (gone.length === 0 && sources.length === 0)
            report(context, [noPods(target.name, names, objects, flags)], [], false);
        }
        if (running === 0 && nodes.every(isOver)) over();
      };
      look();
      signal.addEventListener("abort", () => over(), { once: true });
      await ended;
      await watched.stop();
    };
    return start().catch((error: unknown) => {
      findings.push(errorFinding(error));
    });
  });
  try {
    await Promise.all(work);
  } finally {
    stop.abort();
  }
  report(context, findings, [], false);
}

/** Whether nothing of it will write any more. */
function isOver({ ref, state, reason, children }: StatusNode): boolean {
  if (state === "missing") return true;
  if (ref.kind === "Pod") return state === "failed" || reason === "it has completed";
  return ref.kind === "Job" && (state === "ready" || state === "failed") && children.every(isOver);
}
