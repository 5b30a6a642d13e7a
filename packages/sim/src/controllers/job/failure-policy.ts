import type { ContainerStatus, Pod } from "../common/objects.ts";
import { indexFailuresAnnotation, indexIgnoredAnnotation, isPodFailed, type Job, type PodFailureRule } from "./job.ts";

export interface FailureMatch {
  /** Why the whole Job fails. */
  readonly failsJob: string | undefined;
  /** Whether it counts towards the back-off limit. */
  readonly counts: boolean;
  readonly action: string | undefined;
}

/** What the first rule of the pod failure policy that matches says. */
export function matchFailurePolicy({ spec }: Job, pod: Pod): FailureMatch {
  const rules = spec.podFailurePolicy?.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    const why = matches(pod, rule);
    if (why === undefined) continue;
    switch (rule.action) {
      case "Ignore":
        return { failsJob: undefined, counts: false, action: rule.action };
      case "Count":
      case "FailIndex":
        return { failsJob: undefined, counts: true, action: rule.action };
      case "FailJob":
        return { failsJob: `${why} matching FailJob rule at index ${index}`, counts: true, action: rule.action };
      default:
    }
  }
  return { failsJob: undefined, counts: true, action: undefined };
}

function matches({ metadata, status }: Pod, { onExitCodes, onPodConditions }: PodFailureRule): string | undefined {
  const name = `${metadata.namespace}/${metadata.name}`;
  if (onExitCodes !== undefined) {
    const failed =
      exited(status?.containerStatuses ?? [], onExitCodes) ?? exited(status?.initContainerStatuses ?? [], onExitCodes);
    if (failed === undefined) return undefined;
    return `Container ${failed.name} for pod ${name} failed with exit code ${failed.state?.terminated?.exitCode}`;
  }
  const condition = (status?.conditions ?? []).find((one) =>
    onPodConditions?.some((pattern) => pattern.type === one.type && pattern.status === one.status),
  );
  return condition === undefined ? undefined : `Pod ${name} has condition ${condition.type}`;
}

function exited(
  statuses: readonly ContainerStatus[],
  { containerName, operator, values }: NonNullable<PodFailureRule["onExitCodes"]>,
): ContainerStatus | undefined {
  return statuses.find(({ name, state }) => {
    const code = state?.terminated?.exitCode;
    if (code === undefined || code === 0 || (containerName !== undefined && containerName !== name)) return false;
    return operator === "In" ? values.includes(code) : operator === "NotIn" && !values.includes(code);
  });
}

function countAt({ metadata }: Pod, annotation: string): number {
  const text = metadata.annotations?.[annotation] ?? "";
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 31 ? Number(text) : 0;
}

/** How often an index has failed before this pod, ignored failures included. */
export function indexFailures(pod: Pod): number {
  return countAt(pod, indexFailuresAnnotation) + countAt(pod, indexIgnoredAnnotation);
}

/** Whether the failure of the pod is the one too many of its index. */
export function isIndexFailed(job: Job, pod: Pod): boolean {
  if (!isPodFailed(pod, job)) return false;
  const { counts, action } = matchFailurePolicy(job, pod);
  if (job.spec.podFailurePolicy !== undefined && action === "FailIndex") return true;
  return counts && countAt(pod, indexFailuresAnnotation) >= (job.spec.backoffLimitPerIndex ?? 0);
}

/** The annotations of the pod that follows a failed one of the same index. */
export function failureAnnotations(job: Job, replaced: Pod | undefined): { [key: string]: string } {
  if (replaced === undefined) return { [indexFailuresAnnotation]: "0" };
  const { counts } = matchFailurePolicy(job, replaced);
  const failures = countAt(replaced, indexFailuresAnnotation) + (counts ? 1 : 0);
  const ignored = countAt(replaced, indexIgnoredAnnotation) + (counts ? 0 : 1);
  return {
    [indexFailuresAnnotation]: String(failures),
    ...(ignored > 0 ? { [indexIgnoredAnnotation]: String(ignored) } : {}),
  };
}
