import { hasErrors, type Finding } from "@fairlead/krm";
import { readLogLines, type LogLine } from "@fairlead/kube";
import { errorFinding } from "../cluster/error-finding.ts";
import { exitCode } from "../context.ts";
import { report } from "../report.ts";
import { readScopes } from "../status/read.ts";
import { namedScope } from "../status/scope.ts";
import { missing, noPods, printer, reporting, type Job } from "./job.ts";
import { logSources, type LogSource } from "./log-source.ts";
import { mergeLines } from "./merge-lines.ts";

/** Prints all that is there, by time. */
export async function readAll(job: Job): Promise<void> {
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
