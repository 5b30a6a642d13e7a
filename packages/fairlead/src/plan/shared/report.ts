import type { FieldPath } from "@fairlead/apimachinery";
import type { Finding, FindingTable, ObjectRef, Severity } from "@fairlead/krm";

/** What a finding says; the object is the declaration, fields are those of the declaration. */
export interface Report {
  readonly message: string;
  readonly hint?: string;
  readonly field?: FieldPath;
  readonly severity?: Severity;
}

/** Collects the findings of one plan. */
export interface Reporter<Code extends string> {
  readonly findings: Finding[];
  (code: Code, report: Report): void;
}

export function reporter<Code extends string>(table: FindingTable<Code>, object: ObjectRef): Reporter<Code> {
  const findings: Finding[] = [];
  const report = (code: Code, details: Report): void => {
    findings.push(table(code, { ...details, object }));
  };
  return Object.assign(report, { findings });
}
