import type { JsonObject } from "@fairlead/apimachinery";

/** What a Traefik rule means in a Route: hosts, and what else has to hold. */
export interface RuleParts {
  readonly hosts: readonly string[];
  /** A Route's rule: path, methods and so on, or `match` with the rule itself. Empty if only hosts matter. */
  readonly rest: JsonObject;
}

/** The SNI names of a TCP rule, or undefined if it says anything else. `*` is no name. */
export function readSni(rule: string): readonly string[] | undefined {
  const terms = rule.split("||").map((term) => readCall(term.trim()));
  if (terms.some((term) => term === undefined || term.name !== "HostSNI")) return undefined;
  return terms.flatMap((term) => term!.values).filter((name) => name !== "*");
}

/**
 * Takes a rule of the form `(Host || Host …) && PathPrefix && Method …` apart. Any other rule stays whole under
 * `match`, which a Route passes to Traefik.
 */
export function readRule(rule: string): RuleParts {
  const whole: RuleParts = { hosts: [], rest: { match: rule } };
  const terms = splitTop(rule.trim(), "&&");
  if (terms === undefined) return whole;
  let hosts: readonly string[] | undefined;
  const rest: JsonObject = {};
  for (const term of terms) {
    const names = readHosts(term);
    if (names !== undefined) {
      if (hosts !== undefined) return whole;
      hosts = names;
      continue;
    }
    if (!addTerm(term, rest)) return whole;
  }
  return { hosts: hosts ?? [], rest };
}

function readHosts(term: string): readonly string[] | undefined {
  const inner = stripParentheses(term);
  const alternatives = splitTop(inner, "||");
  const calls = alternatives?.map(readCall);
  if (calls === undefined || calls.some((call) => call?.name !== "Host")) return undefined;
  return calls.flatMap((call) => call!.values);
}

function addTerm(term: string, rest: JsonObject): boolean {
  const call = readCall(stripParentheses(term));
  if (call === undefined) return false;
  const [first = "", second] = call.values;
  const paths: { readonly [name: string]: string } = {
    PathPrefix: "Prefix",
    Path: "Exact",
    PathRegexp: "RegularExpression",
  };
  if (Object.hasOwn(paths, call.name) && call.values.length === 1 && rest["path"] === undefined) {
    rest["path"] = first;
    if (call.name !== "PathPrefix") rest["pathType"] = paths[call.name]!;
    return true;
  }
  if (call.name === "Method" && rest["methods"] === undefined) {
    rest["methods"] = [...call.values];
    return true;
  }
  const maps: { readonly [name: string]: string } = {
    Header: "headers",
    Headers: "headers",
    HeaderRegexp: "headersRegexp",
    HeadersRegexp: "headersRegexp",
    Query: "query",
  };
  if (Object.hasOwn(maps, call.name) && second !== undefined && call.values.length === 2) {
    const field = maps[call.name]!;
    rest[field] = { ...(rest[field] as JsonObject | undefined), [first]: second };
    return true;
  }
  return false;
}

/** `Name(`a`, `b`)`, with back or double quotes. */
function readCall(text: string): { readonly name: string; readonly values: readonly string[] } | undefined {
  const match = /^([A-Za-z]+)\(\s*((?:`[^`]*`|"[^"\\]*")(?:\s*,\s*(?:`[^`]*`|"[^"\\]*"))*)\s*\)$/.exec(text);
  if (match === null) return undefined;
  const values = [...match[2]!.matchAll(/`([^`]*)`|"([^"]*)"/g)].map(([, back, double]) => back ?? double ?? "");
  return { name: match[1]!, values };
}

/** Splits at an operator outside parentheses and quotes; undefined if they do not close, or `!` and the other operator stand on top. */
function splitTop(text: string, operator: "&&" | "||"): string[] | undefined {
  const parts: string[] = [];
  let depth = 0;
  let quote = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (quote !== "") {
      if (c === quote) quote = "";
    } else if (c === "`" || c === '"') quote = c;
    else if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (depth === 0 && text.startsWith(operator, at)) {
      parts.push(text.slice(from, at).trim());
      from = at + 2;
      at++;
    } else if (depth === 0 && c === "!") return undefined;
  }
  if (depth !== 0 || quote !== "") return undefined;
  parts.push(text.slice(from).trim());
  return parts;
}

function stripParentheses(term: string): string {
  const inner = /^\((.*)\)$/s.exec(term)?.[1]?.trim();
  return inner !== undefined && splitTop(inner, "||") !== undefined ? inner : term;
}
