import { spawn } from "node:child_process";
import path from "node:path";
import { InputError } from "./error.ts";
import { refuseRemote } from "./remote.ts";

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
  const env = options.allowRemote ? options.env : withoutNetwork(options.env);
  for (const [command, args] of commands) {
    const result = await run(command, [...args, full], env);
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

/** What the walk over the files cannot see, such as a generator's own file: git and HTTP lead nowhere. */
function withoutNetwork(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const nowhere = "http://127.0.0.1:9";
  const proxies = { HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, NO_PROXY: "" };
  const lower = { http_proxy: nowhere, https_proxy: nowhere, no_proxy: "" };
  return { ...env, ...proxies, ...lower, GIT_ALLOW_PROTOCOL: "none" };
}

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
