import { linearPattern } from "./linear-pattern.ts";

const compiled = new Map<string, RegExp | undefined>();
const remembered = 2000;

/**
 * A pattern of a schema (Go's RE2 syntax) as a JavaScript expression, or undefined when there is none of the same
 * meaning, or it is so large that testing it takes too long. Such a pattern is not checked here; the API server does it.
 */
export function goRegExp(pattern: string): RegExp | undefined {
  if (compiled.has(pattern)) return compiled.get(pattern);
  if (compiled.size >= remembered) compiled.clear();
  const expression = compile(pattern);
  compiled.set(pattern, expression);
  return expression;
}

function compile(pattern: string): RegExp | undefined {
  const { flags, source } = translate(pattern);
  for (const mode of ["u", ""]) {
    try {
      return bounded(new RegExp(source, flags + mode));
    } catch {
      // Go allows escapes of letters that mean nothing, which JavaScript does only without the Unicode mode.
    }
  }
  return undefined;
}

/** How long a text may be for an engine that goes back, if one repetition, or several, may make it do so. */
const longest = { one: 2_000, several: 16 };

/**
 * Go's engine takes time in proportion to the text. The built-in one is faster for most, but there are patterns for
 * which it takes longer than anybody waits: those are tested without going back where the text is long.
 */
function bounded(expression: RegExp): RegExp | undefined {
  const linear = linearPattern(expression.source, expression.flags);
  if (linear === "too large") return undefined;
  if (linear === undefined || linear.repetitions === 0) return expression;
  const limit = linear.repetitions === 1 ? longest.one : longest.several;
  const builtIn = (text: string): boolean => RegExp.prototype.test.call(expression, text);
  const value = (text: string): boolean => (text.length <= limit ? builtIn(text) : linear.test(text));
  return Object.defineProperty(expression, "test", { value });
}

const classes: Record<string, string> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  blank: "\\t ",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  lower: "a-z",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** The few things that RE2 writes differently: leading flags, text anchors, named groups, POSIX classes. */
function translate(pattern: string): { flags: string; source: string } {
  let source = pattern;
  let flags = "";
  const leading = /^\(\?([ims]+)\)|^\^\(\?([is]+)\)/.exec(source);
  if (leading !== null) {
    flags = [...new Set(leading[1] ?? leading[2])].join("");
    source = (leading[2] === undefined ? "" : "^") + source.slice(leading[0].length);
  }
  source = source
    .replace(/(^|[^\\])((?:\\\\)*)\\A/g, "$1$2^")
    .replace(/(^|[^\\])((?:\\\\)*)\\z/g, "$1$2$")
    .replaceAll("(?P<", "(?<")
    .replace(/\[:([a-z]+):\]/g, (all, name: string) => classes[name] ?? all);
  return { flags, source };
}
