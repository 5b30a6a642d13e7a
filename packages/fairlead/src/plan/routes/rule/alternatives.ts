import { httpMatchers, type Condition, type Matcher } from "./condition.ts";
import { printRule } from "./print-rule.ts";

/** Matchers that hold together; `not` stands before those that must not hold. */
export type Alternative = readonly { readonly matcher: Matcher; readonly not: boolean }[];

const most = 64;

/**
 * The condition as alternatives of matchers that hold together (disjunctive normal form), or undefined when there would
 * be more than 64. No condition at all is one empty alternative.
 */
export function alternatives(condition: Condition | undefined): readonly Alternative[] | undefined {
  return condition === undefined ? [[]] : spread(condition, false);
}

function spread(condition: Condition, not: boolean): readonly Alternative[] | undefined {
  switch (condition.kind) {
    case "matcher":
      return [[{ matcher: condition, not }]];
    case "not":
      return spread(condition.term, !not);
    case "and":
    case "or":
      return (condition.kind === "or") === not ? product(condition.terms, not) : sum(condition.terms, not);
  }
}

function sum(terms: readonly Condition[], not: boolean): readonly Alternative[] | undefined {
  const found: Alternative[] = [];
  for (const term of terms) {
    const next = spread(term, not);
    if (next === undefined || found.length + next.length > most) return undefined;
    found.push(...next);
  }
  return found;
}

function product(terms: readonly Condition[], not: boolean): readonly Alternative[] | undefined {
  let found: readonly Alternative[] = [[]];
  for (const term of terms) {
    const next = spread(term, not);
    if (next === undefined || found.length * next.length > most) return undefined;
    found = found.flatMap((left) => next.map((right) => [...left, ...right]));
  }
  return found;
}

/** A text that is equal for alternatives that test the same, whatever the order they were written in. */
export function alternativeKey(alternative: Alternative): string {
  const tests = alternative
    .filter(({ matcher, not }) => not || matcher.name !== "PathPrefix" || matcher.values[0] !== "/")
    .map(({ matcher, not }) => `${not ? "!" : ""}${printRule(canonical(matcher))}`);
  return [...new Set(tests)].sort().join(" && ");
}

const caseless = new Set(["Host", "Method"]);

function canonical(matcher: Matcher): Matcher {
  const values = matcher.values.map((value, index) => {
    if (matcher.name === "Method") return value.toUpperCase();
    if (caseless.has(matcher.name) || (matcher.name.startsWith("Header") && index === 0)) return value.toLowerCase();
    return value;
  });
  return { ...matcher, name: Object.hasOwn(httpMatchers, matcher.name) ? matcher.name : "", values };
}
