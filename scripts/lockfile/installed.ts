import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Lockfile } from "./check.ts";
import { isAllowed } from "./check.ts";

/** Installed packages whose own package.json names another licence than the lockfile, if it is not allowed. */
export function checkInstalled(root: string, lock: Lockfile): string[] {
  const problems: string[] = [];
  for (const at of Object.keys(lock.packages)) {
    const file = path.join(root, at, "package.json");
    if (!at.includes("node_modules/") || lock.packages[at]?.link === true || !existsSync(file)) continue;
    const { license } = JSON.parse(readFileSync(file, "utf8")) as { license?: unknown };
    if (typeof license === "string" && !isAllowed(license))
      problems.push(`${at} is installed with the licence ${license}, which is not allowed`);
  }
  return problems;
}
