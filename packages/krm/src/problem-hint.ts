import type { Problem } from "@fairlead/apimachinery";

const mostNames = 8;

/**
 * What to write instead, where a problem tells; undefined leaves it to the remedy of the finding's code.
 * `secret` values are not repeated.
 */
export function problemHint(problem: Problem, secret: boolean): string | undefined {
  const { kind, suggestion, known } = problem;
  if (suggestion !== undefined) return `did you mean \`${suggestion}\`?`;
  if (kind === "unknown")
    return known === undefined || known.length === 0 ? undefined : `the fields here are ${some(known)}`;
  return kind === "type" ? typeHint(problem, secret) : undefined;
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).join(", ");
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown;
}

/** `expected` and `found` are what the validator says of them: `integer or string`, `string "80"`. */
function typeHint({ expected, found }: Problem, secret: boolean): string | undefined {
  const wanted = new Set(expected.split(" or "));
  if (found === "null") return "give it a value, or remove the field";
  if (found === "an object") return wanted.has("a list") ? 'write a list: begin each item with "- "' : undefined;
  if (found === "a list")
    return wanted.has("an object") ? 'write fields instead of a list: leave out the "- "' : undefined;
  if (wanted.has("a list")) return 'write a list: begin each item with "- "';
  if (wanted.has("an object")) return "write the fields below it, one a line and indented";
  const [, type = "", text = ""] = /^(\w+) (.*)$/s.exec(found) ?? [];
  if (type !== "string") {
    if (!wanted.has("string")) return undefined;
    // A number with a point may have lost zeros at its end: it is quoted as it was written, whatever that was.
    return secret || type === "number" ? "put it in quotes" : `quote it: "${text}"`;
  }
  const plain = text.slice(1, -1);
  const isNumber = wanted.has("number") ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
  const fits =
    ((wanted.has("integer") || wanted.has("number")) && isNumber.test(plain)) ||
    (wanted.has("boolean") && /^(true|false)$/.test(plain));
  if (!fits) return undefined;
  return secret ? "leave out the quotes" : `write ${plain} without quotes`;
}
