import { get, type JsonValue } from "@fairlead/apimachinery";

export interface Told {
  readonly reason: string;
  readonly message: string;
}

export interface Limited extends Told {
  readonly replicas: number;
  readonly isLimited: boolean;
}

export interface Timed {
  readonly at: number;
  readonly replicas: number;
}

/** What happened to one autoscaler's target. */
export interface ScalingHistory {
  readonly recommendations: readonly Timed[];
  readonly ups: readonly Timed[];
  readonly downs: readonly Timed[];
}

export interface LimitInput {
  readonly behavior: JsonValue | undefined;
  readonly current: number;
  readonly desired: number;
  readonly least: number;
  readonly most: number;
  readonly history: ScalingHistory;
  readonly now: number;
}

const usualWindow = 300;

/** The recommendation of the stabilization windows: nothing is scaled that was not wanted for long enough. */
export function stabilized({ behavior, current, desired, history, now }: LimitInput): number {
  if (behavior === undefined) {
    const recent = history.recommendations.filter(({ at }) => at >= now - usualWindow * 1000);
    return Math.max(desired, ...recent.map(({ replicas }) => replicas));
  }
  const within = (seconds: number): readonly number[] =>
    history.recommendations.filter(({ at }) => at > now - seconds * 1000).map(({ replicas }) => replicas);
  const up = Math.min(desired, ...within(numberOf(get(get(behavior, "scaleUp"), "stabilizationWindowSeconds")) ?? 0));
  const down = Math.max(
    desired,
    ...within(numberOf(get(get(behavior, "scaleDown"), "stabilizationWindowSeconds")) ?? usualWindow),
  );
  return Math.min(Math.max(current, up), down);
}

export function stabilization(input: LimitInput, recommended: number): Told {
  if (recommended === input.desired)
    return { reason: "ReadyForNewScale", message: "recommended size matches current size" };
  if (input.behavior !== undefined && input.desired >= input.current) {
    return {
      reason: "ScaleUpStabilized",
      message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
    };
  }
  return {
    reason: "ScaleDownStabilized",
    message: "recent recommendations were higher than current one, applying the highest recent recommendation",
  };
}

const inRange = { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };
const tooFew = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};
const tooMany = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const tooFastUp = {
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
};
const tooFastDown = {
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
};

/** What bounds and policies leave of a recommendation. */
export function limited(input: LimitInput): Limited {
  const { behavior, current, desired, least, most, history } = input;
  const free: Limited = { ...inRange, replicas: desired, isLimited: false };
  const at = (replicas: number, why: Told): Limited => ({ ...why, replicas, isLimited: true });
  if (behavior === undefined) {
    const fastest = Math.max(2 * current, 4);
    if (desired < least) return at(least, tooFew);
    if (desired > Math.min(most, fastest)) return most > fastest ? at(fastest, tooFastUp) : at(most, tooMany);
    return free;
  }
  if (desired > current) {
    const fastest = Math.max(current, upLimit(input, get(behavior, "scaleUp"), history));
    if (desired > Math.min(most, fastest)) return most > fastest ? at(fastest, tooFastUp) : at(most, tooMany);
  } else if (desired < current) {
    const fastest = Math.min(current, downLimit(input, get(behavior, "scaleDown"), history));
    if (desired < Math.max(least, fastest)) return least < fastest ? at(fastest, tooFastDown) : at(least, tooFew);
  }
  return free;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** What each policy would allow, from where the period began. */
function proposals(
  { current, now }: LimitInput,
  rules: JsonValue | undefined,
  { ups, downs }: ScalingHistory,
  propose: (start: number, type: JsonValue | undefined, value: number) => number,
): readonly number[] {
  const policies = get(rules, "policies");
  return (Array.isArray(policies) ? policies : []).map((policy) => {
    const since = now - (numberOf(get(policy, "periodSeconds")) ?? 0) * 1000;
    const changed = (list: readonly Timed[]): number =>
      list.reduce((sum, { at, replicas }) => (at > since ? sum + replicas : sum), 0);
    const start = current - changed(ups) + changed(downs);
    return propose(start, get(policy, "type"), numberOf(get(policy, "value")) ?? 0);
  });
}

function upLimit(input: LimitInput, rules: JsonValue | undefined, history: ScalingHistory): number {
  const policy = get(rules, "selectPolicy");
  if (policy === "Disabled") return input.current;
  const all = proposals(input, rules, history, (start, type, value) =>
    type === "Pods" ? start + value : Math.ceil(start * (1 + value / 100)),
  );
  return policy === "Min" ? Math.min(...all) : Math.max(...all);
}

function downLimit(input: LimitInput, rules: JsonValue | undefined, history: ScalingHistory): number {
  const policy = get(rules, "selectPolicy");
  if (policy === "Disabled") return input.current;
  const all = proposals(input, rules, history, (start, type, value) =>
    type === "Pods" ? start - value : Math.trunc(start * (1 - value / 100)),
  );
  return policy === "Min" ? Math.max(...all) : Math.min(...all);
}
