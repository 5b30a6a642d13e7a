import { isCelError, type CelError, type CelInput, type CelValue } from "@bufbuild/cel";
import { isObject, type JsonValue } from "../json.ts";
import { indexItems, listRule } from "../merge/list-rule.ts";
import type { FieldPath } from "../path.ts";
import { nodeOf, slotNode, type Node } from "../schema/node.ts";
import type { Resolve, Schema, ValidationRule } from "../schema/schema.ts";
import { compilerFor } from "../schema/validate.ts";
import { optional } from "./opaque.ts";
import { compileExpression } from "./expressions.ts";
import { schemaType } from "./schema-type.ts";
import { celGoMessage, parseProgram, type Program } from "./program.ts";
import { toCel } from "./value.ts";

/** A rule that does not hold, or could not be evaluated. */
export type RuleProblem = {
  /** The value that the rule is about, or the field that its `fieldPath` names. */
  readonly path: FieldPath;
  readonly message: string;
  /** `FieldValueInvalid`, `FieldValueForbidden`, `FieldValueRequired` or `FieldValueDuplicate`. */
  readonly reason: string;
  readonly rule: string;
  /** The expression itself is wrong, or failed on this value. */
  readonly failed: boolean;
};

export type RuleOptions = {
  readonly resolve?: Resolve;
  /** The object before an update: transition rules (those that say `oldSelf`) run only where it has a value. */
  readonly old?: JsonValue;
};

const deepest = 200;

type Walk = { readonly path: (string | number)[]; readonly problems: RuleProblem[] };

/**
 * Evaluates the `x-kubernetes-validations` of a structural schema and of everything in it, as the API server does
 * after the schema itself has been satisfied: validate first, then ask the rules. Rules are checked against the types of
 * the schema before they run; their cost is bounded by the turns of their folds alone. Lists compare in order, whatever their list type.
 */
export function checkRules(value: JsonValue, schema: Schema, options: RuleOptions = {}): RuleProblem[] {
  const walk: Walk = { path: [], problems: [] };
  visit(value, options.old, nodeOf(schema, compilerFor(options.resolve), false), walk);
  return walk.problems;
}

function visit(value: JsonValue, old: JsonValue | undefined, node: Node, walk: Walk): void {
  if (node.builtin || walk.path.length > deepest) return;
  const rules = node.schema["x-kubernetes-validations"];
  if (rules !== undefined && value !== null) evaluateAll(rules, value, old, node, walk);
  if (Array.isArray(value)) visitItems(value, old, node, walk);
  else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      const slot = node.properties?.get(key) ?? node.values;
      if (slot === undefined) continue;
      const before = isObject(old) && Object.hasOwn(old, key) ? old[key] : undefined;
      walk.path.push(key);
      visit(value[key]!, before, slotNode(slot), walk);
      walk.path.pop();
    }
  }
}

/** Only the items of a keyed list have an old self: those of others have no identity. */
function visitItems(list: JsonValue[], old: JsonValue | undefined, node: Node, walk: Walk): void {
  if (node.items === undefined) return;
  const child = slotNode(node.items);
  const rule = listRule(node);
  const keyed = rule.kind === "keyed" && Array.isArray(old);
  const before = keyed ? indexItems(old, rule) : undefined;
  const now = before === undefined ? undefined : [...(indexItems(list, rule)?.keys() ?? [])];
  for (const [index, item] of list.entries()) {
    const at = before?.get(now?.[index] ?? "");
    walk.path.push(index);
    visit(item, at === undefined ? undefined : (old as JsonValue[])[at], child, walk);
    walk.path.pop();
  }
}

function evaluateAll(
  rules: readonly ValidationRule[],
  value: JsonValue,
  old: JsonValue | undefined,
  node: Node,
  walk: Walk,
): void {
  const isRoot = walk.path.length === 0;
  const self = toCel(value, node, isRoot);
  const before = old === undefined || old === null ? undefined : toCel(old, node, isRoot);
  for (const rule of rules) {
    const isTransition = /\boldSelf\b/.test(rule.rule);
    if (isTransition && before === undefined && rule.optionalOldSelf !== true) continue;
    const oldSelf = rule.optionalOldSelf === true ? optional(before as never) : (before ?? null);
    evaluate(rule, { self, oldSelf }, walk, node);
  }
}

const problems = new WeakMap<ValidationRule, string>();

/** What is wrong with the rule itself, whatever the value: empty if nothing is. */
function problemOf(rule: ValidationRule, node: Node, isRoot: boolean): string {
  let found = problems.get(rule);
  if (found !== undefined) return found;
  const self = schemaType(node, isRoot) ?? "dyn";
  const oldSelf = rule.optionalOldSelf === true ? { optional: self } : self;
  const compiled = compileExpression(rule.rule, { variables: { self, oldSelf }, returns: ["bool"] });
  found = "problem" in compiled ? compiled.problem : "";
  problems.set(rule, found);
  return found;
}

function evaluate(rule: ValidationRule, bindings: { self: CelInput; oldSelf: CelInput }, walk: Walk, node: Node): void {
  // What fails is told of the value itself, in its own way; `fieldPath` and `reason` are for what does not hold.
  const fail = (message: string): void => {
    const path = [...walk.path];
    walk.problems.push({ path, message, reason: "FieldValueInvalid", rule: rule.rule, failed: true });
  };
  const named = rule.message?.trim() || rule.rule.trim();
  const problem = problemOf(rule, node, walk.path.length === 0);
  if (problem !== "") return fail(`rule compile error: ${problem}`);
  const compiled = parseProgram(rule.rule);
  if ("problem" in compiled) return;
  const result = attempt(compiled, bindings);
  if (isCelError(result)) return fail(failureText(celGoMessage(result.message), named));
  if (typeof result !== "boolean") return fail(failureText("no such overload", named));
  if (result) return;
  const path = [...walk.path, ...(rule.fieldPath === undefined ? [] : parseFieldPath(rule.fieldPath))];
  const message = messageOf(rule, bindings);
  walk.problems.push({ path, message, reason: rule.reason ?? "FieldValueInvalid", rule: rule.rule, failed: false });
}

function failureText(why: string, rule: string): string {
  if (why.startsWith("no such overload"))
    return `'${why}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`;
  if (why.startsWith("operation cancelled: actual cost limit exceeded"))
    return `'${why}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`;
  return `${why} evaluating rule: ${rule}`;
}

function attempt(program: Program, bindings: { self: CelInput; oldSelf: CelInput }): CelValue | CelError {
  return program.run(Object.assign(Object.create(null) as Record<string, CelInput>, bindings));
}

function messageOf(rule: ValidationRule, bindings: { self: CelInput; oldSelf: CelInput }): string {
  if (rule.messageExpression !== undefined) {
    const compiled = parseProgram(rule.messageExpression);
    const text = "problem" in compiled ? undefined : attempt(compiled, bindings);
    if (typeof text === "string" && text.trim() !== "" && !text.includes("\n")) return text.trim();
  }
  return rule.message === undefined ? `failed rule: ${rule.rule.trim()}` : rule.message.trim();
}

/** `.spec.map['a.b'].list[0]`, as `fieldPath` is written. */
function parseFieldPath(text: string): (string | number)[] {
  const steps: (string | number)[] = [];
  for (const match of text.matchAll(/\.([A-Za-z_][\w-]*)|\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]/g)) {
    if (match[3] !== undefined) steps.push(Number(match[3]));
    else steps.push(match[1] ?? match[2]!.replace(/\\(.)/g, "$1"));
  }
  return steps;
}
