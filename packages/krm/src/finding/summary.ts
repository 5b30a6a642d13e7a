import { compareText } from "@fairlead/apimachinery";
import type { Finding, Severity } from "./finding.ts";

const order: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/** `2 errors, 1 warning`; `no findings` when there are none. */
export function summarize(findings: readonly Finding[]): string {
  const parts: string[] = [];
  for (const [severity, one, many] of [
    ["error", "error", "errors"],
    ["warning", "warning", "warnings"],
    ["info", "note", "notes"],
  ] as const) {
    const count = findings.filter((finding) => finding.severity === severity).length;
    if (count > 0) parts.push(`${count} ${count === 1 ? one : many}`);
  }
  return parts.length === 0 ? "no findings" : parts.join(", ");
}

/** By file, line, column, then severity and the rest, without repetitions: the same findings always give the same list. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const keyed = findings.map((finding) => ({ finding, key: keyOf(finding) }));
  const seen = new Set<string>();
  const unique = keyed.filter(({ key }) => !seen.has(key) && seen.add(key));
  return unique
    .sort((a, b) => compareFindings(a.finding, b.finding) || compareText(a.key, b.key))
    .map(({ finding }) => finding);
}

function compareFindings(a: Finding, b: Finding): number {
  // Findings without a file come last: they speak about the run as a whole.
  return (
    Number(a.file === undefined) - Number(b.file === undefined) ||
    compareText(a.file ?? "", b.file ?? "") ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    order[a.severity] - order[b.severity]
  );
}

function keyOf(finding: Finding): string {
  const { code, severity, message, hint, object, field, file, line, column } = finding;
  const ref = object === undefined ? null : [object.apiVersion, object.kind, object.namespace ?? null, object.name];
  return JSON.stringify([
    code,
    message,
    severity,
    hint ?? null,
    ref,
    field ?? null,
    file ?? null,
    line ?? null,
    column ?? null,
  ]);
}
