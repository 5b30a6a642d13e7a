import type { JsonObject } from "@fairlead/apimachinery";
import { httpMatchers, type Condition, type Matchers } from "../../plan/routes/rule/condition.ts";
import { parseRule } from "../../plan/routes/rule/parse-rule.ts";

/** What a Traefik rule means in a Route: hosts, and what else has to hold. */
export interface RuleParts {
  readonly hosts: readonly string[];
  /** A Route's rule: path, methods and so on, or `match` with the rule itself. Empty if only hosts matter. */
  readonly rest: JsonObject;
}

const many = Number.POSITIVE_INFINITY;

/** Matchers of Traefik v3, and of v2 where they mean the same: several values, of which one has to match, and names. */
const knownMatchers: Matchers = {
  ...httpMatchers,
  Host: [1, many],
  Method: [1, many],
  Headers: [2, 2],
  HeadersRegexp: [2, 2],
};

const sniMatchers: Matchers = { HostSNI: [1, many] };

/** The SNI names of a TCP rule, or undefined if it says anything else. `*` is no name. */
export function readSni(rule: string): readonly string[] | undefined {
  const parsed = parseRule(rule, sniMatchers);
  return parsed.kind === "rule" ? namesIn(parsed.condition, "HostSNI")?.filter((name) => name !== "*") : undefined;
}

/**
 * Takes a rule of the form `(Host || Host …) && PathPrefix && Method …` apart. Any other rule stays whole under
 * `match`, which a Route passes to Traefik.
 */
export function readRule(rule: string): RuleParts {
  const whole: RuleParts = { hosts: [], rest: { match: rule } };
  const parsed = parseRule(rule, knownMatchers);
  if (parsed.kind === "problem") return whole;
  const { condition } = parsed;
  let hosts: readonly string[] | undefined;
  const rest: JsonObject = {};
  for (const term of condition.kind === "and" ? condition.terms : [condition]) {
    const names = namesIn(term, "Host");
    if (names !== undefined) {
      if (hosts !== undefined) return whole;
      hosts = names;
      continue;
    }
    if (!addTerm(term, rest)) return whole;
  }
  return { hosts: hosts ?? [], rest };
}

/** The values of one matcher, or of several of its kind of which one has to match. */
function namesIn(condition: Condition, name: string): readonly string[] | undefined {
  const terms = condition.kind === "or" ? condition.terms : [condition];
  const values = terms.map((term) => (term.kind === "matcher" && term.name === name ? term.values : undefined));
  return values.every((some) => some !== undefined) ? values.flat() : undefined;
}

const pathTypes: { readonly [name: string]: string } = {
  PathPrefix: "Prefix",
  Path: "Exact",
  PathRegexp: "RegularExpression",
};

const maps: { readonly [name: string]: string } = {
  Header: "headers",
  Headers: "headers",
  HeaderRegexp: "headersRegexp",
  HeadersRegexp: "headersRegexp",
  Query: "query",
};

function addTerm(term: Condition, rest: JsonObject): boolean {
  if (term.kind !== "matcher") return false;
  const { name, values } = term;
  const [first = "", second] = values;
  if (Object.hasOwn(pathTypes, name) && rest["path"] === undefined) {
    rest["path"] = first;
    if (name !== "PathPrefix") rest["pathType"] = pathTypes[name]!;
    return true;
  }
  if (name === "Method" && rest["methods"] === undefined) {
    rest["methods"] = [...values];
    return true;
  }
  if (Object.hasOwn(maps, name) && second !== undefined) {
    const field = maps[name]!;
    const given = (rest[field] as JsonObject | undefined) ?? {};
    // Two values of one header both have to match, which a map cannot say.
    if (Object.hasOwn(given, first)) return false;
    rest[field] = { ...given, [first]: second };
    return true;
  }
  return false;
}
