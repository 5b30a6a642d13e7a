import type { Clock } from "@fairlead/apimachinery";
import type { Client, ClientOptions, ClusterAccess } from "@fairlead/kube";
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
  /** The terminal that stderr is, unless it is none or may not be redrawn (CI). */
  readonly terminal?: Terminal;
  /** Aborts when the user interrupts; whoever calls it has to end then. Without it nothing interrupts. */
  readonly interrupted?: () => AbortSignal;
  /** How clusters are reached; `createClient` unless told. */
  readonly connect?: (access: ClusterAccess, options: ClientOptions) => Client;
  /** The machine's unless told. */
  readonly clock?: Clock;
}

export interface Terminal {
  /** As it is now: windows change. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Called when the size has changed, until what is returned is called. */
  readonly onResize: (listener: () => void) => () => void;
}

/** Exit codes that are part of the contract; `diff` has its own. */
export const exitCode = { ok: 0, findings: 1, misuse: 2, interrupted: 130 } as const;
