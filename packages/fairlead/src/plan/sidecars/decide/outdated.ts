import { compareText, labelSelector, matchesSelector } from "@fairlead/apimachinery";
import { formatRef, type Finding } from "@fairlead/krm";
import type { Decision, Difference, OutdatedPod, ProxyField } from "../model/decision.ts";
import type { Labels, NamespaceFact, PodFact } from "../model/facts.ts";
import type { Doubt } from "../model/question.ts";
import type { SidecarView } from "../model/view.ts";
import { sidecarFinding } from "../findings.ts";
import { restartedForOf } from "../observe/workload.ts";
import { holds } from "../view/take.ts";
import type { Expectation } from "./expectation.ts";
import { differencesOf, targetOfAll, type Found } from "./differences.ts";
import { identityOf } from "./identity.ts";
import { refOf, sortedText, type Marks } from "./marks.ts";
import { restartWay } from "./restart-way.ts";
import { countsOf, zoneOf } from "./rolling.ts";
import type { Group, Subject } from "./subject.ts";
import { timeOf } from "../../shared/time.ts";

/** A group of pods, and what new ones of it would have. */
export type Expected = Expectation & { readonly kind: "known" } & { readonly group: Group };

export interface Compared {
  readonly view: SidecarView;
  readonly subject: Subject;
  readonly namespace: NamespaceFact;
  readonly marks: Marks;
  /** Of the template and the workload. */
  readonly labels: Labels;
  /** At least one. */
  readonly expected: readonly Expected[];
}

/** What can be told of pods whose template was made out from themselves. */
const tellable: readonly ProxyField[] = ["added", "removed", "image", "revision", "placement", "init"];

export function outdatedOrCurrent(compared: Compared): { decision: Decision; doubts: readonly Doubt[] } {
  const { view, subject, namespace, marks, labels, expected } = compared;
  const { workload, fact, pods } = subject;
  const { settings } = view;
  const all = new Map<string, { readonly found: Found; pods: number }>();
  const outdated: PodFact[] = [];
  const doubts: Doubt[] = [];
  for (const { group, proxy, asked, injection } of expected) {
    // A template that holds the proxy itself is renewed by whoever writes it.
    if (injection.kind === "none" && proxy !== undefined) continue;
    const differing: PodFact[] = [];
    const options = { only: group.isExact ? undefined : tellable, isWhole: asked?.isWhole === true };
    for (const pod of group.pods) {
      const found = differencesOf(pod.proxy, proxy, settings.compare, options);
      if (found.length > 0) differing.push(pod);
      for (const one of found) count(all, one);
    }
    outdated.push(...differing);
    const since = asked && doubtOf(differing, subject, asked.at);
    if (asked !== undefined && since !== undefined) doubts.push({ question: asked.question, since });
  }
  if (outdated.length === 0) {
    return { decision: { kind: "current", workload, expected: expected[0]!.proxy }, doubts };
  }
  outdated.sort((a, b) => compareText(a.name, b.name));
  const differences = [...all.values()]
    .map(({ found, pods: of }): Difference => ({ ...found, pods: of }))
    .sort((a, b) => compareText(a.field, b.field) || compareText(a.to, b.to) || compareText(a.from, b.from));
  const way = restartWay(subject.kind, fact, outdated, marks, settings);
  const target = targetOfAll(expected.map(({ proxy }) => proxy));
  const restartedFor = fact === undefined ? "" : restartedForOf(fact);
  const decision: Decision = {
    kind: "outdated",
    workload,
    way,
    differences,
    restarts: way.kind !== "report" && differences.some(({ effect }) => effect === "restart"),
    target,
    restartedFor,
    stillDiffers: restartedFor === target && outdated.some((pod) => isOfRestart(pod, subject, target)),
    pods: countsOf(pods, outdated.length),
    outdated: outdated.map((pod): OutdatedPod => {
      const { name, uid, node, ready, createdAt } = pod;
      return { name, uid, node, zone: zoneOf(view, pod), ready, createdAt };
    }),
    heldBy: heldBy(view, outdated),
    order: marks.order,
    windows: marks.windows,
    identity: identityOf(expected[0]!.group.template, settings.select),
    labels,
    namespaceLabels: namespace.labels,
    findings: findingsOf(compared, differences),
  };
  return { decision, doubts };
}

function count(all: Map<string, { readonly found: Found; pods: number }>, found: Found): void {
  const key = `${found.field}\0${found.from}\0${found.to}`;
  const known = all.get(key);
  if (known === undefined) all.set(key, { found, pods: 1 });
  else known.pods++;
}

/** Whether a pod came to be from the template that was restarted for a target; of a Rollout: what `restartAt` left alone. */
function isOfRestart(pod: PodFact, { fact }: Subject, target: string): boolean {
  if (fact?.kind !== "Rollout") return pod.restartedFor === target;
  const restartAt = timeOf(fact.restartAt ?? "");
  return restartAt !== undefined && (timeOf(pod.createdAt) ?? 0) >= restartAt;
}

/**
 * Pods of the present template that came after the answer. Times of the API server have whole seconds: one of the same second
 * is no proof.
 */
function doubtOf(outdated: readonly PodFact[], { fact, pods }: Subject, at: number): string | undefined {
  const restartedFor = fact === undefined ? "" : restartedForOf(fact);
  const isPresent = (pod: PodFact): boolean => fact?.kind === "Rollout" || pod.restartedFor === restartedFor;
  const young = outdated.filter((pod) => isLater(pod.createdAt, at) && isPresent(pod));
  // A pod of an older template may come to be as well, where a rollout is held half-way.
  const newest = pods.reduce((latest, pod) =>
    latest === undefined || latest.createdAt < pod.createdAt ? pod : latest,
  );
  return young
    .filter(({ templateHash }) => templateHash === newest.templateHash)
    .map(({ createdAt }) => createdAt)
    .sort(compareText)
    .at(-1);
}

function isLater(text: string, time: number | undefined): boolean {
  return time !== undefined && (timeOf(text) ?? 0) > time;
}

function heldBy(view: SidecarView, outdated: readonly PodFact[]): readonly string[] {
  const { cluster, namespace } = outdated[0]!;
  const budgets = view.budgets(cluster, namespace).filter(holds);
  return sortedText(
    budgets
      .filter(({ selector }) => {
        const parsed = labelSelector(selector);
        return parsed !== undefined && outdated.some(({ labels }) => matchesSelector(parsed, labels));
      })
      .map(({ name }) => name),
  );
}

function findingsOf({ view, subject, marks, expected }: Compared, differences: readonly Difference[]): Finding[] {
  const { workload } = subject;
  const object = refOf(workload);
  const about = `${formatRef(object)} in cluster ${workload.cluster}`;
  const findings: Finding[] = [...marks.problems];
  const { injection } = expected[0]!;
  if (injection.kind === "several") {
    const message = `${about}: ${[...injection.others, injection.injector.id].join(", ")} are called for its pods`;
    findings.push(sidecarFinding("FL861", { object, message }));
  }
  const image = differences.find(({ field, effect }) => field === "image" && effect === "report");
  if (image !== undefined && view.settings.compare.fields.image === "restart") {
    const message = `${about}: ${image.from} and ${image.to} may be the same`;
    findings.push(sidecarFinding("FL866", { object, message }));
  }
  return findings;
}
