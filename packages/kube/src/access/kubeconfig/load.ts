import os from "node:os";
import path from "node:path";
import { decodeText, type Finding } from "@fairlead/krm";
import { readBounded, whyUnreadable } from "../read-bounded.ts";
import { accessFindings } from "./findings.ts";
import { mergeKubeconfigs } from "./merge.ts";
import { type KubeconfigResult, maximumKubeconfig, readKubeconfig } from "./read.ts";

export interface LoadKubeconfigOptions {
  /** These files and no others (`--kubeconfig`). Each has to exist. */
  readonly paths?: readonly string[];
  /** Where KUBECONFIG is looked up: a list as of PATH; files of it may be missing. The process' own unless told. */
  readonly env?: { readonly [name: string]: string | undefined };
  /** Whose `.kube/config` is read when nothing else is named; it may be missing. The user's own unless told. */
  readonly home?: string;
}

/** Reads the kubeconfigs that kubectl would read and merges them as it does. I/O problems are findings. */
export async function loadKubeconfig(options: LoadKubeconfigOptions = {}): Promise<KubeconfigResult> {
  const { files, required, listed } = filesOf(options);
  const results = await Promise.all(files.map((file) => loadFile(file, required)));
  const read = results.filter((result) => result !== undefined);
  const findings = read.flatMap((result) => result.findings);
  if (listed && files.length > 0 && read.length === 0) findings.push(allMissing(files));
  return { config: mergeKubeconfigs(read.map(({ config }) => config)), findings };
}

interface Files {
  readonly files: readonly string[];
  readonly required: boolean;
  /** By the variable. */
  readonly listed: boolean;
}

function filesOf({ paths, env = process.env, home }: LoadKubeconfigOptions): Files {
  if (paths !== undefined && paths.length > 0) return { files: [...new Set(paths)], required: true, listed: false };
  const variable = env["KUBECONFIG"] ?? "";
  if (variable !== "") {
    const files = variable.split(path.delimiter).filter((file) => file !== "");
    return { files: [...new Set(files)], required: false, listed: true };
  }
  return { files: [path.join(home ?? os.homedir(), ".kube", "config")], required: false, listed: false };
}

/** Undefined for a file that is missing and may be. */
async function loadFile(file: string, required: boolean): Promise<KubeconfigResult | undefined> {
  let bytes: Buffer | undefined;
  try {
    bytes = await readBounded(file, maximumKubeconfig);
  } catch (error) {
    if (!required && error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    return failed(accessFindings("FL720", { file, message: `the kubeconfig cannot be read: ${whyUnreadable(error)}` }));
  }
  if (bytes === undefined) {
    const message = `the kubeconfig has more than ${maximumKubeconfig} bytes`;
    return failed(
      accessFindings("FL720", { file, message, hint: "split it into several files and list them in KUBECONFIG" }),
    );
  }
  const decoded = decodeText(bytes, file);
  if ("finding" in decoded) {
    const message = "the kubeconfig is not UTF-8 text";
    return failed(accessFindings("FL721", { file, message, hint: "name another file, or save it as UTF-8" }));
  }
  return readKubeconfig(decoded.text, { file, folder: path.dirname(path.resolve(file)) });
}

function failed(finding: Finding): KubeconfigResult {
  return { config: mergeKubeconfigs([]), findings: [finding] };
}

function allMissing(files: readonly string[]): Finding {
  return accessFindings("FL720", {
    severity: "warning",
    message: `none of the files that KUBECONFIG lists exists: ${files.slice(0, 5).join(", ")}`,
    hint: "correct or unset the variable KUBECONFIG",
  });
}
