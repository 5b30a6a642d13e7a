import type { Release } from "./files.ts";

const busy = 5;

/**
 * Locks a file as SQLite locks its databases: Node has no lock of its own, and this one belongs to the kernel, so that
 * it ends with the process however that ends, and no stale one is ever left. The file stays empty.
 */
export function lockFile(path: string): Release | "taken" {
  // Loaded here: early releases of Node 24 warn of it, which is nobody's business who keeps nothing on disk.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === busy) return "taken";
    throw error;
  }
  return () => database.close();
}
