import {
  applyJsonPatch,
  atomicPaths,
  equal,
  isObject,
  JsonPatchError,
  mergeTyped,
  typedProblems,
  type JsonObject,
} from "@fairlead/apimachinery";
import { compileCondition, evaluateConditions, type Condition } from "@fairlead/apimachinery/cel";
import { ApiError } from "../../errors.ts";
import type { Resource } from "../../resources/resource.ts";
import type { AdmissionPlugin, AdmissionRequest, MutationRound } from "../admission.ts";
import type { AdmissionHost } from "../host.ts";
import { items, nameOf, refuse, text } from "../objects.ts";
import { isExemptFromPolicies } from "../request-object.ts";
import { boundPolicies, type Binding, type BoundPolicy, type Policy } from "./definitions.ts";
import { invocations, namespaceOf, policyTurns, policyVariables, type Invocation } from "./evaluation.ts";

interface Mutation {
  readonly kind: "patch" | "configuration";
  readonly condition: Condition;
}

interface PolicyError {
  readonly policy: Policy;
  readonly binding: Binding | undefined;
  readonly message: string;
  readonly reason: string;
}

interface Kept {
  last: JsonObject | undefined;
  called: Set<string>;
  again: Set<string>;
}

const name = "MutatingAdmissionPolicy";

/** MutatingAdmissionPolicies: each sees what those before it made of the object. */
export function mutatingPolicies(host: AdmissionHost): AdmissionPlugin {
  return {
    name,
    handles: (request) => request.operation !== "DELETE" && !isExemptFromPolicies(request),
    mutate: (request, round) => {
      const bound = boundPolicies(host.context, "Mutating", compile);
      return bound.length === 0 ? request.object! : mutateAll(host, request, bound, round);
    },
  };
}

function compile({ object, declarations }: Policy): readonly Mutation[] {
  return items(object, "spec", "mutations").map((one) => {
    const kind = one["patchType"] === "JSONPatch" ? "patch" : "configuration";
    const expression = text(one, kind === "patch" ? "jsonPatch" : "applyConfiguration", "expression");
    return { kind, condition: compileCondition("", expression, declarations) };
  });
}

function mutateAll(
  host: AdmissionHost,
  request: AdmissionRequest,
  bound: readonly BoundPolicy<readonly Mutation[]>[],
  round: MutationRound,
): JsonObject {
  const kept = (round.kept.get(name) as Kept | undefined) ?? { last: undefined, called: new Set(), again: new Set() };
  round.kept.set(name, kept);
  const all = invocations(host, request, bound);
  const errors: PolicyError[] = all
    .filter((one) => one.kind === "misconfigured")
    .map(({ policy, binding, message }) => ({ policy, binding, message, reason: "" }));
  const wanted = all.filter((one) => one.kind === "invocation");
  let current = request;
  if (wanted.length > 0) {
    if (round.isAgain && !equal(kept.last, request.object)) requireCalled(kept);
    for (const invocation of wanted) current = invoke(host, current, invocation, round, kept, errors);
    kept.last = current.object;
  }
  const counted = errors.filter(({ policy }) => !policy.ignoresFailures);
  if (counted.length > 0) throw denied(request, counted);
  return current.object!;
}

function requireCalled(kept: Kept): void {
  for (const key of kept.called) kept.again.add(key);
  kept.called.clear();
}

