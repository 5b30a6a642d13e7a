import { hasErrors, isError, renderFindings, summarize, type Finding } from "@fairlead/krm";
import type { TextFile } from "../input/read.ts";
import { exitCode, type CliContext } from "./context.ts";

/**
 * Writes findings to stderr with code frames and a closing count, and sets the exit code.
 * @returns whether there was an error, after which a command writes nothing to stdout.
 */
export function report(
  context: CliContext,
  findings: readonly Finding[],
  files: readonly TextFile[],
  quiet: boolean,
): boolean {
  const failed = hasErrors(findings);
  const shown = quiet ? findings.filter(isError) : findings;
  if (shown.length > 0) {
    const texts = new Map(files.map(({ name, text }) => [name, text]));
    context.process.stderr.write(renderFindings(shown, { texts, color: context.color.stderr }));
    context.process.stderr.write(`${summarize(shown)}\n`);
  }
  if (failed) context.process.exitCode = exitCode.findings;
  return failed;
}

/** Reports the one finding for which a command does nothing. */
export function refuse(context: CliContext, finding: Finding): void {
  report(context, [finding], [], false);
}
