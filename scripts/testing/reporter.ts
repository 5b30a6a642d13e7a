import path from "node:path";
import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";
import { emptyReport, writeReport } from "./report.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
const runnerSummary = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /;

/**
 * A node:test reporter that is silent about what passed and complete about what failed. It writes its counts when the
 * process exits, so that they survive a crash and the watchdog's exit.
 */
async function* reporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const report = emptyReport();
  const names = new Map<number, { name: string; parent: number | undefined }>();
  /** The test that has just ended: its diagnostics follow. */
  let last = "";
  process.on("exit", () => writeReport(report));
  for await (const event of events) {
    if (event.type === "test:enqueue") {
      const { testId, parentId, name } = event.data as { testId?: number; parentId?: number; name: string };
      if (testId !== undefined) names.set(testId, { name, parent: parentId });
    } else if (event.type === "test:pass") {
      const { data } = event;
      last = title(names, (data as { testId?: number }).testId, data.name);
      if (data.skip !== undefined || data.todo !== undefined) report.skipped++;
      else if (data.details.type !== "suite") report.passed++;
    } else if (event.type === "test:fail") {
      const { data } = event;
      const { error } = data.details;
      const kind = (error as { failureType?: string }).failureType;
      // A parent of failed tests failed only through them.
      if (kind === "subtestsFailed") {
        if (data.details.type !== "suite") report.failed++;
        continue;
      }
      report.failed++;
      last = title(names, (data as { testId?: number }).testId, data.name);
      const where = data.file === undefined ? "" : `${path.relative(root, data.file)}:${data.line}:${data.column}`;
      yield `✖ ${last}\n  at ${where}\n${indent(describeError(error))}\n`;
    } else if (event.type === "test:diagnostic") {
      const { message } = event.data;
      if (!runnerSummary.test(message)) report.notes.push(`${last}: ${message}`);
    }
  }
}

function title(
  names: ReadonlyMap<number, { name: string; parent: number | undefined }>,
  id: number | undefined,
  own: string,
): string {
  const parts: string[] = [];
  for (let at = id; at !== undefined;) {
    const entry = names.get(at);
    if (entry === undefined) break;
    parts.unshift(entry.name);
    at = entry.parent;
  }
  return parts.length === 0 ? own : parts.join(" › ");
}

function describeError(error: Error): string {
  // node:test wraps what the test threw.
  const thrown: unknown = error.cause ?? error;
  if (!(thrown instanceof Error)) return typeof thrown === "string" ? thrown : inspect(thrown);
  const frames = (thrown.stack ?? "").split("\n    at ").slice(1);
  const own = frames.filter(
    (frame) => !frame.includes("(node:") && !frame.startsWith("node:") && !frame.includes("node_modules"),
  );
  const cause = thrown.cause === undefined ? "" : `\ncaused by ${inspect(thrown.cause)}`;
  return `${thrown.name}: ${thrown.message}${own.map((frame) => `\n    at ${frame.trim()}`).join("")}${cause}`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "    ");
}

// oxlint-disable-next-line import/no-default-export -- node:test takes a reporter's default export
export default reporter;
