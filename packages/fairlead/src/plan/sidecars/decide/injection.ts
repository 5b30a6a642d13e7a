import { compareText, type Requirement } from "@fairlead/apimachinery";
import { webhookCall, webhookRule, type WebhookRule } from "@fairlead/apimachinery/cel";
import type { HookFact, HooksFact, NamespaceFact } from "../model/facts.ts";
import type { Injection, Injector, NewPod } from "../model/question.ts";
import type { SidecarView } from "../model/view.ts";
import { injectorOf } from "./injector.ts";
import { creationOf, drawnLabelsOf, draws, variablesOf, type Draw } from "./new-pod.ts";

const rules = new WeakMap<HookFact, WebhookRule>();

function ruleOf(hook: HookFact): WebhookRule {
  let rule = rules.get(hook);
  if (rule === undefined) rules.set(hook, (rule = webhookRule(hook.webhook)));
  return rule;
}

/**
 * Which injectors the API server would call for a new pod: all configurations by name, their webhooks in order, by
 * selectors, rules and `matchConditions`. Whether an injector then injects is for itself to say. Webhooks that are no
 * injectors are not looked at.
 */
export function injectionOf(view: SidecarView, cluster: string, pod: NewPod): Injection {
  const namespace = view.namespace(cluster, pod.namespace);
  const called: Injector[] = [];
  for (const configuration of view.hooks(cluster)) {
    for (const hook of configuration.hooks) {
      if (!hook.isInjector) continue;
      const call = callOf(hook, pod, namespace);
      if (call.kind === "unknown") {
        return { kind: "unknown", reason: `webhook ${nameOf(configuration, hook)}: ${call.reason}` };
      }
      if (call.kind === "yes") called.push(injectorOf(view, cluster, configuration, hook));
    }
  }
  const injector = called.at(-1);
  if (injector === undefined) return { kind: "none" };
  if (called.length === 1) return { kind: "one", injector };
  return { kind: "several", injector, others: called.slice(0, -1).map(({ id }) => id) };
}

function nameOf({ name }: HooksFact, hook: HookFact): string {
  return `${hook.name} of ${name}`;
}

type Call = { readonly kind: "yes" | "no" } | { readonly kind: "unknown"; readonly reason: string };

function callOf(hook: HookFact, pod: NewPod, namespace: NamespaceFact | undefined): Call {
  const rule = ruleOf(hook);
  const first = callWith(rule, pod, namespace, draws[0]);
  // Without conditions a pod's name, and what else is drawn, cannot matter but through labels.
  const asked = drawnAsked(rule, pod);
  if (asked !== undefined && first.kind !== "unknown" && couldMatter(rule, pod, namespace)) {
    return { kind: "unknown", reason: `it selects by ${asked}, which each pod gets anew` };
  }
  if (rule.conditions.length === 0 || first.kind === "unknown") return first;
  const second = callWith(rule, pod, namespace, draws[1]);
  if (second.kind === first.kind) return first;
  if (second.kind === "unknown") return second;
  return { kind: "unknown", reason: "its conditions depend on what each pod gets anew" };
}

/** A label whose value a selector asks for, though nobody knows it beforehand. */
function drawnAsked(rule: WebhookRule, pod: NewPod): string | undefined {
  const drawn = drawnLabelsOf(pod.maker);
  const asked = rule.matcher.objects.filter((one) => drawn.includes(one.key) && asksValue(one));
  return asked.map(({ key }) => key).sort(compareText)[0];
}

function asksValue({ operator }: Requirement): boolean {
  return operator !== "exists" && operator !== "!";
}

/** Whether the webhook would be called if what is drawn suited it. */
function couldMatter(rule: WebhookRule, pod: NewPod, namespace: NamespaceFact | undefined): boolean {
  const drawn = drawnLabelsOf(pod.maker);
  const objects = rule.matcher.objects.filter((one) => !drawn.includes(one.key) || !asksValue(one));
  const lenient = { ...rule, matcher: { ...rule.matcher, objects } };
  return callWith(lenient, pod, namespace, draws[0]).kind !== "no";
}

function callWith(rule: WebhookRule, pod: NewPod, namespace: NamespaceFact | undefined, draw: Draw): Call {
  const request = creationOf(pod, namespace, draw);
  let isAsked = false;
  const evaluate = (isAllowed: boolean) =>
    webhookCall(rule, request, () => variablesOf(pod, draw, isAllowed, () => (isAsked = true)));
  const call = evaluate(false);
  if (isAsked && evaluate(true).kind !== call.kind) {
    return { kind: "unknown", reason: "its conditions ask what the pod's creator may do" };
  }
  switch (call.kind) {
    case "yes":
    case "no":
      return { kind: call.kind };
    case "unknown-namespace":
      return { kind: "unknown", reason: "the namespace is not known" };
    case "failed":
      return { kind: "unknown", reason: `its conditions fail, so that pods are refused: ${call.message}` };
  }
}
