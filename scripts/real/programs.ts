import { ensureTool } from "./ensure-tool.ts";
import { RealPlaneError } from "./errors.ts";
import type { Guard } from "./guarded.ts";
import type { ToolName } from "./tools.ts";

/** The programs of one plane: started by name, and by name killed, paused and started again. */
export interface Supervisor {
  /** Temporary; removed by `stop` and when this process dies. */
  readonly folder: string;
  /** The process ids of the programs that run. */
  readonly processes: Readonly<Partial<Record<ToolName, number>>>;
  /** Builds it first if need be. */
  start(name: ToolName, parameters: readonly string[]): Promise<void>;
  /** Ends it if it runs, and starts it as it was started before. */
  restart(name: ToolName): Promise<void>;
  /** Resolves when it has ended: at once with SIGKILL, in its own time with SIGTERM. */
  kill(name: ToolName, signal?: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** It keeps its sockets open and answers nothing, as a machine that hangs. */
  pause(name: ToolName): void;
  resume(name: ToolName): void;
  /** Throws `plane-failed` if a program has ended that nobody has killed. */
  assertRunning(): void;
  stop(): Promise<void>;
}

export function supervise(guard: Guard, kubernetes: string): Supervisor {
  const running = new Map<ToolName, number>();
  const started = new Map<ToolName, readonly string[]>();
  const start = async (name: ToolName, parameters: readonly string[]): Promise<void> => {
    const program = await ensureTool(name, { kubernetes });
    started.set(name, parameters);
    running.set(name, await guard.start(name, program, parameters));
  };
  const kill = async (name: ToolName, signal: NodeJS.Signals = "SIGKILL"): Promise<void> => {
    const pid = running.get(name);
    running.delete(name);
    if (pid === undefined || guard.ended(name) !== undefined) return;
    process.kill(pid, signal);
    await guard.gone(name);
  };
  const send = (name: ToolName, signal: NodeJS.Signals): void => {
    const pid = running.get(name);
    if (pid === undefined) throw new RealPlaneError("plane-failed", `${name} does not run`);
    process.kill(pid, signal);
  };
  return {
    folder: guard.folder,
    get processes() {
      return Object.fromEntries(running);
    },
    start,
    kill,
    restart: async (name) => {
      const parameters = started.get(name);
      if (parameters === undefined) throw new RealPlaneError("plane-failed", `${name} was never started`);
      await kill(name);
      await start(name, parameters);
    },
    pause: (name) => send(name, "SIGSTOP"),
    resume: (name) => send(name, "SIGCONT"),
    assertRunning: () => {
      for (const name of running.keys()) {
        const how = guard.ended(name);
        if (how !== undefined) throw new RealPlaneError("plane-failed", `${name} ended: ${how}`);
      }
    },
    stop: guard.stop,
  };
}
