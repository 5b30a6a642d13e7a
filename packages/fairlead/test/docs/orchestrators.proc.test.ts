import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fencesOf } from "./support/fences.ts";
import { needOf, runPage, updating, type Tools } from "./support/page.ts";
import { pages, read, root } from "./support/repository.ts";

/** Where `npm run test:real` builds what it needs; what lies there is as good as what lies on the PATH. */
const cache = path.join(process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "fairlead", "real-plane");
const kustomizeVersion = "5.8.1";

function folderOf(program: string): string | undefined {
  const built = program === "kustomize" ? [path.join(cache, `kustomize-${kustomizeVersion}`)] : [];
  return [...built, ...(process.env["PATH"] ?? "").split(path.delimiter)].find((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A folder for the PATH whose `fairlead` runs the sources of this checkout. */
function folderWithFairlead(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-path-"));
  const main = path.join(root, "packages/fairlead/src/main.ts");
  const options = "--conditions=@fairlead/source --disable-warning=ExperimentalWarning";
  const file = path.join(folder, "fairlead");
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" ${options} "${main}" "$@"\n`);
  chmodSync(file, 0o755);
  return folder;
}

function toolsWith(search: string, needs: readonly string[]): Tools {
  const env = { ...process.env, PATH: search };
  const program: Tools["program"] = (name, args, cwd) => {
    const { status, stdout, stderr, error } = spawnSync(name, args, { cwd, env, encoding: "utf8" });
    if (error !== undefined) throw error;
    return { code: status ?? 1, text: stdout + stderr };
  };
  return { needs, env, program };
}

for (const file of pages()) {
  const needed = new Set(fencesOf(read(file)).flatMap((fence) => needOf(fence) ?? []));
  // test/real/docs.cluster.test.ts runs these.
  needed.delete("cluster");
  if (needed.size === 0) continue;
  test(`${file} shows what ${[...needed].join(" and ")} print`, async (t) => {
    const folders = [...needed].map(folderOf);
    if (folders.includes(undefined)) {
      t.diagnostic(`not checked, for want of ${[...needed].join(" or ")} on the PATH`);
      return;
    }
    const own = folderWithFairlead();
    try {
      const search = [own, ...folders, process.env["PATH"] ?? ""].join(path.delimiter);
      assert.deepEqual(await runPage(file, toolsWith(search, [...needed])), []);
      if (updating) t.diagnostic(`${file} was brought up to date`);
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  });
}
