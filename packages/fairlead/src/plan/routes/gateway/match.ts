import type { FieldPath, JsonObject } from "@fairlead/apimachinery";
import { fields, filled } from "../../shared/fields.ts";
import type { ResolvedRoute } from "../model.ts";
import type { Alternative } from "../rule/alternatives.ts";
import type { Matcher } from "../rule/condition.ts";
import { unsupported } from "../unsupported.ts";

const pathTypes: { readonly [matcher: string]: string } = {
  Path: "Exact",
  PathPrefix: "PathPrefix",
  PathRegexp: "RegularExpression",
};

/** An HTTPRouteMatch of matchers that hold together; undefined when it cannot be expressed, which is reported. */
export function gatewayMatch(route: ResolvedRoute, alternative: Alternative, field: FieldPath): JsonObject | undefined {
  let path: JsonObject | undefined;
  let method: string | undefined;
  const headers: JsonObject[] = [];
  const queryParams: JsonObject[] = [];
  for (const { matcher, not } of alternative) {
    const [first = "", second] = matcher.values;
    const typed = (name: string, value: string) =>
      matcher.name.endsWith("Regexp") ? { type: "RegularExpression", name, value } : { name, value };
    if (not) return unsupported(route, `"not" (!${matcher.name})`, field);
    if (Object.hasOwn(pathTypes, matcher.name)) {
      if (path !== undefined) return unsupported(route, "two paths that hold together", field);
      path = { type: pathTypes[matcher.name]!, value: first };
    } else if (matcher.name === "Method") {
      if (method !== undefined && method !== first) return unsupported(route, "two methods that hold together", field);
      method = first;
    } else if (matcher.name.startsWith("Header")) {
      headers.push(typed(first, second ?? ""));
    } else if (matcher.name.startsWith("Query") && second !== undefined) {
      queryParams.push(typed(first, second));
    } else {
      return unsupported(route, describeMatcher(matcher), field, hintOf(matcher));
    }
  }
  return fields({ path, headers: filled(headers), queryParams: filled(queryParams), method });
}

function describeMatcher(matcher: Matcher): string {
  return `the matcher ${matcher.name}`;
}

function hintOf(matcher: Matcher): string | undefined {
  return matcher.name.startsWith("Host") ? "write the host in `hosts`" : undefined;
}
