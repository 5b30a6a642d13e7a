import { formatPath } from "@fairlead/apimachinery";
import type { ObjectRef } from "../object.ts";
import type { Finding, Severity } from "./finding.ts";
import { sortFindings } from "./summary.ts";

/** A finding in machine-readable output; `field` is written as people read it, `path` as programs need it. */
export interface JsonFinding {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string;
  readonly object?: ObjectRef;
  readonly field?: string;
  readonly path?: readonly (string | number)[];
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** Version 1 of the JSON form: fields may be added to it, none is changed or removed. */
export interface FindingsDocument {
  readonly schemaVersion: 1;
  readonly findings: readonly JsonFinding[];
  readonly summary: { readonly errors: number; readonly warnings: number; readonly infos: number };
}

export function findingsToJson(findings: readonly Finding[]): FindingsDocument {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  return {
    schemaVersion: 1,
    findings: sortFindings(findings).map(toJson),
    summary: { errors: count("error"), warnings: count("warning"), infos: count("info") },
  };
}

function toJson(finding: Finding): JsonFinding {
  const { code, severity, message, hint, object, field, file, line, column } = finding;
  return {
    code,
    severity,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(object === undefined ? {} : { object }),
    ...(field === undefined ? {} : { field: formatPath(field), path: field }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
}
