import type { CommandContext, StricliProcess } from "@stricli/core";

/** What a command may touch of the outside; tests give their own. */
export interface CliContext extends CommandContext {
  readonly process: StricliProcess & { exitCode?: number };
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whether findings and diffs on stderr and stdout may be coloured. */
  readonly color: { readonly stdout: boolean; readonly stderr: boolean };
  /** Whether a person can be asked. */
  readonly interactive: boolean;
  /** All of standard input as bytes, once. */
  readonly stdin: () => Promise<Buffer>;
}

/** Exit codes that are part of the contract; `diff` has its own. */
export const exitCode = { ok: 0, findings: 1, misuse: 2 } as const;
