import { compareText } from "../compare-text.ts";
import { labelKeyProblem, labelValueProblem } from "../names/names.ts";
import type { Operator, Requirement, Selector } from "./selector.ts";

export type ParsedSelector =
  | { readonly kind: "selector"; readonly selector: Selector }
  | { readonly kind: "problem"; readonly message: string };

/** Reads `app=web,tier in (a,b),!old`, as `kubectl -l` and the API take it. */
export function parseSelector(text: string): ParsedSelector {
  const tokens = tokenize(text);
  const requirements: Requirement[] = [];
  let at = 0;
  const fail = (message: string): ParsedSelector => ({ kind: "problem", message });
  while (at < tokens.length) {
    const parsed = parseRequirement(tokens, at);
    if (typeof parsed === "string") return fail(parsed);
    requirements.push(parsed.requirement);
    at = parsed.next;
    if (at >= tokens.length) break;
    if (tokens[at] !== ",") return fail(`found '${tokens[at]}', expected: ',' or 'end of string'`);
    at++;
    const next = tokens[at] ?? "";
    if (next !== "!" && !isWord(next)) return fail(`found '${next}', expected: identifier after ','`);
  }
  return { kind: "selector", selector: requirements.sort((a, b) => compareText(a.key, b.key)) };
}

function tokenize(text: string): string[] {
  return text.match(/==|!=|[=!<>(),]|[^\s=!<>(),]+/g) ?? [];
}

function isWord(token: string): boolean {
  return token !== "" && !/^[=!<>(),]/.test(token);
}

function parseRequirement(
  tokens: readonly string[],
  start: number,
): { requirement: Requirement; next: number } | string {
  let at = start;
  const negated = tokens[at] === "!";
  if (negated) at++;
  const key = tokens[at++] ?? "";
  if (!isWord(key)) {
    return negated
      ? `unable to parse requirement: found '${key}', expected: identifier`
      : `found '${key}', expected: !, identifier, or 'end of string'`;
  }
  const objection = labelKeyProblem(key);
  if (objection !== undefined)
    return `unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(key)}: ${objection}`;
  const sign = tokens[at];
  if (negated || sign === undefined || sign === ",") {
    return { requirement: { key, operator: negated ? "!" : "exists", values: [] }, next: at };
  }
  at++;
  switch (sign) {
    case "in":
    case "notin":
      return parseSet(tokens, at, key, sign);
    case "=":
    case "==":
    case "!=":
    case ">":
    case "<": {
      const after = tokens[at];
      if (after !== undefined && after !== "," && !isWord(after)) {
        return `unable to parse requirement: found '${after}', expected: identifier`;
      }
      const value = isWord(after ?? "") ? tokens[at++]! : "";
      const operator = sign === ">" ? "gt" : sign === "<" ? "lt" : sign;
      const problem = valueProblem(operator, value, `values[0][${key}]`);
      return problem ?? { requirement: { key, operator, values: [value] }, next: at };
    }
    default:
      return `unable to parse requirement: found '${sign}', expected: in, notin, =, ==, !=, gt, lt`;
  }
}

function valueProblem(operator: Operator, value: string, where: string): string | undefined {
  const prefix = "unable to parse requirement: ";
  if ((operator === "gt" || operator === "lt") && !/^[+-]?\d+$/.test(value)) {
    return `${prefix}values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`;
  }
  const problem = labelValueProblem(value);
  return problem === undefined ? undefined : `${prefix}${where}: Invalid value: ${JSON.stringify(value)}: ${problem}`;
}

function parseSet(
  tokens: readonly string[],
  start: number,
  key: string,
  operator: "in" | "notin",
): { requirement: Requirement; next: number } | string {
  let at = start;
  if (tokens[at] !== "(") return `unable to parse requirement: found '${tokens[at] ?? ""}' expected: '('`;
  at++;
  const values = new Set<string>();
  let pending = true;
  for (; at < tokens.length && tokens[at] !== ")"; at++) {
    const token = tokens[at]!;
    if (token === ",") {
      if (pending) values.add("");
      pending = true;
    } else if (isWord(token) && pending) {
      values.add(token);
      pending = false;
    } else return `unable to parse requirement: found '${token}', expected: ',' or ')'`;
  }
  if (tokens[at] !== ")") return "unable to parse requirement: found '', expected: ',' or ')'";
  if (pending) values.add("");
  const sorted = [...values].sort();
  for (const [index, value] of sorted.entries()) {
    const problem = valueProblem(operator, value, `values[${index}][${key}]`);
    if (problem !== undefined) return problem;
  }
  return { requirement: { key, operator, values: sorted }, next: at + 1 };
}

/** The text of a selector, readable by `parseSelector` and `kubectl -l`. */
export function formatSelector(selector: Selector): string {
  return selector
    .map(({ key, operator, values }) => {
      switch (operator) {
        case "exists":
          return key;
        case "!":
          return `!${key}`;
        case "in":
        case "notin":
          return `${key} ${operator} (${[...values].sort().join(",")})`;
        case "gt":
          return `${key}>${values[0]}`;
        case "lt":
          return `${key}<${values[0]}`;
        default:
          return `${key}${operator}${values[0]}`;
      }
    })
    .join(",");
}
