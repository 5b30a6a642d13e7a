import type { Variables } from "../cel/expressions.ts";
import { get, type JsonObject } from "../json.ts";
import { evaluateConditions, matchConditions, type Conditions } from "./match-conditions.ts";
import {
  matchRequest,
  webhookMatcher,
  type GroupVersionResource,
  type Matcher,
  type MatchRequest,
} from "./match-rules.ts";

/** What decides whether a webhook is called, read and compiled once. */
export interface WebhookRule {
  readonly matcher: Matcher;
  readonly conditions: Conditions;
  /** `failurePolicy: Ignore`. */
  readonly ignoresFailures: boolean;
}

/** Of an item of `webhooks` in a ValidatingWebhookConfiguration or MutatingWebhookConfiguration. */
export function webhookRule(webhook: JsonObject): WebhookRule {
  return {
    matcher: webhookMatcher(webhook),
    conditions: matchConditions(webhook),
    ignoresFailures: get(webhook, "failurePolicy") === "Ignore",
  };
}

export type WebhookCall =
  | { readonly kind: "no" }
  /** `resource` is the one under which it is called. */
  | { readonly kind: "yes"; readonly resource: GroupVersionResource }
  /** Rules match, but the namespace whose labels decide is not there: the request is refused. */
  | { readonly kind: "unknown-namespace" }
  /** Conditions cannot be evaluated and failures are not ignored: the request is refused. */
  | { readonly kind: "failed"; readonly message: string };

/**
 * Whether the API server calls a webhook for a request: its selectors, its rules, then its `matchConditions`, for which
 * `variables` is asked only if there are any.
 */
export function webhookCall(
  rule: WebhookRule,
  request: MatchRequest,
  variables: (resource: GroupVersionResource) => Variables,
): WebhookCall {
  const match = matchRequest(rule.matcher, request);
  if (match.kind !== "yes" || rule.conditions.length === 0) return match;
  const failurePolicy = rule.ignoresFailures ? "Ignore" : "Fail";
  const result = evaluateConditions(rule.conditions, variables(match.resource), failurePolicy);
  if (result.kind === "failed") return result;
  return result.kind === "yes" ? match : { kind: "no" };
}
