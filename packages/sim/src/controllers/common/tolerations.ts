export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

export interface TaintLike {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export function tolerates(
  { key = "", operator = "Equal", value = "", effect = "" }: Toleration,
  taint: TaintLike,
): boolean {
  if (effect !== "" && effect !== taint.effect) return false;
  if (key !== "" && key !== taint.key) return false;
  if (operator === "Exists") return true;
  return (operator === "Equal" || operator === "") && value === (taint.value ?? "");
}

/** A taint of one of the effects that nothing tolerates. */
export function untolerated(
  taints: readonly TaintLike[],
  tolerations: readonly Toleration[],
  effects: readonly string[],
): TaintLike | undefined {
  return taints.find(
    (taint) => effects.includes(taint.effect) && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}
