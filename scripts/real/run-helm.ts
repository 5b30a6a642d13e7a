import path from "node:path";
import { ensureTool } from "./ensure-tool.ts";
import { execute, type Execution } from "./execute.ts";

/** Runs Helm with `kubeconfig` of a folder, in which everything else that it writes lies, too. */
export async function runHelm(folder: string, parameters: readonly string[]): Promise<Execution> {
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    KUBECONFIG: path.join(folder, "kubeconfig"),
    HELM_CACHE_HOME: path.join(folder, "cache"),
    HELM_CONFIG_HOME: path.join(folder, "config"),
    HELM_DATA_HOME: path.join(folder, "data"),
  };
  return execute(await ensureTool("helm"), parameters, { env, timeoutMs: 90_000 });
}
