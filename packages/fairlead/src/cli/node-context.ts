import { isatty } from "node:tty";
import { mostBytes } from "../input/limit.ts";
import type { CliContext, Terminal } from "./context.ts";

/** The context of a real process. Writing to a closed pipe (`fairlead render … | head`) ends it quietly. */
export function nodeContext(): CliContext {
  const { env } = process;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
      throw error;
    });
  }
  const colored = (stream: { readonly fd: number }) => {
    if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
    if (env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0") return true;
    return isatty(stream.fd) && env["TERM"] !== "dumb";
  };
  const redraws = isatty(descriptor.stderr) && env["TERM"] !== "dumb" && env["CI"] === undefined;
  let interrupt: AbortController | undefined;
  return {
    process: process as CliContext["process"],
    cwd: process.cwd(),
    env,
    color: { stdout: colored(process.stdout), stderr: colored(process.stderr) },
    interactive: isatty(descriptor.stdin) && isatty(descriptor.stderr) && env["CI"] === undefined,
    stdin: async () => {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of process.stdin) {
        chunks.push(chunk as Buffer);
        size += (chunk as Buffer).length;
        // Enough to see that it is too much.
        if (size > mostBytes) break;
      }
      return Buffer.concat(chunks);
    },
    ...(redraws ? { terminal: terminal() } : {}),
    interrupted() {
      if (interrupt !== undefined) return interrupt.signal;
      interrupt = new AbortController();
      // A second one ends the process as it always does.
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupt?.abort());
      return interrupt.signal;
    },
  };
}

/** Asking process.stdin for its number would open the stream: 3 ms for those who read nothing from it. */
const descriptor = { stdin: 0, stderr: 2 };

function terminal(): Terminal {
  return {
    size: () => ({ columns: process.stderr.columns, rows: process.stderr.rows }),
    onResize(listener) {
      process.stderr.on("resize", listener);
      return () => process.stderr.off("resize", listener);
    },
  };
}
