import { spawn } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { InputError } from "./error.ts";

export interface KustomizeOptions {
  readonly allowRemote: boolean;
  /** What a relative folder is relative to. Findings name folders as they were given. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** kustomize itself, then the one inside kubectl; both print the objects on stdout. */
const commands: readonly (readonly [string, readonly string[]])[] = [
  ["kustomize", ["build"]],
  ["kubectl", ["kustomize"]],
];

/**
 * Builds a kustomization with the user's own kustomize or kubectl.
 * @throws {InputError} when neither is there, the build fails, or a base is remote and that was not allowed.
 */
export async function buildKustomization(folder: string, options: KustomizeOptions): Promise<string> {
  if (!options.allowRemote) await refuseRemote(folder, options.cwd, new Set());
  const full = path.resolve(options.cwd, folder);
  for (const [command, args] of commands) {
    const result = await run(command, [...args, full], options.env);
    if (result === undefined) continue;
    if (result.code !== 0) {
      const said = result.stderr.trim().replaceAll(full, folder);
      throw new InputError(
        "kustomize-failed",
        `${command} ${args.join(" ")} ${folder} ended with exit code ${result.code}:\n${said}`,
        result.stderr.includes("external plugins disabled") ? { hint: pluginHint } : {},
      );
    }
    return result.stdout;
  }
  throw new InputError(
    "kustomize-missing",
    `${folder} is a kustomization, and neither kustomize nor kubectl is on the PATH`,
    {
      hint: "install one of them, or name the files themselves with -f",
    },
  );
}

const pluginHint =
  "it runs functions itself, perhaps Fairlead already: build it with `kustomize build --enable-alpha-plugins --enable-exec`, or name a base without them";

interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<RunResult | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") resolve(undefined);
      else reject(error);
    });
    child.on("close", (code) => {
      resolve({ code, stdout: Buffer.concat(out).toString("utf8"), stderr: Buffer.concat(err).toString("utf8") });
    });
  });
}

/** The fields of a kustomization that name files or folders, and therefore possibly something remote. */
const referring = [
  "resources",
  "bases",
  "components",
  "crds",
  "configurations",
  "generators",
  "transformers",
  "validators",
];

/** Walks a kustomization and its local bases, and refuses the first entry that would be fetched. */
async function refuseRemote(folder: string, cwd: string, seen: Set<string>): Promise<void> {
  const full = path.resolve(cwd, folder);
  if (seen.has(full)) return;
  seen.add(full);
  const file = (await readdir(full)).find((name) => /^(kustomization\.ya?ml|Kustomization)$/.test(name));
  if (file === undefined) return;
  const name = path.join(folder, file);
  const { documents } = parseStream(await readFile(path.join(full, file), "utf8"), { file: name });
  const value = documents[0]?.value;
  if (isObject(get(value, "helmCharts")) || Array.isArray(get(value, "helmCharts")))
    throw remote(name, "helmCharts", "a chart");
  for (const field of referring) {
    const entries = get(value, field);
    for (const entry of Array.isArray(entries) ? entries : []) {
      if (typeof entry !== "string") continue;
      if (isRemote(entry)) throw remote(name, field, JSON.stringify(entry));
      await refuseRemote(path.join(folder, entry), cwd, seen).catch(ignoreMissing);
    }
  }
}

/** A missing or plain-file base is kustomize's to report, with its own words. */
function ignoreMissing(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
}

/** What kustomize fetches: URLs, `git@host:path`, `github.com/…`, anything with `?ref=`, `//` inside. */
export function isRemote(entry: JsonValue): boolean {
  if (typeof entry !== "string") return false;
  return (
    /^[a-z][a-z0-9+.-]*:\/\//i.test(entry) ||
    /^[\w.-]+@[\w.-]+:/.test(entry) ||
    /^(github\.com|gitlab\.com|bitbucket\.org)[/:]/i.test(entry) ||
    /[?&](ref|version|timeout|submodules)=/.test(entry) ||
    /^(?!\.{0,2}\/)[\w.-]+\.[a-z]{2,}\/.*\/\//i.test(entry)
  );
}

function remote(file: string, field: string, what: string): InputError {
  return new InputError("remote-refused", `${file}: ${field} names ${what}, which would be fetched from a network`, {
    hint: "rendering is hermetic; vendor it into the repository, or allow it with --allow-remote",
  });
}
