import { spawn, type ChildProcess } from "node:child_process";
import type { Clock } from "@fairlead/apimachinery";

export interface PluginCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: { readonly [name: string]: string };
  /** Gives it the terminal's input and errors; otherwise it has no input, and its errors are kept for a message. */
  readonly interactive: boolean;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How it ended. `errors` is the end of what it wrote to standard error, unless that went to the terminal. */
export type PluginOutcome =
  | { readonly kind: "ended"; readonly output: string }
  | { readonly kind: "failed"; readonly exit: string; readonly errors: string }
  | { readonly kind: "timed-out"; readonly errors: string }
  | { readonly kind: "too-much"; readonly limit: number }
  | { readonly kind: "aborted" }
  /** `code` is the system's, such as ENOENT. */
  | { readonly kind: "not-started"; readonly code: string };

const maximumOutput = 1024 * 1024;
const keptErrors = 8 * 1024;
/** How long a plugin may take to end after it was asked to, in milliseconds. */
const mercyMs = 2_000;

/** Runs an exec plugin to its end, or to the end of the patience with it. Never rejects. */
export async function runPlugin(call: PluginCall): Promise<PluginOutcome> {
  if (call.signal.aborted) return { kind: "aborted" };
  let child: ChildProcess;
  try {
    child = spawn(call.command, call.args, {
      env: call.env,
      stdio: [call.interactive ? "inherit" : "ignore", "pipe", call.interactive ? "inherit" : "pipe"],
      windowsHide: true,
    });
  } catch (error) {
    // The error may quote an argument, which may be a secret.
    return { kind: "not-started", code: codeOf(error) };
  }
  return new Promise((resolve) => watch(child, call, resolve));
}

function watch(child: ChildProcess, call: PluginCall, resolve: (outcome: PluginOutcome) => void): void {
  const output: Buffer[] = [];
  let size = 0;
  let errors = "";
  let settled = false;

  const settle = (outcome: PluginOutcome): void => {
    if (settled) return;
    settled = true;
    cancelTimeout();
    call.signal.removeEventListener("abort", abort);
    resolve(outcome);
  };
  const end = (outcome: PluginOutcome): void => {
    settle(outcome);
    stop(child, call.clock);
  };
  const abort = (): void => end({ kind: "aborted" });
  const cancelTimeout = call.clock.after(call.timeoutMs, () => end({ kind: "timed-out", errors }));
  call.signal.addEventListener("abort", abort, { once: true });

  child.on("error", (error) => settle({ kind: "not-started", code: codeOf(error) }));
  child.stdout?.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maximumOutput) end({ kind: "too-much", limit: maximumOutput });
    else output.push(chunk);
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
    // A word that is cut could be the rest of a token that nothing recognizes any more.
    if (errors.length > keptErrors) errors = errors.slice(-keptErrors).replace(/^\S+/, "");
  });
  child.on("close", (code, signal) => {
    if (code === 0) return settle({ kind: "ended", output: Buffer.concat(output).toString("utf8") });
    settle({ kind: "failed", exit: signal === null ? `exit code ${code}` : `signal ${signal}`, errors });
  });
  // A grandchild may hold the pipes open after the plugin has ended; its output is complete all the same soon after.
  child.on("exit", () => {
    call.clock.after(mercyMs, () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
  });
}

/** Asks it to end, then ends it. What it started on its own is its own business. */
function stop(child: ChildProcess, clock: Clock): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const cancel = clock.after(mercyMs, () => child.kill("SIGKILL"));
  child.once("exit", cancel);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
