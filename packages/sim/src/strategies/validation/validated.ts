import type { JsonObject } from "@fairlead/apimachinery";
import { metadataProblems } from "../../api/registry/check-metadata.ts";
import type { FieldProblem } from "../../errors.ts";
import type { Strategy, StrategyContext } from "../strategy.ts";

export interface RuleContext {
  /** Of an update. */
  readonly old: JsonObject | undefined;
  /** Of the request, where two groups share their objects. */
  readonly group: string;
  /** Pods have loopback addresses. */
  readonly loopbackPods: boolean;
}

export interface Rules {
  readonly name?: (name: string) => string | undefined;
  readonly object: (object: JsonObject, context: RuleContext) => Iterable<FieldProblem>;
  /** What may not change; comes before `object`, or after it. */
  readonly change?: (object: JsonObject, old: JsonObject, subresource: string) => Iterable<FieldProblem>;
  /** Only of new objects. */
  readonly create?: (object: JsonObject) => Iterable<FieldProblem>;
  /** Where the change is looked at after the object: `after`. */
  readonly order?: "before" | "after";
  /** An update looks at the metadata once more, as a new object's. */
  readonly repeatsMetadata?: boolean;
  /** Only of new objects, before all else. */
  readonly createFirst?: (object: JsonObject) => Iterable<FieldProblem>;
  /** Of an update through `status`. */
  readonly status?: (object: JsonObject, old: JsonObject) => Iterable<FieldProblem>;
}

/** A strategy that checks objects by rules. */
export function withRules(strategy: Strategy, rules: Rules): Strategy {
  const { name, object: check, change, create, createFirst, order = "before", repeatsMetadata = false, status } = rules;
  const named = name === undefined ? {} : { nameProblem: name };
  const again = (object: JsonObject, { resource }: StrategyContext): FieldProblem[] =>
    repeatsMetadata ? metadataProblems(object, { resource, strategy: { ...strategy, ...named } }) : [];
  return {
    ...strategy,
    ...named,
    validate: (object, { group, loopbackPods }) => [
      ...(createFirst?.(object) ?? []),
      ...check(object, { old: undefined, group, loopbackPods }),
      ...(create?.(object) ?? []),
    ],
    validateUpdate: (object, old, context) => {
      if (context.subresource === "status") return [...(status?.(object, old) ?? [])];
      const { group, loopbackPods } = context;
      const own = [...again(object, context), ...check(object, { old, group, loopbackPods })];
      const changes = [...(change?.(object, old, context.subresource) ?? [])];
      return order === "before" ? [...changes, ...own] : [...own, ...changes];
    },
  };
}
