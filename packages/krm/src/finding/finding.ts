import type { FieldPath, JsonValue } from "@fairlead/apimachinery";
import type { ObjectRef } from "../object.ts";

export type Severity = "error" | "warning" | "info";

/**
 * One problem, the same everywhere: text with a code frame, JSON, SARIF, KRM `results[]`, an Event, a condition.
 * `message` says what is wrong and what was found; `hint` what to write instead.
 * `file`, `line`, `column` (both from 1) are filled in by whoever knows the sources; planners give `object` and `field`.
 */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string;
  readonly object?: ObjectRef;
  readonly field?: FieldPath;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** What stands in `field`, unless it may be secret. */
  readonly currentValue?: JsonValue;
  /** What `field` could be set to instead. */
  readonly proposedValue?: JsonValue;
}

export function isError({ severity }: Finding): boolean {
  return severity === "error";
}

/** Whether one of them is an error: what they are about must not go out then. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(isError);
}

/** What a code means: the source of its page in docs/reference/findings. */
export interface FindingDefinition {
  /** One line: what the finding says in general. */
  readonly title: string;
  readonly severity: Severity;
  /** Why it matters and when it appears. */
  readonly explanation: string;
  /** What to do. */
  readonly remedy: string;
}

export type FindingDetails = Omit<Finding, "code" | "severity"> & { readonly severity?: Severity };

/** A closed set of codes with a function that makes their findings: a code outside the table does not type-check. */
export interface FindingTable<Code extends string> {
  readonly definitions: Readonly<Record<Code, FindingDefinition>>;
  (code: Code, details: FindingDetails): Finding;
}

/** Codes are never reused: a retired one keeps its row with `severity: "info"` and says so in its title. */
export function defineFindings<const Code extends string>(
  definitions: Readonly<Record<Code, FindingDefinition>>,
): FindingTable<Code> {
  const make = (code: Code, details: FindingDetails): Finding => ({
    code,
    ...details,
    severity: details.severity ?? definitions[code].severity,
    // Whoever has nothing more precise to say leaves it to the table: every finding says what to do.
    hint: details.hint ?? definitions[code].remedy,
  });
  return Object.assign(make, { definitions });
}
