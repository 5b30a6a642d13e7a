import { get, isObject, matchesLabelSelector, textOf, type JsonObject, type Labels } from "@fairlead/apimachinery";
import { objectAnswer } from "../api/encode.ts";
import { deleteObject, deleteRequest } from "../api/registry/delete.ts";
import { metadataOf, timeText } from "../api/registry/metadata.ts";
import { admissionRequest } from "../api/registry/parts.ts";
import { updateObject } from "../api/registry/update.ts";
import type { Server, SubresourceHandler } from "../api/server.ts";
import { ApiError, badRequest, methodNotAllowed, notFound } from "../errors.ts";
import { storeKey } from "../resources/kind.ts";
import { admittedBody } from "./admitted-body.ts";

const budgets = "poddisruptionbudgets.policy";
const refusal = "Cannot evict pod as it would violate the pod's disruption budget.";
const wait = "The disruption budget %s is still being processed by the server.";

/** `pods/eviction`: a deletion that the disruption budgets of the pod allow; 429 where they do not. */
export const evictionSubresource: SubresourceHandler = async (server, { info, resource, scope, body }) => {
  if (info.verb !== "create") throw methodNotAllowed(resource, info.verb);
  const { namespace, name } = info;
  const sent = { ...body, apiVersion: "policy/v1", kind: "Eviction" };
  const eviction = await admittedBody(server, { ...scope, subresource: "eviction" }, name, sent);
  if (textOf(metadataOf(eviction)["name"]) !== name)
    throw badRequest("name in URL does not match name in Eviction object");
  const admission = admissionRequest({ ...scope, subresource: "eviction" }, "CREATE", name, eviction, undefined);
  await server.admission.validate(admission);
  const pod = server.store.get("pods", storeKey(namespace, name))?.object;
  if (pod === undefined) throw notFound(resource, name);
  const options = get(eviction, "deleteOptions");
  const request = deleteRequest(isObject(options) ? options : {});
  const dryRun =
    scope.dryRun || (Array.isArray(get(options, "dryRun")) && (get(options, "dryRun") as unknown[]).includes("All"));
  if (!ignoresBudgets(pod)) await takeFromBudget(server, pod, namespace, dryRun, scope.user);
  await deleteObject(server, { ...scope, subresource: "", dryRun }, name, request, true);
  return objectAnswer({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 }, 201);
};

/** What has ended, has not begun, or goes already is in nobody's budget. */
function ignoresBudgets(pod: JsonObject): boolean {
  const phase = get(pod["status"], "phase");
  return (
    phase === "Succeeded" ||
    phase === "Failed" ||
    phase === "Pending" ||
    metadataOf(pod)["deletionTimestamp"] !== undefined
  );
}

function isReady(pod: JsonObject): boolean {
  const conditions = get(pod["status"], "conditions");
  return (Array.isArray(conditions) ? conditions : []).some(
    (one) => get(one, "type") === "Ready" && get(one, "status") === "True",
  );
}

async function takeFromBudget(
  server: Server,
  pod: JsonObject,
  namespace: string,
  dryRun: boolean,
  user: { readonly name: string; readonly groups: readonly string[] },
): Promise<void> {
  const labels = (metadataOf(pod)["labels"] ?? {}) as Labels;
  const found = [...server.store.range(budgets, { prefix: `${namespace}/` })]
    .map((one) => one.object)
    .filter((one) => matchesLabelSelector(get(one["spec"], "selector"), labels));
  if (found.length === 0) return;
  if (found.length > 1) {
    const message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw new ApiError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });
  }
  const budget = found[0]!;
  if (!isReady(pod) && (get(budget["spec"], "unhealthyPodEvictionPolicy") === "AlwaysAllow" || isHealthyEnough(budget)))
    return;
  const name = textOf(metadataOf(budget)["name"]);
  const kind = server.kinds.of(server.table.preferred(budgets)!);
  const scope = {
    kind,
    namespace,
    subresource: "status",
    user,
    dryRun,
    fieldManager: "kube-apiserver",
    options: { kind: "UpdateOptions", apiVersion: "meta.k8s.io/v1" },
    warn: () => {},
  };
  await updateObject(server, scope, name, {
    change: (live) => taken(live, pod, name, server.clock.now()),
    validate: () => {},
  });
}

function isHealthyEnough(budget: JsonObject): boolean {
  const [current, desired] = ["currentHealthy", "desiredHealthy"].map((key) =>
    Number(get(budget["status"], key) ?? 0),
  ) as [number, number];
  return current >= desired && desired > 0;
}

function taken(budget: JsonObject | undefined, pod: JsonObject, name: string, now: number): JsonObject {
  if (budget === undefined) throw notFound({ group: "policy", plural: "poddisruptionbudgets" }, name);
  const status = isObject(budget["status"]) ? budget["status"] : {};
  const generation = Number(metadataOf(budget)["generation"] ?? 0);
  if (Number(status["observedGeneration"] ?? 0) < generation) throw tooMany(refusal, wait.replace("%s", name), 10);
  const allowed = Number(status["disruptionsAllowed"] ?? 0);
  if (allowed <= 0) {
    const [desired, current] = [Number(status["desiredHealthy"] ?? 0), Number(status["currentHealthy"] ?? 0)];
    const why = `The disruption budget ${name} needs ${desired} healthy pods and has ${current} currently`;
    throw tooMany(refusal, why, 0);
  }
  const disrupted = isObject(status["disruptedPods"]) ? status["disruptedPods"] : {};
  const podName = textOf(metadataOf(pod)["name"]);
  return {
    ...budget,
    status: { ...status, disruptionsAllowed: allowed - 1, disruptedPods: { ...disrupted, [podName]: timeText(now) } },
  };
}

function tooMany(message: string, cause: string | undefined, retryAfterSeconds: number): ApiError {
  const causes = [{ reason: "DisruptionBudget", message: cause ?? message }];
  return new ApiError(429, "TooManyRequests", message, {
    causes,
    ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
  });
}
