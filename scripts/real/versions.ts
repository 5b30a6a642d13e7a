import { RealPlaneError } from "./errors.ts";

/**
 * Releases of Kubernetes that are known to build and start with these recipes: the newest and the oldest supported, and
 * one whose kubectl is four releases behind the server.
 */
const releases: Readonly<Record<string, string>> = { "1.36": "1.36.3", "1.32": "1.32.13", "1.30": "1.30.14" };

export const newestKubernetes = "1.36";

/** The environment variable by which the runner tells suites which release they are run for. */
export const kubernetesVariable = "FAIRLEAD_REAL_KUBERNETES";

/**
 * `1.30` → `1.30.14`; a full release such as `1.33.2` stands for itself. Nothing: what the run is for, else the newest.
 */
export function kubernetesRelease(wanted: string = process.env[kubernetesVariable] ?? newestKubernetes): string {
  const text = wanted.replace(/^v/, "");
  if (/^1\.\d+\.\d+$/.test(text)) return text;
  const release = Object.hasOwn(releases, text) ? releases[text] : undefined;
  if (release !== undefined) return release;
  const known = Object.keys(releases).join(", ");
  throw new RealPlaneError(
    "unknown-version",
    `Kubernetes ${JSON.stringify(wanted)} is not known here; write ${known} or a full release such as 1.33.2`,
  );
}
