import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { get, textOf, type JsonValue } from "@fairlead/apimachinery";

/** What a fleet that is up says of itself. */
export interface Running {
  readonly pid: number;
  readonly kubeconfig: string;
  readonly clusters: readonly { readonly name: string; readonly url: string }[];
  /** Set once everything was ready, or had its time. */
  readonly ready: boolean;
}

export function stateFolder(cwd: string, state: string | undefined): string {
  return path.resolve(cwd, state ?? ".fairlead");
}

const file = "up.json";

/** The fleet of a folder, if its process lives. */
export function readRunning(folder: string): Running | undefined {
  const place = path.join(folder, file);
  if (!existsSync(place)) return undefined;
  let value: JsonValue;
  try {
    value = JSON.parse(readFileSync(place, "utf8")) as JsonValue;
  } catch {
    // Nobody but us writes it, in one step: what cannot be read is not ours.
    return undefined;
  }
  const pid = get(value, "pid");
  if (typeof pid !== "number" || !isAlive(pid)) return undefined;
  const clusters = get(value, "clusters");
  return {
    pid,
    kubeconfig: textOf(get(value, "kubeconfig")),
    clusters: (Array.isArray(clusters) ? clusters : []).map((one) => ({
      name: textOf(get(one, "name")),
      url: textOf(get(one, "url")),
    })),
    ready: get(value, "ready") === true,
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

export function writeRunning(folder: string, running: Running): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const place = path.join(folder, file);
  writeFileSync(`${place}.new`, `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${place}.new`, place);
}

export function removeRunning(folder: string): void {
  rmSync(path.join(folder, file), { force: true });
}
