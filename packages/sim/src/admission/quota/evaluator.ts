import type { JsonObject } from "@fairlead/apimachinery";
import type { AdmissionRequest } from "../admission.ts";
import type { ResourceList } from "../pod-resources.ts";
import { claimEvaluator } from "./claims.ts";
import { podEvaluator } from "./pods.ts";
import { serviceEvaluator } from "./services.ts";
import { amount } from "./amounts.ts";

/** One scope that a quota is limited to: of `spec.scopes` or of `spec.scopeSelector`. */
export interface QuotaScope {
  readonly scopeName: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** How objects of one collection count against quotas. Amounts are of ResourceQuota's names: `requests.cpu`, `pods`. */
export interface QuotaEvaluator {
  /** Whether the request can change what is used. */
  handles(request: AdmissionRequest): boolean;
  /** Those of the names that this collection counts for, sorted. */
  matching(names: readonly string[]): readonly string[];
  inScope(scope: QuotaScope, object: JsonObject): boolean;
  /** What the object counts for at that time (milliseconds since the epoch). */
  usage(object: JsonObject, now: number): ResourceList;
  /** What is missing in an object that is counted for these names: `must specify …`. */
  missing?(names: readonly string[], object: JsonObject): string | undefined;
}

const aliases: ReadonlyMap<string, string> = new Map(
  ["configmaps", "resourcequotas", "replicationcontrollers", "secrets"].map((name) => [name, name]),
);

const ignored = new Set([
  "bindings",
  "componentstatuses",
  "tokenreviews.authentication.k8s.io",
  "selfsubjectreviews.authentication.k8s.io",
  "subjectaccessreviews.authorization.k8s.io",
  "selfsubjectaccessreviews.authorization.k8s.io",
  "localsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectrulesreviews.authorization.k8s.io",
  "events",
]);

const counters = new Map<string, QuotaEvaluator>();

/** The evaluator of a collection; undefined for what no quota counts. */
export function quotaEvaluator(collection: string): QuotaEvaluator | undefined {
  if (ignored.has(collection)) return undefined;
  if (collection === "pods") return podEvaluator;
  if (collection === "services") return serviceEvaluator;
  if (collection === "persistentvolumeclaims") return claimEvaluator;
  let counter = counters.get(collection);
  if (counter === undefined) {
    if (counters.size > 1000) counters.clear();
    counters.set(collection, (counter = objectCounter(collection)));
  }
  return counter;
}

function objectCounter(collection: string): QuotaEvaluator {
  const alias = aliases.get(collection);
  const names = [`count/${collection}`, ...(alias === undefined ? [] : [alias])];
  return {
    handles: ({ operation, subresource }) => operation === "CREATE" && subresource === "",
    matching: (asked) => asked.filter((name) => names.includes(name)).sort(),
    inScope: () => false,
    usage: () => new Map(names.map((name) => [name, amount(1)])),
  };
}
