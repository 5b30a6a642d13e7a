import type { FieldProblem } from "./errors.ts";

export function invalidValue(field: string, value: unknown, why: string): FieldProblem {
  return { field, reason: "FieldValueInvalid", message: `Invalid value: ${goValue(value)}: ${why}` };
}

export function requiredValue(field: string, why = ""): FieldProblem {
  return { field, reason: "FieldValueRequired", message: why === "" ? "Required value" : `Required value: ${why}` };
}

export function forbiddenValue(field: string, why: string): FieldProblem {
  return { field, reason: "FieldValueForbidden", message: `Forbidden: ${why}` };
}

export function duplicateValue(field: string, value: unknown): FieldProblem {
  return { field, reason: "FieldValueDuplicate", message: `Duplicate value: ${goValue(value)}` };
}

export function unsupportedValue(field: string, value: unknown, known: readonly string[]): FieldProblem {
  const list = known.map((one) => JSON.stringify(one)).join(", ");
  return {
    field,
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${goValue(value)}: supported values: ${list}`,
  };
}

/** Longer than so many bytes. */
export function tooLong(field: string, most: number): FieldProblem {
  return { field, reason: "FieldValueTooLong", message: `Too long: may not be more than ${most} bytes` };
}

export function notFoundValue(field: string, value: string): FieldProblem {
  return { field, reason: "FieldValueNotFound", message: `Not found: ${goValue(value)}` };
}

/** A check that could not be made. */
export function internalError(field: string, why: string): FieldProblem {
  return { field, reason: "InternalError", message: `Internal error: ${why}` };
}

/** As Go's field errors print a value: texts quoted, numbers plain, structures as JSON. */
function goValue(value: unknown): string {
  return value === undefined ? "null" : (JSON.stringify(value) ?? "null");
}
