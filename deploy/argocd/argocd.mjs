// The two commands of the Argo CD plugin. Argo CD runs them in the Application's folder.
//   argocd.mjs             renders the folder on stdout
//   argocd.mjs --discover  prints something when the folder is for Fairlead
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const fairlead = process.env.FAIRLEAD ?? path.join(import.meta.dirname, "fairlead.mjs");

/** Manifests below the folder, links not followed, so that nothing outside the Application's source is read. */
function manifests(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
    if (entry.isDirectory()) return manifests(name);
    return entry.isFile() && /\.ya?ml$/.test(entry.name) ? [name] : [];
  });
}

if (process.argv.includes("--discover")) {
  const found = manifests(".").find((name) => /^apiVersion:\s*["']?fairlead\.dev\//m.test(readFileSync(name, "utf8")));
  if (found !== undefined) process.stdout.write(`${found}\n`);
} else {
  const environment = process.env.ARGOCD_ENV_FAIRLEAD_ENVIRONMENT;
  const args = ["render", "-f", ".", ...(environment ? ["--environment", environment] : [])];
  const { status, error } = spawnSync(process.execPath, [fairlead, ...args], { stdio: "inherit" });
  if (error) throw error;
  process.exitCode = status ?? 1;
}
