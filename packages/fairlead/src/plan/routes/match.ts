import type { FieldPath } from "@fairlead/apimachinery";
import type { RouteRule } from "../../kinds/route-parts.ts";
import type { Reporter } from "../shared/report.ts";
import type { RouteCode } from "./model.ts";
import { all, any, matcher, type Condition } from "./rule/condition.ts";
import { parseRule } from "./rule/parse-rule.ts";

export interface ReadMatch {
  readonly condition: Condition | undefined;
  /** The `match` as it was written; undefined when the rule has other fields beside it, or none. */
  readonly written: string | undefined;
}

/** What a rule says of requests, as one condition; undefined when it cannot be read, which is reported. */
export function readMatch(rule: RouteRule, field: FieldPath, report: Reporter<RouteCode>): ReadMatch | undefined {
  const terms: Condition[] = [];
  const path = pathCondition(rule, field, report);
  if (path === "wrong") return undefined;
  if (path !== undefined) terms.push(path);
  const methods = any((rule.methods ?? []).map((method) => matcher("Method", method.toUpperCase())));
  if (methods !== undefined) terms.push(methods);
  for (const [name, values] of [
    ["Header", rule.headers],
    ["HeaderRegexp", rule.headersRegexp],
    ["Query", rule.query],
  ] as const) {
    for (const key of Object.keys(values ?? {}).sort()) terms.push(matcher(name, key, values![key]!));
  }
  if (rule.match === undefined) return { condition: all(terms), written: undefined };
  const parsed = parseRule(rule.match);
  if (parsed.kind === "problem") {
    const hint = parsed.hint ?? "write a Traefik rule such as PathPrefix(`/api`), or leave `match` out for everything";
    report("FL304", { message: parsed.message, hint, field: [...field, "match"] });
    return undefined;
  }
  const written = terms.length === 0 ? rule.match.trim() : undefined;
  return { condition: all([...terms, parsed.condition]), written };
}

function pathCondition(
  rule: RouteRule,
  field: FieldPath,
  report: Reporter<RouteCode>,
): Condition | undefined | "wrong" {
  const { path, pathType = "Prefix" } = rule;
  if (path === undefined) return undefined;
  const wrong = (message: string, hint: string) => {
    report("FL304", { message, hint, field: [...field, "path"] });
    return "wrong" as const;
  };
  if (path === "") return wrong("the path is empty", "write / for everything, or leave `path` out");
  if (pathType === "RegularExpression") return matcher("PathRegexp", path);
  if (!path.startsWith("/")) return wrong(`the path ${JSON.stringify(path)} does not start with /`, `write /${path}`);
  if (path.includes("//"))
    return wrong(`the path ${JSON.stringify(path)} has an empty part`, "write it with single slashes");
  if (pathType === "Prefix" && path === "/") return undefined;
  return matcher(pathType === "Exact" ? "Path" : "PathPrefix", path);
}
