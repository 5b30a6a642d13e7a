import { dns1123SubdomainProblem } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { applySetId, type ApplySetOptions, type ApplySetParent, type Resource } from "@fairlead/kube";
import { version } from "../../version.ts";
import { clusterFinding } from "./findings.ts";
import type { SetFlags } from "./set-flags.ts";

/** The set of objects that were applied without `--set`; its members may move into a named set at any time. */
const unnamedSet = "default";

const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };

/** The ConfigMap `fairlead-<set>` that stands for a set in its namespace. */
function parentOf(set: string, namespace: string): ApplySetParent {
  return { resource: configMaps, key: { namespace, name: `fairlead-${set}` } };
}

/**
 * The same field manager as the workloads controller's: whoever moves from the command line to the controller owns the
 * fields already.
 */
export function setOptions({ set = unnamedSet, ...flags }: SetFlags, namespace: string): ApplySetOptions {
  return {
    parent: parentOf(set, namespace),
    fieldManager: "fairlead/workloads",
    tooling: `fairlead/v${version}`,
    prune: flags.prune === true,
    adopt: flags.adopt === true,
    allow: flags.allow ?? [],
    complete: true,
    namespace,
    ...(set === unnamedSet ? {} : { absorbs: [applySetId(parentOf(unnamedSet, namespace))] }),
  };
}

/**
 * Two folders that are applied without a name share the unnamed set: pruning it for one of them would delete the other.
 */
export function checkSet({ set, prune }: SetFlags): Finding | undefined {
  if (set === undefined) {
    return prune === true
      ? clusterFinding("FL771", { message: "--prune needs --set to say what belongs together" })
      : undefined;
  }
  const problem = dns1123SubdomainProblem(`fairlead-${set}`);
  return problem === undefined
    ? undefined
    : clusterFinding("FL765", { message: `--set: ${JSON.stringify(set)} cannot be a name: ${problem}` });
}
