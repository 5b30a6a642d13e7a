import type { JsonObject } from "@fairlead/apimachinery";
import type { HttpRule, ResolvedRoute } from "../model.ts";
import { alternatives } from "../rule/alternatives.ts";
import { unsupported } from "../unsupported.ts";
import type { Controller } from "./controller.ts";

/** The paths of an Ingress rule: nothing but paths can be told apart. Undefined when there is more, which is reported. */
export function ingressPaths(route: ResolvedRoute, rule: HttpRule, controller: Controller): JsonObject[] | undefined {
  const found = alternatives(rule.condition);
  if (found === undefined) return unsupported(route, "so many alternatives in one match", rule.field);
  const paths: JsonObject[] = [];
  for (const alternative of found) {
    const [test, ...others] = alternative;
    if (test === undefined) {
      paths.push({ path: "/", pathType: "Prefix" });
      continue;
    }
    const { name, values } = test.matcher;
    const other = others[0]?.matcher.name ?? name;
    if (test.not) return unsupported(route, `"not" (!${name})`, rule.field);
    if (others.length > 0)
      return unsupported(route, `the matcher ${other === "Path" ? name : other} beside a path`, rule.field);
    if (name === "Path") paths.push({ path: values[0]!, pathType: "Exact" });
    else if (name === "PathPrefix") paths.push({ path: values[0]!, pathType: "Prefix" });
    else if (name === "PathRegexp" && controller === "nginx") {
      paths.push({ path: values[0]!.replace(/^\^/, ""), pathType: "ImplementationSpecific" });
    } else return unsupported(route, `the matcher ${name}`, rule.field);
  }
  return paths;
}

/** Whether a rule has a regular expression, which nginx wants announced. */
export function usesRegexp(rule: HttpRule): boolean {
  return (alternatives(rule.condition) ?? []).some((list) => list.some(({ matcher }) => matcher.name === "PathRegexp"));
}
