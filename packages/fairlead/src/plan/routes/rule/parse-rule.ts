import { nearest } from "@fairlead/apimachinery";
import { all, any, httpMatchers, type Condition, type Matchers } from "./condition.ts";

export type ParsedRule =
  | { readonly kind: "rule"; readonly condition: Condition }
  | { readonly kind: "problem"; readonly message: string; readonly hint?: string };

const longest = 16_384;
const deepest = 64;

/**
 * Reads a rule of Traefik v3: matchers with Go string literals, `&&`, `||`, `!` and parentheses. A problem says what is
 * wrong and at which character (from 1); spellings of Traefik v2 get the v3 spelling as a hint, unless `matchers` has them.
 */
export function parseRule(text: string, matchers: Matchers = httpMatchers): ParsedRule {
  if (text.trim() === "") return { kind: "problem", message: "the match is empty" };
  if (text.length > longest) return { kind: "problem", message: `the match is longer than ${longest} characters` };
  const reader = new RuleText(text, matchers);
  const parsed = reader.or(0);
  if (parsed.kind === "problem") return parsed;
  return reader.atEnd() ? parsed : reader.unexpected("&&, || or the end");
}

// A class because a recursive descent shares one position; it is born and dies in parseRule.
class RuleText {
  #at = 0;
  readonly #text: string;
  readonly #matchers: Matchers;

  constructor(text: string, matchers: Matchers) {
    this.#text = text;
    this.#matchers = matchers;
  }

  or(depth: number): ParsedRule {
    return this.#list("||", any, () => this.#and(depth));
  }

  #and(depth: number): ParsedRule {
    return this.#list("&&", all, () => this.#term(depth));
  }

  #list(
    operator: string,
    join: (terms: readonly Condition[]) => Condition | undefined,
    next: () => ParsedRule,
  ): ParsedRule {
    const terms: Condition[] = [];
    do {
      const parsed = next();
      if (parsed.kind === "problem") return parsed;
      terms.push(parsed.condition);
    } while (this.#take(operator));
    return { kind: "rule", condition: join(terms)! };
  }

  #term(depth: number): ParsedRule {
    if (depth > deepest) return { kind: "problem", message: `the match nests deeper than ${deepest} levels` };
    if (this.#take("!")) {
      const parsed = this.#term(depth + 1);
      return parsed.kind === "problem" ? parsed : { kind: "rule", condition: { kind: "not", term: parsed.condition } };
    }
    if (this.#take("(")) {
      const parsed = this.or(depth + 1);
      if (parsed.kind === "problem") return parsed;
      return this.#take(")") ? parsed : this.unexpected(")");
    }
    return this.#matcher();
  }

  #matcher(): ParsedRule {
    this.#space();
    const start = this.#at;
    const written = /^[A-Za-z]+/.exec(this.#text.slice(start, start + 64))?.[0];
    if (written === undefined) return this.unexpected("a matcher such as PathPrefix(`/`)");
    this.#at += written.length;
    const name = Object.keys(this.#matchers).find((known) => known.toLowerCase() === written.toLowerCase());
    if (name === undefined) return unknownMatcher(written, start);
    if (!this.#take("(")) return this.unexpected("(");
    const values: string[] = [];
    do {
      const value = this.#literal();
      if (value === undefined) return this.unexpected("a text in backticks or double quotes");
      values.push(value);
    } while (this.#take(","));
    if (!this.#take(")")) return this.unexpected(")");
    return checked(name, values, this.#matchers[name]!, start);
  }

  #literal(): string | undefined {
    this.#space();
    const quote = this.#text[this.#at];
    const rest = this.#text.slice(this.#at);
    const found =
      quote === "`" ? /^`[^`]*`/.exec(rest)?.[0] : quote === '"' ? /^"(?:[^"\\]|\\.)*"/.exec(rest)?.[0] : undefined;
    if (found === undefined) return undefined;
    this.#at += found.length;
    return quote === "`" ? found.slice(1, -1) : unescaped(found.slice(1, -1));
  }

  #take(token: string): boolean {
    this.#space();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  atEnd(): boolean {
    this.#space();
    return this.#at >= this.#text.length;
  }

  unexpected(wanted: string): ParsedRule {
    const found = this.atEnd() ? "the end" : JSON.stringify(this.#text.slice(this.#at, this.#at + 12));
    return {
      kind: "problem",
      message: `at character ${this.#at + 1} of the match ${wanted} was expected, found ${found}`,
    };
  }
}

const escapes: { readonly [letter: string]: string } = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** What a quoted literal of Go means: https://go.dev/ref/spec#String_literals (octal escapes left out). */
function unescaped(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/gs,
    (_, long?: string, short?: string, letter = "") => {
      const code = long ?? short;
      return code === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16));
    },
  );
}

const formerly: { readonly [name: string]: string } = {
  Headers: "Header",
  HeadersRegexp: "HeaderRegexp",
  HostHeader: "Host",
  HostSNI: "a `tcp` entry of the Route",
};

function unknownMatcher(written: string, start: number): ParsedRule {
  const guess = Object.hasOwn(formerly, written) ? formerly[written] : nearest(written, Object.keys(httpMatchers));
  return {
    kind: "problem",
    message: `unknown matcher ${written} at character ${start + 1} of the match`,
    hint: guess === undefined ? `use one of ${Object.keys(httpMatchers).join(", ")}` : `did you mean ${guess}?`,
  };
}

function checked(name: string, values: readonly string[], [least, most]: Matchers[string], start: number): ParsedRule {
  const where = `${name} at character ${start + 1} of the match`;
  if (values.length > most && least === 1) {
    const spelled = values.map((value) => `${name}(\`${value}\`)`).join(" || ");
    return { kind: "problem", message: `${where} takes one value, found ${values.length}`, hint: `write ${spelled}` };
  }
  if (values.length < least || values.length > most) {
    return { kind: "problem", message: `${where} takes ${most} values, found ${values.length}` };
  }
  const value = values[0]!;
  if ((name === "Path" || name === "PathPrefix") && !value.startsWith("/")) {
    return { kind: "problem", message: `${where} has the path ${JSON.stringify(value)}, which does not start with /` };
  }
  if ((name === "Path" || name === "PathPrefix") && /\{[^}]*\}/.test(value)) {
    const hint = "Traefik v3 knows no {name} in paths: use PathRegexp";
    return { kind: "problem", message: `${where} has a pattern in ${JSON.stringify(value)}`, hint };
  }
  return { kind: "rule", condition: { kind: "matcher", name, values } };
}
