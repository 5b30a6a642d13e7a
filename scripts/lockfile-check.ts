/** Part of `npm test`: the lockfile is complete, names no addresses, and brings only licences that we may pass on. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { checkLockfile, type Lockfile } from "./lockfile/check.ts";
import { checkInstalled } from "./lockfile/installed.ts";

const root = path.dirname(import.meta.dirname);
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), "utf8"));
const lock = read("package-lock.json") as Lockfile;
const { workspaces } = read("package.json") as { workspaces: string[] };
const folders = ["", ...workspaces.flatMap((pattern) => globSync(pattern, { cwd: root }))];
const manifests = new Map(folders.map((folder) => [folder, read(path.join(folder, "package.json")) as object]));
const problems = [...checkLockfile(lock, manifests), ...checkInstalled(root, lock)];
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
