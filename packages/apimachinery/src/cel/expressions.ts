import { isCelError, type CelInput } from "@bufbuild/cel";
import type { JsonValue } from "../json.ts";
import type { Expr } from "./ast.ts";
import { authorizerValue, type Authorize, type ResourceCheck } from "./authorizer.ts";
import { typeText } from "./types.ts";
import { checkDeclared, type Declarations, type DeclaredType, type ExpressionIssue } from "./declared.ts";
import { celToJson, jsonToCel, lazyMap } from "./json-value.ts";
import { celGoMessage, parseProgram, type Bindings, type Budget, type Program } from "./program.ts";
import { withoutOptionalSyntax } from "./optional-syntax.ts";

/** What an expression is given under one name. */
export type Variable =
  | { readonly kind: "json"; readonly value: JsonValue }
  /** Its fields are evaluated when they are read, once per `variables` object: `variables.x` of a policy. */
  | { readonly kind: "lazy"; readonly names: readonly string[]; readonly read: (name: string) => ExpressionResult }
  | { readonly kind: "authorizer"; readonly authorize: Authorize; readonly request?: ResourceCheck };

export type { Budget } from "./program.ts";

export type Variables = Readonly<Record<string, Variable>>;

export type ExpressionResult =
  /** `value` is the JSON of the result; undefined where it has none. `raw` is what another expression may be given. */
  | { readonly kind: "value"; readonly value: JsonValue | undefined; readonly raw: unknown }
  /** As cel-go says it: `no such key: x`. */
  | { readonly kind: "error"; readonly message: string };

export interface Expression {
  readonly text: string;
  /** As far as it is known without values. */
  readonly type: DeclaredType;
  evaluate(variables: Variables, budget?: Budget): ExpressionResult;
}

export interface ExpressionOptions {
  /** What the expression may name, with types where they are known; anything else is a problem. */
  readonly variables: Declarations;
  /** The types it may have: `bool` … An expression whose type is `dyn` is none of them. Any type if absent. */
  readonly returns?: readonly string[];
}

export type CompiledExpression = Expression | { readonly problem: string };

const longest = 100_000;

/**
 * Reads an expression in the environment that Kubernetes gives to admission (and to claim mappings): the libraries for
 * strings, lists, sets, regular expressions, URLs, quantities, IPs, CIDRs, formats, semantic versions and
 * authorization, optionals (`?.`, `[?]`, `optMap`), macros of two variables. Types are checked as far as names, fields
 * of declared objects and the result go; operands are checked when it runs.
 */
export function compileExpression(text: string, options: ExpressionOptions): CompiledExpression {
  if (text.length > longest)
    return {
      problem: `compilation failed: ERROR: <input>:-1:0: expression code point size exceeds limit: size: ${text.length}, limit ${longest}`,
    };
  const found = parseProgram(text);
  if ("problem" in found)
    return { problem: `compilation failed: ${located(text, found.offset, `Syntax error: ${found.problem}`)}` };
  const { type, issues } = checkDeclared(found.expr, options.variables);
  if (issues.length > 0) return { problem: issueText(text, found.positions, issues) };
  const { returns } = options;
  if (returns !== undefined && type !== "unknown" && !returns.includes(typeName(type))) {
    const wanted = returns.length === 1 ? returns[0]! : `one of [${returns.join(" ")}]`;
    return { problem: `must evaluate to ${wanted} but got ${typeName(type)}` };
  }
  return { text, type, evaluate: (variables, budget) => evaluate(found, variables, budget) };
}

/** For results that are passed on as variables of other expressions without becoming JSON in between. */
export function rawResult(value: JsonValue): ExpressionResult {
  return { kind: "value", value, raw: jsonToCel(value) };
}

function evaluate(program: Program, variables: Variables, budget: Budget | undefined): ExpressionResult {
  const bindings = Object.create(null) as Bindings;
  for (const [name, variable] of Object.entries(variables)) bindings[name] = inputOf(variable);
  const result = program.run(bindings, budget);
  if (isCelError(result)) return { kind: "error", message: celGoMessage(result.message) };
  return { kind: "value", value: celToJson(result), raw: result };
}

function inputOf(variable: Variable): CelInput {
  if (variable.kind === "json") return jsonToCel(variable.value);
  if (variable.kind === "authorizer") return authorizerValue(variable.authorize, variable.request);
  const known = new Map<string, CelInput>();
  return lazyMap(
    () => variable.names,
    (name) => {
      if (!variable.names.includes(name)) return undefined;
      let value = known.get(name);
      if (value !== undefined) return value;
      const result = variable.read(name);
      if (result.kind === "error") throw new Error(result.message);
      value = result.raw as CelInput;
      known.set(name, value);
      return value;
    },
  );
}

/** As a result is spoken of: null has its long name there. */
function typeName(type: DeclaredType): string {
  return type === "null_type" ? type : typeText(type);
}

function issueText(
  text: string,
  positions: Readonly<Record<string, number>>,
  issues: readonly ExpressionIssue[],
): string {
  const isSame = text === withoutOptionalSyntax(text);
  const lines = issues
    .map(({ expr, message }) => ({ at: isSame ? placeOf(text, expr, positions) : 0, message }))
    .sort((a, b) => a.at - b.at);
  return `compilation failed: ${[...new Set(lines.map(({ at, message }) => located(text, at, message)))].join("\n")}`;
}

/** Of a call, cel-go names the place of its parenthesis, of an operator its own. */
function placeOf(text: string, expr: Expr, positions: Readonly<Record<string, number>>): number {
  let at = positions[String(expr.id)] ?? 0;
  if (expr.exprKind.case !== "callExpr") return at;
  if (/^[a-z]/.test(expr.exprKind.value.function)) return Math.max(at, text.indexOf("(", at));
  while (/\s/.test(text.charAt(at))) at++;
  return at;
}

/** As cel-go shows a problem: where it is, the line, and a mark below it. */
function located(text: string, offset: number, message: string): string {
  const before = text.slice(0, offset).split("\n");
  const column = before.at(-1)!.length;
  const line = (text.split("\n")[before.length - 1] ?? "").replaceAll("\t", " ");
  return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${line}\n | ${".".repeat(column)}^`;
}
