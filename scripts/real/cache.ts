import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { report } from "./progress.ts";

/** The folder that outlives a run: programs by version, third-party CRDs, a Go of our own. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment["XDG_CACHE_HOME"];
  const root = base !== undefined && path.isAbsolute(base) ? base : path.join(homedir(), ".cache");
  return path.join(root, "fairlead", "real-plane");
}

/**
 * Runs `work` while no other process does, waiting as long as it takes. The lock is the operating system's lock on a
 * database file: it goes away with the process that holds it, however that process ends, so none is ever stale.
 */
export async function withCacheLock<T>(work: () => Promise<T>, folder: string = cacheFolder()): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(path.join(folder, "lock.sqlite"), { timeout: 0 });
  try {
    for (let attempt = 0; !tryLock(database); attempt++) {
      if (attempt === 0) report("another run is filling the cache; waiting for it");
      await sleep(200);
    }
    removeLeftovers(folder);
    return await work();
  } finally {
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Error && /locked|busy/i.test(error.message)) return false;
    throw error;
  }
}

const temporary = "tmp-";

/** Only the holder of the lock builds, so whatever an interrupted build left is nobody's. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(temporary)) removeTree(path.join(folder, name));
  }
}

/** Gives `work` an empty folder beside its target (so that a rename is atomic) and removes it afterwards. */
export async function withTemporaryFolder<T>(
  work: (folder: string) => Promise<T>,
  root: string = cacheFolder(),
): Promise<T> {
  const folder = path.join(root, `${temporary}${process.pid}-${Date.now().toString(36)}`);
  mkdirSync(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    removeTree(folder);
  }
}

function removeTree(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

export function writeText(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
