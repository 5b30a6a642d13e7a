import type { NamespaceFact, PodTemplate, ProxyShape } from "../model/facts.ts";
import type { Answers, Injection, Injector, Question } from "../model/question.ts";
import type { CompareSettings } from "../model/settings.ts";
import type { SidecarView } from "../model/view.ts";
import { expectedProxyOf } from "../observe/proxy-shape.ts";
import { injectionOf } from "./injection.ts";
import { questionOf } from "./question.ts";
import type { Group } from "./subject.ts";
import { asksForInjection } from "./wish.ts";

/** What new pods of a template would have. */
export type Expectation =
  | {
      readonly kind: "known";
      readonly proxy: ProxyShape | undefined;
      readonly injection: Injection;
      /** Who said so, and when (ms since the epoch); undefined: no injector has a say. */
      readonly asked?: { readonly question: Question; readonly at: number; readonly isWhole: boolean };
    }
  | { readonly kind: "unknown"; readonly reason: string; readonly question?: Question; readonly isNeeded: boolean };

/** What new pods of a group would meet, before anybody is asked. */
export interface Meeting {
  readonly group: Group;
  readonly injection: Injection;
  /** The proxy that the template holds itself. */
  readonly own: ProxyShape | undefined;
}

export function meetingOf(view: SidecarView, cluster: string, namespace: NamespaceFact, group: Group): Meeting {
  const { template, maker, owner } = group;
  const { labels, annotations, spec } = template;
  const injection = injectionOf(view, cluster, { namespace: namespace.name, labels, annotations, maker, owner, spec });
  return { group, injection, own: ownProxy(template, view.settings.compare) };
}

export function expectationOf(
  view: SidecarView,
  cluster: string,
  namespace: NamespaceFact,
  { group, injection, own }: Meeting,
  answers: Answers,
): Expectation {
  switch (injection.kind) {
    case "unknown":
      return { kind: "unknown", reason: injection.reason, isNeeded: false };
    case "none":
      if (own === undefined && asksForInjection(group.template.labels, namespace.labels)) {
        const reason = "its labels ask for injection, and no webhook would be called for a new pod";
        return { kind: "unknown", reason, isNeeded: false };
      }
      return { kind: "known", proxy: own, injection };
    default:
      return asked(view, cluster, namespace, group.template, injection, answers);
  }
}

function asked(
  view: SidecarView,
  cluster: string,
  namespace: NamespaceFact,
  template: PodTemplate,
  injection: Injection & { readonly injector: Injector },
  answers: Answers,
): Expectation {
  const { injector } = injection;
  const question = questionOf(view, cluster, namespace, template, injector);
  const unknown = (reason: string, isNeeded: boolean): Expectation => ({ kind: "unknown", reason, question, isNeeded });
  const state = answers.state(cluster, injector);
  if (state.kind !== "serving") return unknown(state.reason, false);
  const answer = answers.get(question);
  if (answer === undefined) return unknown("the injector has not answered yet", true);
  if (answer.kind === "failed") return unknown(answer.message, true);
  return {
    kind: "known",
    proxy: answer.proxy,
    injection,
    asked: { question, at: answer.at, isWhole: answer.by === "dry-run" },
  };
}

const known = new WeakMap<CompareSettings, WeakMap<PodTemplate, { readonly proxy: ProxyShape | undefined }>>();

function ownProxy(template: PodTemplate, compare: CompareSettings): ProxyShape | undefined {
  let ofSettings = known.get(compare);
  if (ofSettings === undefined) known.set(compare, (ofSettings = new WeakMap()));
  let found = ofSettings.get(template);
  if (found === undefined) {
    const { labels, annotations, spec } = template;
    const pod = { metadata: { labels: { ...labels }, annotations: { ...annotations } }, spec };
    found = { proxy: expectedProxyOf(pod, compare.ignoredEnv) };
    ofSettings.set(template, found);
  }
  return found.proxy;
}
