import { compareText } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { isKubeError, type Resource } from "@fairlead/kube";
import { errorFinding } from "../cluster/error-finding.ts";

/** A kind that could not be read. */
export interface ReadFailure {
  readonly resource: Resource;
  readonly error: unknown;
}

/**
 * What could not be read, each once. All kinds that the user may not read are one finding, in the words that the server
 * has for the first: whoever lacks one role lacks it for all of them.
 */
export function readFindings(failures: readonly ReadFailure[]): Finding[] {
  const named = new Map(failures.map((failure) => [nameOf(failure.resource), failure]));
  const sorted = [...named].sort(([a], [b]) => compareText(a, b));
  const refused = sorted.filter(([, { error }]) => isKubeError(error, "forbidden"));
  const others = sorted.filter(([, { error }]) => !isKubeError(error, "forbidden"));
  const [first, ...rest] = refused;
  const findings = others.map(([, { error }]) => errorFinding(error));
  if (first === undefined) return findings;
  const finding = errorFinding(first[1].error);
  if (rest.length === 0) return [finding, ...findings];
  const names = rest.map(([name]) => name).join(", ");
  return [{ ...finding, message: `${finding.message}; the same holds for ${names}` }, ...findings];
}

function nameOf({ plural, group }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}
