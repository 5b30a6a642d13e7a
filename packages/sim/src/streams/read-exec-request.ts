import type { ExecRequest } from "./exec-target.ts";

/** What the query of `exec` or `attach` asks for: PodExecOptions, which are of the form `stdin=true&command=a&command=b`. */
export function readExecRequest(query: URLSearchParams): ExecRequest {
  const tty = isSet(query, "tty");
  return {
    command: query.getAll("command"),
    container: query.get("container") ?? "",
    stdin: isSet(query, "stdin"),
    stdout: isSet(query, "stdout"),
    // A terminal has one output.
    stderr: isSet(query, "stderr") && !tty,
    tty,
  };
}

/** As API servers read booleans: anything but `false` and `0` is true. */
function isSet(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}