function invoke(
  host: AdmissionHost,
  request: AdmissionRequest,
  invocation: Invocation<readonly Mutation[]>,
  round: MutationRound,
  kept: Kept,
  errors: PolicyError[],
): AdmissionRequest {
  const { policy, binding, compiled, param } = invocation;
  const budget = { turns: policyTurns };
  const namespace = namespaceOf(host, request);
  const before = policyVariables(host, request, invocation, undefined, budget);
  const matched = evaluateConditions(policy.conditions, before, policy.ignoresFailures ? "Ignore" : "Fail");
  if (matched.kind === "failed") errors.push({ policy, binding, message: matched.message, reason: "Invalid" });
  if (matched.kind !== "yes") return request;
  const key = JSON.stringify([policy.name, binding.name, text(param, "metadata", "namespace"), nameOf(param)]);
  if (round.isAgain && !kept.again.has(key)) return request;
  let current = request;
  for (const mutation of compiled) {
    if (current.object === undefined) break;
    const made = mutated(host, current, invocation, mutation, namespace, budget);
    if (typeof made === "string") errors.push({ policy, binding, message: made, reason: "Invalid" });
    else current = { ...current, object: made };
  }
  if (!equal(current.object, request.object)) {
    requireCalled(kept);
    round.callAgain();
  }
  if (text(policy.object, "spec", "reinvocationPolicy") === "IfNeeded") kept.called.add(key);
  return current;
}

/** The object with one mutation; text says why not. */
function mutated(
  host: AdmissionHost,
  request: AdmissionRequest,
  invocation: Invocation<unknown>,
  { kind, condition }: Mutation,
  namespace: JsonObject | undefined,
  budget: { turns: number },
): JsonObject | string {
  const { compiled, expression } = condition;
  if ("problem" in compiled) return compiled.problem;
  const result = compiled.evaluate(policyVariables(host, request, invocation, namespace, budget), budget);
  if (result.kind === "error") return `expression '${expression}' resulted in error: ${result.message}`;
  const { resource } = request;
  const { matched } = invocation;
  const seen = matched === resource ? request.object! : host.convert(request.object!, resource, matched);
  const { value } = result;
  let made: JsonObject | string;
  if (kind === "configuration") {
    if (!isObject(value)) return `unsupported return type from ApplyConfiguration expression: ${typeText(value)}`;
    made = configured(host, seen, value, matched);
  } else {
    if (!Array.isArray(value)) return "type mismatch: JSONPatchType.expression should evaluate to array";
    made = patched(
      seen,
      value.map((one) => (isObject(one) ? one : {})),
    );
  }
  if (typeof made === "string") return made;
  const decoded = host.decode(made, matched);
  return matched === resource ? decoded : host.convert(decoded, matched, resource);
}

const typeText = (value: unknown): string =>
  Array.isArray(value) ? "list" : value === null ? "null_type" : typeof value;

function configured(
  host: AdmissionHost,
  object: JsonObject,
  value: JsonObject,
  resource: Resource,
): JsonObject | string {
  const found = host.schemaOf(resource, object);
  const applied = { ...value, apiVersion: object["apiVersion"]!, kind: object["kind"]! };
  const options = found.resolve === undefined ? {} : { resolve: found.resolve };
  const problems = typedProblems(applied, found.schema, options);
  if (problems.length > 0) {
    const texts = problems.map(({ path, message }) => `${path}: ${message}`);
    const all = texts.length === 1 ? texts[0]! : `errors:\n${texts.map((one) => `  ${one}`).join("\n")}`;
    return `error applying patch: failed to convert patch object to typed object: ${all}`;
  }
  const atomic = atomicPaths(applied, found);
  if (atomic.length > 0)
    return `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomic.join(", ")}`;
  return mergeTyped(object, applied, found);
}

function patched(object: JsonObject, operations: readonly JsonObject[]): JsonObject | string {
  try {
    return applyJsonPatch(object, operations);
  } catch (error) {
    if (!(error instanceof JsonPatchError)) throw error;
    // A test that fails means that there is nothing to do.
    return error.code === "test-failed" ? object : `JSON Patch: ${error.message}`;
  }
}

function denied(request: AdmissionRequest, errors: readonly PolicyError[]): ApiError {
  const messages = errors.map(({ policy, binding, message }) =>
    binding === undefined
      ? `policy ${JSON.stringify(policy.name)} denied request: ${message}`
      : `policy '${policy.name}' with binding '${binding.name}' denied request: ${message}`,
  );
  const causes = messages.map((message) => ({ message }));
  const { status, code } = refuse(request, "admission request denied by policy", causes);
  return new ApiError(code, errors[0]!.reason || "Forbidden", messages[0]!, status["details"] as JsonObject);
}
