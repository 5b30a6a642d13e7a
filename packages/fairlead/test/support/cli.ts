import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CliContext } from "../../src/cli/context.ts";
import { runCli } from "../../src/cli/run.ts";

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both in the order in which they were written, as a terminal shows them. */
  readonly output: string;
}

export interface CliSetup {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly color?: boolean;
  /** Called with each piece that is written. */
  readonly onOutput?: (text: string) => void;
  /** Anything else of the context, such as fake clusters. */
  readonly context?: Partial<CliContext>;
}

/** What a command is given here, and what it has written so far. */
export interface Recording {
  readonly context: CliContext;
  /** Both streams in the order in which they were written, as a terminal shows them. */
  output(): string;
  result(): CliResult;
}

/** A context with streams of its own. */
export function recordingContext(setup: CliSetup = {}): Recording {
  const texts = { stdout: "", stderr: "", output: "" };
  const streamOf = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      texts[name] += text;
      texts.output += text;
      setup.onOutput?.(text);
    },
  });
  const streams = {
    stdout: streamOf("stdout"),
    stderr: streamOf("stderr"),
    env: {},
    exitCode: undefined as number | undefined,
  };
  const context: CliContext = {
    process: streams as CliContext["process"],
    cwd: setup.cwd ?? process.cwd(),
    env: setup.env ?? { PATH: "" },
    color: { stdout: setup.color === true, stderr: setup.color === true },
    interactive: false,
    stdin: () => Promise.resolve(Buffer.from(setup.stdin ?? "")),
    ...setup.context,
  };
  return {
    context,
    output: () => texts.output,
    result: () => ({ code: Number(streams.exitCode ?? 0), ...texts }),
  };
}

/** Runs a command line in this process, with streams of its own. */
export async function fairlead(args: readonly string[], setup: CliSetup = {}): Promise<CliResult> {
  const { context, result } = recordingContext(setup);
  await runCli(args, context);
  return result();
}

/** Runs with an empty folder that is gone afterwards. */
export async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-test-"));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
