import { get, type JsonObject } from "@fairlead/apimachinery";
import {
  compileCondition,
  evaluateCondition,
  evaluateConditions,
  type Condition,
  type Variables,
} from "@fairlead/apimachinery/cel";
import { ApiError } from "../../errors.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import type { AdmissionHost } from "../host.ts";
import { items, refuse, text } from "../objects.ts";
import { isExemptFromPolicies } from "../request-object.ts";
import { boundPolicies, type Binding, type Policy } from "./definitions.ts";
import { invocations, namespaceOf, policyTurns, policyVariables, type Invocation } from "./evaluation.ts";

interface Validation {
  readonly condition: Condition;
  readonly messageExpression: Condition | undefined;
  readonly message: string;
  readonly reason: string;
}

interface Compiled {
  readonly validations: readonly Validation[];
  /** Named after their keys. */
  readonly annotations: readonly Condition[];
}

interface Denial {
  readonly policy: Policy;
  readonly binding: Binding | undefined;
  readonly message: string;
  readonly reason: string;
}

const longestMessage = 5 * 1024;
const longestAnnotation = 10 * 1024;

/** ValidatingAdmissionPolicies: every expression is evaluated, the first that denies is what the client reads. */
export function validatingPolicies(host: AdmissionHost): AdmissionPlugin {
  return {
    name: "ValidatingAdmissionPolicy",
    handles: (request) => !isExemptFromPolicies(request),
    validate: (request) => {
      const bound = boundPolicies(host.context, "Validating", compile);
      if (bound.length === 0) return;
      const denials = new Array<Denial>();
      const published = new Map<string, string[]>();
      for (const one of invocations(host, request, bound)) {
        const { policy, binding } = one;
        if (one.kind === "invocation") denials.push(...evaluate(host, request, one, published));
        else if (!policy.ignoresFailures) denials.push({ policy, binding, message: one.message, reason: "" });
      }
      for (const [key, values] of published) request.annotate?.(key, values.join(", "));
      if (denials.length > 0) throw denied(request, denials[0]!);
    },
  };
}

function compile(policy: Policy): Compiled {
  const { declarations, messageDeclarations, object } = policy;
  return {
    validations: items(object, "spec", "validations").map((one) => {
      const messageExpression = text(one, "messageExpression");
      return {
        condition: compileCondition("", text(one, "expression"), declarations, ["bool"]),
        messageExpression:
          messageExpression === ""
            ? undefined
            : compileCondition("", messageExpression, messageDeclarations, ["string"]),
        message: text(one, "message"),
        reason: text(one, "reason"),
      };
    }),
    annotations: items(object, "spec", "auditAnnotations").map((one) =>
      compileCondition(text(one, "key"), text(one, "valueExpression"), declarations, ["string", "null_type"]),
    ),
  };
}

function evaluate(
  host: AdmissionHost,
  request: AdmissionRequest,
  invocation: Invocation<Compiled>,
  published: Map<string, string[]>,
): Denial[] {
  const { policy, binding, compiled } = invocation;
  const budget = { turns: policyTurns };
  const namespace = namespaceOf(host, request);
  const failure = policy.ignoresFailures ? "Ignore" : "Fail";
  // Conditions see no namespace, as those of webhooks.
  const before = policyVariables(host, request, invocation, undefined, budget);
  const matched = evaluateConditions(policy.conditions, before, failure);
  if (matched.kind === "no") return [];
  if (matched.kind === "failed") return acted(request, invocation, 0, { message: matched.message, reason: "" });
  const variables = policyVariables(host, request, invocation, namespace, budget);
  const denials = compiled.validations.flatMap((validation, index) => {
    const result = evaluateCondition(validation.condition, variables, budget);
    if (result.kind === "error") {
      if (policy.ignoresFailures) return [];
      return acted(request, invocation, index, { message: result.message, reason: "" });
    }
    if (result.value === true) return [];
    const message = messageOf(validation, variables, budget);
    return acted(request, invocation, index, { message, reason: validation.reason || "Invalid" });
  });
  for (const annotation of compiled.annotations) {
    const result = evaluateCondition(annotation, variables, budget);
    if (result.kind === "error") {
      if (!policy.ignoresFailures) denials.push({ policy, binding, message: result.message, reason: "" });
    } else if (typeof result.value === "string" && result.value.trim() !== "") {
      publish(published, `${policy.name}/${annotation.name}`, result.value.trim().slice(0, longestAnnotation));
    } else if (typeof result.value !== "string" && result.value !== null) {
      const message = `valueExpression '${annotation.expression}' resulted in unsupported return type: ${typeof result.value}. Return type must be either string or null.`;
      denials.push({ policy, binding, message, reason: "" });
    }
  }
  return denials;
}

function publish(published: Map<string, string[]>, key: string, value: string): void {
  const values = published.get(key) ?? [];
  published.set(key, values.includes(value) ? values : [...values, value]);
}

/** What the binding wants to be done about a validation that does not hold. */
function acted(
  request: AdmissionRequest,
  { policy, binding }: Invocation<Compiled>,
  expressionIndex: number,
  { message, reason }: { readonly message: string; readonly reason: string },
): Denial[] {
  const denials: Denial[] = [];
  for (const action of binding.actions) {
    if (action === "Deny") denials.push({ policy, binding, message, reason });
    else if (action === "Warn")
      request.warn(
        `Validation failed for ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}': ${message}`,
      );
    else if (action === "Audit") {
      const failure = {
        message,
        policy: policy.name,
        binding: binding.name,
        expressionIndex,
        validationActions: binding.actions,
      };
      request.annotate?.("validation.policy.admission.k8s.io/validation_failure", JSON.stringify([failure]));
    }
  }
  return denials;
}

function messageOf(validation: Validation, variables: Variables, budget: { turns: number }): string {
  const { condition, messageExpression, message } = validation;
  if (messageExpression !== undefined) {
    const { authorizer: _, ...without } = variables;
    const result = evaluateCondition(messageExpression, without, budget);
    const made = result.kind === "value" && typeof result.value === "string" ? result.value.trim() : "";
    if (made !== "" && !made.includes("\n") && Buffer.byteLength(made) <= longestMessage) return made;
  }
  return message.trim() || `failed expression: ${condition.expression.trim()}`;
}

const codes: ReadonlyMap<string, number> = new Map([
  ["Forbidden", 403],
  ["Unauthorized", 401],
  ["RequestEntityTooLarge", 413],
]);

function denied(request: AdmissionRequest, { policy, binding, message, reason }: Denial): ApiError {
  const by = binding === undefined ? "" : ` with binding '${binding.name}'`;
  const text_ = `ValidatingAdmissionPolicy '${policy.name}'${by} denied request: ${message}`;
  const { message: full, status } = refuse(request, text_, [{ message: text_ }]);
  const details = get(status, "details") as JsonObject;
  return new ApiError(codes.get(reason) ?? 422, reason || "Invalid", full, details);
}
