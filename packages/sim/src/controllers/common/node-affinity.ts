import { type JsonObject, matchesSelector, type Operator, type Requirement } from "@fairlead/apimachinery";
import type { Texts } from "./objects.ts";

/** A term of `requiredDuringSchedulingIgnoredDuringExecution`. */
export interface NodeTerm {
  readonly matchExpressions?: readonly NodeExpression[];
  readonly matchFields?: readonly NodeExpression[];
}

export interface NodeExpression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

const operators: { readonly [name: string]: Operator } = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
  Gt: "gt",
  Lt: "lt",
};

function matches(expressions: readonly NodeExpression[], texts: Texts): boolean {
  const requirements: Requirement[] = [];
  for (const { key, operator, values = [] } of expressions) {
    const known = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
    if (known === undefined) return false;
    requirements.push({ key, operator: known, values });
  }
  return matchesSelector(requirements, texts);
}

/** Whether a term selects the node; an empty one selects none. */
export function matchesNodeTerm(term: NodeTerm, name: string, labels: Texts): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return matches(matchExpressions, labels) && matches(matchFields, { "metadata.name": name });
}

interface PlacedSpec {
  readonly nodeSelector?: Texts;
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms?: readonly NodeTerm[] };
    };
  };
}

/** The terms of a pod's required node affinity; undefined if it has none. */
export function nodeTermsOf(spec: JsonObject): readonly NodeTerm[] | undefined {
  const { affinity } = spec as unknown as PlacedSpec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined ? undefined : (required.nodeSelectorTerms ?? []);
}

/** Whether `nodeSelector` and the required node affinity of a pod allow the node. */
export function allowsNode(spec: JsonObject, name: string, labels: Texts): boolean {
  const { nodeSelector = {} } = spec as unknown as PlacedSpec;
  for (const [key, value] of Object.entries(nodeSelector)) {
    if (!Object.hasOwn(labels, key) || labels[key] !== value) return false;
  }
  const terms = nodeTermsOf(spec);
  return terms === undefined || terms.some((term) => matchesNodeTerm(term, name, labels));
}
