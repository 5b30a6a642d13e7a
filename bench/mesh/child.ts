import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

export interface ServerAccess {
  readonly url: string;
  readonly token: string;
  readonly certificate: string;
}

export interface ChildStart {
  readonly home: ServerAccess;
  readonly mode: "default" | "admiral";
}

export interface ChildFigures {
  readonly started: boolean;
  readonly idle: boolean;
  /** By `KIND VERB OUTCOME`. */
  readonly writes: { [what: string]: number };
  readonly cpuMs: number;
  readonly rss: number;
  readonly heap: number;
  readonly peakRss: number;
  /** Log lines by level. */
  readonly lines: { readonly [level: string]: number };
  readonly findings: readonly string[];
}

export interface Controller {
  readonly startedAt: number;
  figures(): Promise<ChildFigures>;
  stop(): Promise<void>;
}

export function startController(start: ChildStart): Controller {
  const startedAt = performance.now();
  const script = path.join(import.meta.dirname, "controller-child.ts");
  const child: ChildProcess = fork(script, [], {
    execArgv: [...process.execArgv, ...(process.env["MESH_BENCH_ARGS"]?.split(" ") ?? [])],
  });
  child.send(start);
  return {
    startedAt,
    async figures() {
      const answer = once(child, "message");
      child.send("figures");
      const [figures] = (await answer) as [ChildFigures];
      return figures;
    },
    async stop() {
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}
