// Started as a process of its own by `startGuard`: it starts the programs of a plane and ends them when it is told to,
// or when the process that started it is gone, however that happened.
import { spawn, type ChildProcess } from "node:child_process";
import { openSync, closeSync, rmSync } from "node:fs";
import type { GuardRequest, GuardReport } from "./guarded.ts";

const folder = process.argv[2]!;
const children = new Map<string, ChildProcess>();
let ending = false;

function tell(report: GuardReport): void {
  if (process.connected) process.send?.(report, () => {});
}

function start(request: Extract<GuardRequest, { kind: "start" }>): void {
  const log = openSync(request.log, "a");
  const child = spawn(request.program, request.parameters, { cwd: folder, stdio: ["ignore", log, log] });
  closeSync(log);
  children.set(request.name, child);
  child.on("spawn", () => tell({ kind: "started", name: request.name, pid: child.pid! }));
  const gone = (how: string): void => {
    if (!children.delete(request.name)) return;
    tell({ kind: "ended", name: request.name, how });
    if (ending && children.size === 0) finish();
  };
  child.on("error", (error) => gone(error.message));
  child.on("exit", (code, signal) => gone(signal === null ? `exit code ${code}` : `signal ${signal}`));
}

/** What they hold is thrown away, so nothing is lost by not letting them finish. */
function end(): void {
  if (ending) return;
  ending = true;
  for (const child of children.values()) child.kill("SIGKILL");
  if (children.size === 0) finish();
}

function finish(): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.exit(0);
}

process.on("message", (request: GuardRequest) => {
  if (request.kind === "stop") end();
  else if (!ending) start(request);
});
process.on("disconnect", end);
// A terminal's Ctrl-C goes to the whole group; the starter decides, and its end is what this process waits for.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
process.on("SIGTERM", end);
