import type { QuotaScope } from "./evaluator.ts";

/** Whether a scope with an operator selects a value; undefined is an object that has none. */
export function scopeSelects({ operator, values }: QuotaScope, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}
