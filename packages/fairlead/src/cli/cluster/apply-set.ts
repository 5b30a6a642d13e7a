import { dns1123SubdomainProblem } from "@fairlead/apimachinery";
import { hasErrors, type Finding } from "@fairlead/krm";
import type { ApplySetOptions } from "@fairlead/kube";
import { setParent, unnamedSet, unnamedSetId } from "../../run/unnamed-set.ts";
import { version } from "../../version.ts";
import { cliFinding, nothingFound } from "../findings.ts";
import type { Loaded } from "../load.ts";
import { objectsOf } from "../render.ts";
import { clusterFinding } from "./findings.ts";
import type { SetFlags } from "./set-flags.ts";

/**
 * The same field manager as the workloads controller's: whoever moves from the command line to the controller owns the
 * fields already.
 */
export function setOptions({ set = unnamedSet, ...flags }: SetFlags, namespace: string): ApplySetOptions {
  return {
    parent: setParent(set, namespace),
    fieldManager: "fairlead/workloads",
    tooling: `fairlead/v${version}`,
    prune: flags.prune === true,
    adopt: flags.adopt === true,
    allow: flags.allow ?? [],
    complete: true,
    namespace,
    ...(set === unnamedSet ? {} : { absorbs: [unnamedSetId(namespace)] }),
  };
}

/**
 * Two folders that are applied without a name share the unnamed set: pruning it for one of them would delete the other.
 */
export function checkSet({ set, prune }: SetFlags): Finding | undefined {
  if (prune === true && (set === undefined || set === unnamedSet)) {
    const also = set === undefined ? "" : `, and --set ${unnamedSet} is everything that was applied without it`;
    return clusterFinding("FL771", { message: `--prune needs --set to say what belongs together${also}` });
  }
  if (set === undefined) return undefined;
  const problem = dns1123SubdomainProblem(`fairlead-${set}`);
  return problem === undefined
    ? undefined
    : clusterFinding("FL765", { message: `--set: ${JSON.stringify(set)} cannot be a name: ${problem}` });
}

/**
 * What is wrong when the input holds nothing. With --prune that would delete all that the set holds: a pipe whose first
 * command has failed must not do that.
 */
export function emptyFindings({ set, prune }: SetFlags, { compiled, files }: Loaded): readonly Finding[] {
  const isEmpty = !hasErrors(compiled.findings) && objectsOf(compiled).length === 0;
  if (prune !== true || !isEmpty) return nothingFound(compiled, files);
  const message = "what was read becomes no object, and --prune would delete everything in the set";
  const hint = `check -f and -e; if it is meant, \`fairlead delete --set ${set ?? unnamedSet}\` deletes the set`;
  return [cliFinding("FL607", { message, hint, severity: "error" })];
}
