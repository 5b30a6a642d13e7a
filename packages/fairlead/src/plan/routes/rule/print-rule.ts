import type { Condition } from "./condition.ts";

/** A condition in Traefik's rule language, with no more parentheses than the reader needs. */
export function printRule(condition: Condition): string {
  switch (condition.kind) {
    case "matcher":
      return `${condition.name}(${condition.values.map(printValue).join(", ")})`;
    case "not":
      return condition.term.kind === "matcher" ? `!${printRule(condition.term)}` : `!(${printRule(condition.term)})`;
    case "and":
      return condition.terms
        .map((term) => (term.kind === "or" ? `(${printRule(term)})` : printRule(term)))
        .join(" && ");
    case "or":
      return condition.terms.map(printRule).join(" || ");
  }
}

/** A Go string literal: raw in backticks, or quoted where the text holds a backtick. */
export function printValue(text: string): string {
  return text.includes("`") ? JSON.stringify(text) : `\`${text}\``;
}
