import type { Condition, ExpressionResult, Variables } from "@fairlead/apimachinery/cel";
import { matchRequest, type JsonObject } from "@fairlead/apimachinery";
import { notFound } from "../../errors.ts";
import type { Resource } from "../../resources/resource.ts";
import type { AdmissionRequest } from "../admission.ts";
import { admissionVariables, matchedResource } from "../admission-variables.ts";
import type { AdmissionHost } from "../host.ts";
import { matchRequestOf } from "../request-object.ts";
import type { Binding, BoundPolicy, Policy } from "./definitions.ts";
import { paramResource, paramsOf } from "./params.ts";

/** Turns of folds that all expressions of a policy may do on one request. */
export const policyTurns = 2_000_000;

/** One evaluation of a policy: with one binding and one object of parameters. */
export interface Invocation<Compiled> {
  readonly kind: "invocation";
  readonly policy: Policy;
  readonly compiled: Compiled;
  readonly binding: Binding;
  readonly matched: Resource;
  readonly param: JsonObject | undefined;
}

/** A policy or its binding that cannot be evaluated on this request. */
export interface Misconfigured {
  readonly kind: "misconfigured";
  readonly policy: Policy;
  readonly binding: Binding | undefined;
  readonly message: string;
}

/** All evaluations that a request calls for, and what stands in the way of others, in order. */
export function invocations<Compiled>(
  host: AdmissionHost,
  request: AdmissionRequest,
  bound: readonly BoundPolicy<Compiled>[],
): (Invocation<Compiled> | Misconfigured)[] {
  const asked = matchRequestOf(host, request);
  const missing = `namespaces ${JSON.stringify(request.namespace)} not found`;
  return bound.flatMap(({ policy, compiled, bindings }): (Invocation<Compiled> | Misconfigured)[] => {
    const misconfigured = (why: string, binding?: Binding): Misconfigured => {
      const what = binding === undefined ? "policy" : "binding";
      return { kind: "misconfigured", policy, binding, message: `failed to configure ${what}: ${why}` };
    };
    const match = matchRequest(policy.matcher, asked);
    if (match.kind === "no") return [];
    if (match.kind === "unknown-namespace") return [misconfigured(missing)];
    const resource = paramResource(host, policy);
    if (typeof resource === "string") return [misconfigured(resource)];
    const matched = matchedResource(host, request, match.resource);
    return bindings.flatMap((binding): (Invocation<Compiled> | Misconfigured)[] => {
      const isBound = binding.matcher === undefined ? "yes" : matchRequest(binding.matcher, asked).kind;
      if (isBound === "no") return [];
      if (isBound === "unknown-namespace") return [misconfigured(missing, binding)];
      const found = paramsOf(host, resource, binding, request.namespace);
      if (found.kind === "failed") return [misconfigured(found.message, binding)];
      return found.params.map((param) => ({ kind: "invocation", policy, compiled, binding, matched, param }));
    });
  });
}

/** The namespace of a request for expressions; of none for Namespaces themselves. Throws if it is not there. */
export function namespaceOf(host: AdmissionHost, { resource, namespace }: AdmissionRequest): JsonObject | undefined {
  if (namespace === "" || (resource.kind === "Namespace" && resource.group === "")) return undefined;
  const found = host.context.get("namespaces", "", namespace);
  if (found === undefined) throw notFound({ group: "", plural: "namespaces" }, namespace);
  const { managedFields: _, ownerReferences: __, ...metadata } = found["metadata"] as JsonObject;
  return { ...found, metadata };
}

/** All that the expressions of one evaluation may read. */
export function policyVariables(
  host: AdmissionHost,
  request: AdmissionRequest,
  { policy, matched, param }: Invocation<unknown>,
  namespace: JsonObject | undefined,
  budget: { turns: number },
): Variables {
  const variables: Record<string, Variables[string]> = {
    ...admissionVariables(host, request, matched, namespace),
    ...(policy.paramKind === undefined ? {} : { params: { kind: "json", value: param ?? null } }),
  };
  const known = new Map<string, ExpressionResult>();
  const byName = new Map(policy.variables.map((variable) => [variable.name, variable]));
  variables["variables"] = {
    kind: "lazy",
    names: [...byName.keys()],
    read: (name) => {
      let result = known.get(name);
      if (result === undefined) known.set(name, (result = evaluateVariable(byName.get(name)!, variables, budget)));
      return result;
    },
  };
  return variables;
}

function evaluateVariable(
  { name, compiled }: Condition,
  variables: Variables,
  budget: { turns: number },
): ExpressionResult {
  const about = `composited variable ${JSON.stringify(name)} fails to`;
  if ("problem" in compiled) return { kind: "error", message: `${about} compile: ${compiled.problem}` };
  const result = compiled.evaluate(variables, budget);
  return result.kind === "error" ? { kind: "error", message: `${about} evaluate: ${result.message}` } : result;
}
