import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** One run of a whole process. */
export interface Run {
  /** Wall time from spawn to exit. */
  readonly seconds: number;
  /** The most memory it had resident; undefined where it could not be told. */
  readonly peakMiB: number | undefined;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Node writes its own peak at exit: polling /proc would miss the last milliseconds. */
const reportPeak = `data:text/javascript,${encodeURIComponent(
  'import { writeFileSync } from "node:fs"; process.on("exit", () => { if (process.env.FAIRLEAD_PEAK) writeFileSync(process.env.FAIRLEAD_PEAK, String(process.resourceUsage().maxRSS)); });',
)}`;

/**
 * Runs a command once with its output thrown away.
 * @throws when it does not exit with code 0: a failing run must not count as a fast one.
 */
export async function runOnce(command: Command, isNode: boolean): Promise<Run> {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-bench-"));
  const peakFile = path.join(folder, "peak");
  const input = command.stdin === undefined ? "ignore" : openSync(command.stdin, "r");
  try {
    const started = process.hrtime.bigint();
    const child = spawn(command.command, [...(isNode ? ["--import", reportPeak] : []), ...command.args], {
      cwd: command.cwd,
      env: { ...process.env, ...command.env, ...(isNode ? { FAIRLEAD_PEAK: peakFile } : {}) },
      stdio: [input, "ignore", "pipe"],
    });
    const errors: Buffer[] = [];
    child.stderr!.on("data", (chunk: Buffer) => errors.push(chunk));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    if (code !== 0)
      throw new Error(
        `${command.command} ${command.args.join(" ")} ended with ${code}:\n${Buffer.concat(errors).toString().slice(0, 2000)}`,
      );
    return { seconds, peakMiB: isNode ? Number(readFileSync(peakFile, "utf8")) / 1024 : undefined };
  } finally {
    if (typeof input === "number") closeSync(input);
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Several runs, one after the other, of several commands in turn: a slow moment of the machine hits all of them. The
 * memory of a Node process is taken in one more run, since asking for it costs milliseconds.
 */
export async function interleave(
  commands: ReadonlyMap<string, readonly [Command, boolean]>,
  runs: number,
): Promise<Map<string, Run[]>> {
  const results = new Map<string, Run[]>([...commands.keys()].map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, [command]] of commands) results.get(name)!.push(await runOnce(command, false));
  }
  for (const [name, [command, isNode]] of commands) {
    if (!isNode) continue;
    const { peakMiB } = await runOnce(command, true);
    results.set(
      name,
      results.get(name)!.map((one) => ({ ...one, peakMiB })),
    );
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A row of figures: median, fastest and slowest time, and the highest peak. */
export function row(name: string, runs: readonly Run[], limit?: string): string {
  const times = runs.map(({ seconds }) => seconds);
  const peaks = runs.flatMap(({ peakMiB }) => (peakMiB === undefined ? [] : [peakMiB]));
  const ms = (seconds: number) => (seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`);
  const peak = peaks.length === 0 ? "–" : `${Math.max(...peaks).toFixed(0)} MiB`;
  return `| ${name} | ${runs.length} | ${ms(median(times))} | ${ms(Math.min(...times))} – ${ms(Math.max(...times))} | ${peak} | ${limit ?? "–"} |`;
}
