import type { Decision, Workload } from "../model/decision.ts";
import type { Answers, Doubt } from "../model/question.ts";
import type { ClusterView, Decide, Decided, SidecarView } from "../model/view.ts";
import { roleOf } from "../observe/made-by.ts";
import { isNodeAgent } from "./agents.ts";
import { expectationOf, meetingOf, type Expectation } from "./expectation.ts";
import { exclusionOf, marksOf } from "./marks.ts";
import { outdatedOrCurrent, type Expected } from "./outdated.ts";
import { progressOf, rollingOf } from "./rolling.ts";
import { subjectOf, type Subject } from "./subject.ts";

/**
 * What is so with a workload: which injectors a new pod of it would meet, what they answer, and how its pods differ from
 * that. What is not known is `unknown`, and never a difference.
 */
export const decide: Decide = (view, key, answers) => {
  const subject = subjectOf(view, key);
  return subject === undefined ? only(undefined) : decideSubject(view, subject, answers);
};

const agentReason = "it is an agent of the node, which is upgraded with Istio itself";

function only(decision: Decision | undefined): Decided {
  return { decision, needs: [], doubts: [] };
}

function decideSubject(view: SidecarView, subject: Subject, answers: Answers): Decided {
  const { workload, fact, pods, groups, kind } = subject;
  const { cluster } = workload;
  const unknown = (reason: string): Decided => only({ kind: "unknown", workload, reason });
  const stale = whyNot(cluster, view.cluster(cluster)?.state ?? "unread");
  const namespace = view.namespace(cluster, workload.namespace);
  if (namespace === undefined) return unknown(stale ?? `namespace ${workload.namespace} is not known`);
  const template = groups[0]?.template;
  const marks = marksOf(workload, fact, template, namespace);
  const isAgent = template !== undefined && isNodeAgent(template);
  const labels = { ...template?.labels, ...fact?.labels };
  const exclusion = isAgent ? agentReason : exclusionOf(marks, labels, namespace, view.settings);
  if (stale !== undefined) return exclusion === undefined ? unknown(stale) : excluded(workload, exclusion);
  // Of a kind that is read, and not there: its pods came before it, or it is gone and they will be.
  if (fact === undefined && roleOf(kind) !== undefined) return unknown(`${kind} ${workload.name} is not known (yet)`);
  if (template === undefined) return unknown(noTemplate(subject));
  const meetings = groups.map((group) => meetingOf(view, cluster, namespace, group));
  const isOutside = meetings.every(({ injection, own }) => injection.kind === "none" && own === undefined);
  if (isOutside && pods.every(({ proxy }) => proxy === undefined)) return only({ kind: "outside", workload });
  if (exclusion !== undefined) return excluded(workload, exclusion);
  if (progressOf(subject) === "rolling") return only(rollingOf(view, subject, template));
  if (pods.length === 0) return only({ kind: "current", workload, expected: undefined });
  const expected: Expected[] = [];
  const missing: (Expectation & { readonly kind: "unknown" })[] = [];
  for (const meeting of meetings) {
    const expectation = expectationOf(view, cluster, namespace, meeting, answers);
    if (expectation.kind === "unknown") missing.push(expectation);
    else expected.push({ ...expectation, group: meeting.group });
  }
  if (missing.length > 0) return notKnown(workload, missing);
  const { decision, doubts } = outdatedOrCurrent({ view, subject, namespace, marks, labels, expected });
  return { decision, needs: [], doubts: doubts satisfies readonly Doubt[] };
}

function notKnown(workload: Workload, missing: readonly (Expectation & { readonly kind: "unknown" })[]): Decided {
  const { reason, question } = missing[0]!;
  return {
    decision: { kind: "unknown", workload, reason, ...(question === undefined ? {} : { question }) },
    needs: missing.flatMap((one) => (one.isNeeded && one.question !== undefined ? [one.question] : [])),
    doubts: [],
  };
}

function excluded(workload: Workload, reason: string): Decided {
  return only({ kind: "excluded", workload, reason });
}

function whyNot(cluster: string, state: ClusterView["state"]): string | undefined {
  switch (state) {
    case "current":
      return undefined;
    case "stale":
      return `what is known of cluster ${cluster} is old`;
    case "paused":
      return `cluster ${cluster} is paused`;
    case "unread":
      return `cluster ${cluster} is not read (yet)`;
  }
}

function noTemplate({ fact, workload }: Subject): string {
  if (fact?.templateOf !== undefined)
    return `Deployment ${fact.templateOf}, whose template it uses, is not known (yet)`;
  return `${workload.kind} ${workload.name} has no pod template that can be read`;
}
