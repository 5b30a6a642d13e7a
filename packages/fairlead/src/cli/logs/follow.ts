import { hasErrors, type Finding } from "@fairlead/krm";
import { followLogs, systemClock } from "@fairlead/kube";
import { errorFinding } from "../cluster/error-finding.ts";
import { report } from "../report.ts";
import type { StatusNode } from "../status/forest.ts";
import { watchScopes } from "../status/read.ts";
import { namedScope, type StatusScope } from "../status/scope.ts";
import { missing, noPods, printer, reporting, type Job } from "./job.ts";
import { logSources, sourceKey, type LogSource } from "./log-source.ts";

/** Prints what is there and what comes, until the user interrupts, or until everything has ended that could write. */
export async function follow(job: Job): Promise<void> {
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
