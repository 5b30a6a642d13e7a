/** What `$NAME` and `${NAME…}` became. `missing` are variables without value or default; they became empty. */
export interface Interpolation {
  readonly text: string;
  readonly missing: readonly string[];
  /** The message of a `${NAME:?message}` whose variable is missing, or of a reference that is not well formed. */
  readonly problems: readonly string[];
}

export type Variables = { readonly [name: string]: string };

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*/;
const deepest = 16;

/**
 * Substitutes variables as Compose does: `$$` is a dollar sign; `:-`, `-`, `:?`, `?`, `:+` and `+` work as in a shell,
 * and what follows them may hold further references.
 * https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md
 */
export function interpolate(text: string, variables: Variables): Interpolation {
  if (!text.includes("$")) return { text, missing: [], problems: [] };
  const missing: string[] = [];
  const problems: string[] = [];
  return { text: expand(text, variables, missing, problems, 0), missing, problems };
}

function expand(text: string, variables: Variables, missing: string[], problems: string[], depth: number): string {
  if (depth > deepest) {
    problems.push("variables are nested too deep");
    return text;
  }
  let result = "";
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0) return result + text.slice(at);
    result += text.slice(at, dollar);
    const next = text[dollar + 1];
    if (next === "$") {
      result += "$";
      at = dollar + 2;
    } else if (next === "{") {
      const end = closing(text, dollar + 2);
      if (end === undefined) {
        problems.push(`\`${text.slice(dollar, dollar + 40)}\` has no closing brace`);
        return result + text.slice(dollar);
      }
      result += braced(text.slice(dollar + 2, end), variables, missing, problems, depth);
      at = end + 1;
    } else {
      const name = namePattern.exec(text.slice(dollar + 1, dollar + 257))?.[0];
      if (name === undefined) {
        result += "$";
        at = dollar + 1;
      } else {
        result += plain(name, variables, missing);
        at = dollar + 1 + name.length;
      }
    }
  }
  return result;
}

/** The closing brace that belongs to the one before `from`. */
function closing(text: string, from: number): number | undefined {
  let open = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "$" && text[at + 1] === "{") {
      open++;
      at++;
    } else if (text[at] === "}") {
      open--;
      if (open === 0) return at;
    }
  }
  return undefined;
}

function braced(body: string, variables: Variables, missing: string[], problems: string[], depth: number): string {
  const name = namePattern.exec(body)?.[0];
  if (name === undefined) {
    problems.push(`\`\${${body.slice(0, 40)}}\` does not begin with a variable's name`);
    return "";
  }
  const rest = body.slice(name.length);
  if (rest === "") return plain(name, variables, missing);
  const operator = /^:?[-?+]/.exec(rest)?.[0];
  if (operator === undefined) {
    problems.push(`\`\${${body.slice(0, 40)}}\` is not a substitution that Compose knows`);
    return "";
  }
  const value = lookup(name, variables);
  const present = value !== undefined && (operator.length === 1 || value !== "");
  const argument = () => expand(rest.slice(operator.length), variables, missing, problems, depth + 1);
  switch (operator.at(-1)) {
    case "-":
      return present ? value : argument();
    case "+":
      return present ? argument() : "";
    default:
      if (present) return value;
      problems.push(`${name} is required: ${argument() || "it has no value"}`);
      return "";
  }
}

function plain(name: string, variables: Variables, missing: string[]): string {
  const value = lookup(name, variables);
  if (value === undefined) missing.push(name);
  return value ?? "";
}

function lookup(name: string, variables: Variables): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}
