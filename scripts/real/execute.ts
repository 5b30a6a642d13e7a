import { spawn } from "node:child_process";

export interface Execution {
  /** null: the program could not be started, or a signal ended it; `stderr` says which. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecuteOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Called with each complete line of standard error as it comes. */
  readonly onErrorLine?: (line: string) => void;
}

/** Runs a program to its end and never throws: a program that cannot be started has status null. */
export function execute(
  program: string,
  parameters: readonly string[],
  options: ExecuteOptions = {},
): Promise<Execution> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: "SIGKILL" as const }),
      env: options.env ?? process.env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) options.onErrorLine?.(line);
    });
    child.on("error", (error) => resolve({ status: null, stdout, stderr: `${stderr}${error.message}` }));
    child.on("close", (status, signal) => {
      resolve({ status, stdout, stderr: signal === null ? stderr : `${stderr}\nended by ${signal}` });
    });
    // A program that never reads its input closes the pipe; that is its right.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
}

/** The last lines of a long output, for an error message. */
export function tail(text: string, lines = 25): string {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
