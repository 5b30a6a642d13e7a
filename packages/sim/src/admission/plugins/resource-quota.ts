import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  isObject,
  negateQuantity,
  type JsonObject,
} from "@fairlead/apimachinery";
import { internalError } from "../../errors.ts";
import { storeCollection } from "../../resources/kind.ts";
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { field, items, nameOf, refuse, text, texts } from "../objects.ts";
import { addTo, resourceList, type ResourceList } from "../pod-resources.ts";
import { amount, amountsText, only } from "../quota/amounts.ts";
import { quotaEvaluator, type QuotaEvaluator, type QuotaScope } from "../quota/evaluator.ts";

const retries = 3;

/** Nothing is written that would use more than the namespace's quotas allow; what is allowed is charged at once. */
export function resourceQuota(context: AdmissionContext, now: () => number): AdmissionPlugin {
  return {
    name: "ResourceQuota",
    handles: ({ operation, namespace, resource }) =>
      namespace !== "" &&
      (operation === "CREATE" || operation === "UPDATE") &&
      !(operation === "CREATE" && resource.kind === "Namespace"),
    validate: (request) => {
      const evaluator = quotaEvaluator(storeCollection(request.resource));
      if (evaluator === undefined) return;
      let quotas = context.list("resourcequotas", request.namespace);
      if (quotas.length === 0 || !evaluator.handles(request)) return;
      for (let attempt = 0; attempt <= retries; attempt++) {
        const charges = chargesOf(request, quotas, evaluator, now());
        if (request.dryRun) return;
        const failed = charges.filter(({ quota, status }) => !context.updateStatus("resourcequotas", quota, status));
        if (failed.length === 0) return;
        const names = new Set(failed.map(({ quota }) => nameOf(quota)));
        quotas = context.list("resourcequotas", request.namespace).filter((quota) => names.has(nameOf(quota)));
      }
      throw internalError("resource quota evaluation timed out");
    },
  };
}

interface Charge {
  readonly quota: JsonObject;
  readonly status: JsonObject;
}

/** What a ResourceQuota is limited to: every scope has to fit. */
export function scopesOf(quota: JsonObject): QuotaScope[] {
  return [
    ...texts(quota, "spec", "scopes").map((scopeName) => ({ scopeName, operator: "Exists", values: [] })),
    ...items(quota, "spec", "scopeSelector", "matchExpressions").map((one) => ({
      scopeName: text(one, "scopeName"),
      operator: text(one, "operator"),
      values: texts(one, "values"),
    })),
  ];
}

function counts(quota: JsonObject, evaluator: QuotaEvaluator, object: JsonObject): boolean {
  const hard = [...resourceList(field(quota, "status", "hard")).keys()];
  return evaluator.matching(hard).length > 0 && scopesOf(quota).every((scope) => evaluator.inScope(scope, object));
}

function chargesOf(
  request: AdmissionRequest,
  quotas: readonly JsonObject[],
  evaluator: QuotaEvaluator,
  now: number,
): Charge[] {
  const object = request.object!;
  const counting = quotas.filter((quota) => counts(quota, evaluator, object));
  for (const quota of counting) {
    const hard = [...resourceList(field(quota, "status", "hard")).keys()];
    const names = evaluator.matching(hard);
    const missing = evaluator.missing?.(names, object);
    if (missing !== undefined) throw refuse(request, `failed quota: ${nameOf(quota)}: ${missing}`);
    const used = field(quota, "status", "used");
    if (names.some((name) => !isObject(used) || !Object.hasOwn(used, name)))
      throw refuse(request, `status unknown for quota: ${nameOf(quota)}, resources: ${names.toSorted().join(",")}`);
  }
  const usage = evaluator.usage(object, now);
  const negative = [...usage].filter(([, quantity]) => quantity.mantissa < 0n).map(([name]) => name);
  if (negative.length > 0)
    throw refuse(request, `quota usage is negative for resource(s): ${negative.sort().join(",")}`);
  return counting.flatMap((quota) => charge(request, quota, evaluator, usage, now) ?? []);
}

function charge(
  request: AdmissionRequest,
  quota: JsonObject,
  evaluator: QuotaEvaluator,
  usage: ResourceList,
  now: number,
): Charge | undefined {
  const { old } = request;
  const isCounted = request.operation === "UPDATE" && old !== undefined && counts(quota, evaluator, old);
  const delta = withoutZeros(isCounted ? more(usage, evaluator.usage(old, now)) : usage);
  if (delta.size === 0) return undefined;
  const hard = resourceList(field(quota, "status", "hard"));
  const requested = only(delta, hard.keys());
  const used = resourceList(field(quota, "status", "used"));
  const after = new Map(used);
  addTo(after, requested);
  if (request.subresource !== "status") {
    const exceeded = [...requested.keys()].filter((name) => compareQuantities(after.get(name)!, hard.get(name)!) > 0);
    if (exceeded.length > 0) {
      const [asked, before, limit] = [requested, used, hard].map((list) => amountsText(only(list, exceeded)));
      throw refuse(
        request,
        `exceeded quota: ${nameOf(quota)}, requested: ${asked!}, used: ${before!}, limited: ${limit!}`,
      );
    }
  }
  if (requested.size === 0) return undefined;
  const status = field(quota, "status");
  const written = Object.fromEntries([...after].map(([name, quantity]) => [name, formatQuantity(quantity)]));
  return { quota, status: { ...(isObject(status) ? status : {}), used: written } };
}

/** What is used in addition; nothing is given back. */
function more(now: ResourceList, before: ResourceList): ResourceList {
  const found: ResourceList = new Map();
  for (const [name, quantity] of now) {
    const previous = before.get(name);
    const difference = previous === undefined ? quantity : addQuantities(quantity, negateQuantity(previous));
    found.set(name, difference.mantissa > 0n ? difference : amount(0));
  }
  return found;
}

function withoutZeros(list: ResourceList): ResourceList {
  return new Map([...list].filter(([, quantity]) => quantity.mantissa !== 0n));
}
