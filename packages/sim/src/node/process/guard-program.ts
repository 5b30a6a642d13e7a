import type { readdirSync, readFileSync, rmSync } from "node:fs";

export interface GuardFiles {
  readonly readdirSync: typeof readdirSync;
  readonly readFileSync: typeof readFileSync;
  readonly rmSync: typeof rmSync;
}

/**
 * What a guard process runs. It is handed over as the text of this function (the command line is one file, which has no
 * other to start), so it uses nothing but its parameters. Lines of its input name what to end and to remove once the input
 * ends, which it does when the process that writes it is gone, however that happened.
 */
export function guardProgram(guard: NodeJS.Process, files: GuardFiles): void {
  const groups = new Set<number>();
  const folders = new Set<string>();
  let pending = "";
  for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) guard.on(signal, () => {});

  function read(line: string): void {
    const rest = line.slice(2);
    if (line.startsWith("+ ")) groups.add(Number(rest));
    else if (line.startsWith("- ")) groups.delete(Number(rest));
    else if (line.startsWith("f ")) folders.add(rest);
    else if (line.startsWith("r ")) folders.delete(rest);
  }

  function kill(pid: number): void {
    try {
      guard.kill(pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  /** Processes that have left their group, by a folder of ours in their environment; where there is no /proc, none. */
  function stragglers(): number[] {
    if (folders.size === 0) return [];
    try {
      return files
        .readdirSync("/proc")
        .map(Number)
        .filter((pid) => pid > 0 && pid !== guard.pid && isOurs(pid));
    } catch {
      return [];
    }
  }

  function isOurs(pid: number): boolean {
    try {
      const environment = files.readFileSync(`/proc/${pid}/environ`, "utf8");
      return [...folders].some((folder) => environment.includes(folder));
    } catch {
      return false;
    }
  }

  guard.stdin.setEncoding("utf8");
  guard.stdin.on("data", (chunk: string) => {
    const lines = (pending + chunk).split("\n");
    pending = lines.pop()!;
    for (const line of lines) read(line);
  });
  guard.stdin.on("error", () => {});
  guard.stdin.on("close", () => {
    for (const pid of groups) kill(-pid);
    for (let round = 0; round < 5; round++) {
      const left = stragglers();
      if (left.length === 0) break;
      left.forEach(kill);
    }
    for (const folder of folders) {
      try {
        files.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      } catch {
        // Nobody is there to be told.
      }
    }
    guard.exit(0);
  });
}
