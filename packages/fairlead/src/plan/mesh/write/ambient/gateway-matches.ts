import { parseDuration, type JsonObject } from "@fairlead/apimachinery";
import { fields, filled } from "../../../shared/fields.ts";
import type { Condition, TextMatch } from "../rules/route-rule.ts";

/** The conditions of a rule as the matches of an HTTPRoute: one for each method, which it cannot list. */
export function gatewayMatches({ path, headers, query, methods }: Condition): JsonObject[] {
  const types = { exact: "Exact", prefix: "PathPrefix", regex: "RegularExpression" } as const;
  const match = fields({
    path: path === undefined ? undefined : { type: types[path.kind], value: path.text },
    headers: filled(headers.map(([name, text]) => named(name, text))),
    queryParams: filled(query.map(([name, text]) => named(name, text))),
  });
  return methods.length === 0 ? [match] : methods.map((method) => ({ ...match, method }));
}

function named(name: string, { kind, text }: TextMatch): JsonObject {
  if (kind === "exact") return { type: "Exact", name, value: text };
  return { type: "RegularExpression", name, value: kind === "regex" ? text : `${escape(text)}.*` };
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}

/** A Go duration as the Gateway API writes it: whole seconds or milliseconds of at most five digits. */
export function gatewayDuration(text: string): string | undefined {
  const nanoseconds = parseDuration(text);
  if (nanoseconds === undefined) return undefined;
  const milliseconds = nanoseconds / 1_000_000n;
  if (milliseconds < 100_000n && milliseconds % 1000n !== 0n) return `${milliseconds}ms`;
  const seconds = milliseconds / 1000n;
  return seconds < 100_000n ? `${seconds}s` : `${seconds / 3600n}h`;
}
