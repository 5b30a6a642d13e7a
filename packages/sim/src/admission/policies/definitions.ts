import { get, isObject, policyMatcher, type JsonObject, type Matcher } from "@fairlead/apimachinery";
import {
  compileCondition,
  matchConditions,
  requestDeclarations,
  type Condition,
  type Conditions,
  type Declarations,
  type DeclaredType,
} from "@fairlead/apimachinery/cel";
import type { AdmissionContext } from "../admission.ts";
import { field, items, nameOf, text } from "../objects.ts";

export type PolicyKind = "Validating" | "Mutating";

/** What policies of both kinds have. */
export interface Policy {
  readonly name: string;
  readonly matcher: Matcher;
  readonly ignoresFailures: boolean;
  readonly paramKind: { readonly apiVersion: string; readonly kind: string } | undefined;
  readonly conditions: Conditions;
  readonly variables: Conditions;
  readonly object: JsonObject;
  /** What its expressions may name, `variables` included. */
  readonly declarations: Declarations;
  /** The same for messages, which may not ask the authorizer. */
  readonly messageDeclarations: Declarations;
}

export interface Binding {
  readonly name: string;
  /** Undefined: whatever the policy matches. */
  readonly matcher: Matcher | undefined;
  readonly paramRef: JsonObject | undefined;
  readonly actions: readonly string[];
}

export interface BoundPolicy<Compiled> {
  readonly policy: Policy;
  readonly compiled: Compiled;
  readonly bindings: readonly Binding[];
}

const policies = new WeakMap<JsonObject, { readonly policy: Policy; readonly compiled: unknown }>();
const bindings = new WeakMap<JsonObject, Binding>();

/** The policies that something binds, by name, with their bindings by name. Each is compiled once. */
export function boundPolicies<Compiled>(
  context: AdmissionContext,
  kind: PolicyKind,
  compile: (policy: Policy) => Compiled,
): readonly BoundPolicy<Compiled>[] {
  const stem = kind === "Validating" ? "validatingadmissionpolic" : "mutatingadmissionpolic";
  const group = "admissionregistration.k8s.io";
  const all = context.list(`${stem}ybindings.${group}`);
  if (all.length === 0) return [];
  const byPolicy = Map.groupBy(all.toSorted(byName), (binding) => text(binding, "spec", "policyName"));
  return context
    .list(`${stem}ies.${group}`)
    .filter((policy) => byPolicy.has(nameOf(policy)))
    .toSorted(byName)
    .map((object) => {
      let known = policies.get(object);
      if (known === undefined) {
        const policy = policyOf(object);
        policies.set(object, (known = { policy, compiled: compile(policy) }));
      }
      const bound = byPolicy.get(known.policy.name)!.map(bindingOf);
      return { policy: known.policy, compiled: known.compiled as Compiled, bindings: bound };
    });
}

const byName = (a: JsonObject, b: JsonObject): number => (nameOf(a) < nameOf(b) ? -1 : 1);

function policyOf(object: JsonObject): Policy {
  const spec = field(object, "spec");
  const paramKind = field(spec, "paramKind");
  const params = isObject(paramKind);
  const variables: Condition[] = [];
  const fields: Record<string, DeclaredType> = {};
  const own: DeclaredType = { name: "kubernetes.variables", fields };
  const declarations = { ...requestDeclarations({ params, authorizer: true }), variables: own };
  for (const variable of items(spec, "variables")) {
    const condition = compileCondition(text(variable, "name"), text(variable, "expression"), declarations);
    variables.push(condition);
    const type = "problem" in condition.compiled ? "dyn" : condition.compiled.type;
    Object.defineProperty(fields, condition.name, { value: type, enumerable: true });
  }
  const constraints = field(spec, "matchConstraints");
  return {
    name: nameOf(object),
    matcher: policyMatcher(isObject(constraints) ? constraints : {}),
    ignoresFailures: get(spec, "failurePolicy") === "Ignore",
    paramKind: params ? { apiVersion: text(paramKind, "apiVersion"), kind: text(paramKind, "kind") } : undefined,
    conditions: isObject(spec) ? matchConditions(spec, declarations) : [],
    variables,
    object,
    declarations,
    messageDeclarations: { ...requestDeclarations({ params }), variables: own },
  };
}

function bindingOf(object: JsonObject): Binding {
  let binding = bindings.get(object);
  if (binding !== undefined) return binding;
  const [resources, paramRef] = [field(object, "spec", "matchResources"), field(object, "spec", "paramRef")];
  const actions = field(object, "spec", "validationActions");
  binding = {
    name: nameOf(object),
    matcher: isObject(resources) ? policyMatcher(resources) : undefined,
    paramRef: isObject(paramRef) ? paramRef : undefined,
    actions: Array.isArray(actions) ? actions.filter((one) => typeof one === "string") : [],
  };
  bindings.set(object, binding);
  return binding;
}
