/**
 * The order in which discovery shows the versions of a group that have the same priority: v2, v1, v2beta1, v1beta2,
 * v1alpha1, then what is no version of Kubernetes' own form, by name. Negative when `a` comes first.
 */
export function compareVersions(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1;
    if (right !== undefined) return 1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return right.stage - left.stage || right.major - left.major || right.minor - left.minor;
}

const stages = { alpha: 0, beta: 1 } as const;

function parse(
  version: string,
): { readonly stage: number; readonly major: number; readonly minor: number } | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return undefined;
  const stage = match[2] === undefined ? 2 : stages[match[2] as "alpha" | "beta"];
  return { stage, major: Number(match[1]), minor: Number(match[3] ?? 0) };
}
