import {
  canonicalQuantity,
  get,
  isObject,
  parseQuantity,
  quantityUnits,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { invalidValue } from "../../field-problem.ts";
import { sortedMap, type Problems } from "./checks.ts";

/** Amounts of a quota's status; `nameProblems` is what is wrong with a name of them. */
export function amountsProblems(
  nameProblems: (name: string, at: string) => Problems,
  integers: ReadonlySet<string>,
): (quota: JsonObject) => Problems {
  return function* (quota) {
    for (const key of ["hard", "used"]) {
      for (const [name, amount] of amountsOf(get(quota["status"], key))) {
        const at = `status.${key}[${name}]`;
        yield* nameProblems(name, at);
        yield* amountProblems(amount, at, integers.has(name));
      }
    }
  };
}

/** Amounts that may not be negative; of what is counted, only whole ones. */
export function* amountProblems(amount: JsonValue, at: string, isCounted: boolean): Problems {
  if (typeof amount !== "string" && typeof amount !== "number") return;
  const quantity = parseQuantity(amount);
  if (quantity === undefined) return;
  const shown = canonicalQuantity(amount);
  if (quantity.mantissa < 0n) yield invalidValue(at, shown, "must be greater than or equal to 0");
  if (isCounted && quantityUnits(quantity, -3) % 1000n !== 0n) yield invalidValue(at, shown, "must be an integer");
}

function amountsOf(map: JsonValue | undefined): readonly (readonly [string, JsonValue])[] {
  return Object.entries(isObject(map) ? sortedMap(map) : {});
}
