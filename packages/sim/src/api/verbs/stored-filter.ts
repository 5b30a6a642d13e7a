import type { Requirement } from "@fairlead/apimachinery";
import type { Stored } from "../../store/store.ts";
import { mayContain } from "../../store/may-contain.ts";
import type { FieldTerm } from "../field-selector.ts";
import type { ListOptions } from "../list-options.ts";

/**
 * Tells, without parsing it, of most objects that selectors do not select that they do not: what is selected must
 * contain the values that are asked for. Undefined where nothing can be told.
 */
export function storedFilter({ labels, fields }: ListOptions): ((stored: Stored) => boolean) | undefined {
  const tests = [...labels.map(textsOfLabel), ...fields.map(textsOfField)]
    .filter((texts) => texts.length > 0)
    .map((texts) => texts.map((text) => mayContain(text)));
  if (tests.length === 0) return undefined;
  return (stored) => tests.every((any) => any.some((contains) => contains(stored)));
}

/** One of these is in whatever meets the requirement; none where nothing is known. */
function textsOfLabel({ key, operator, values }: Requirement): readonly string[] {
  if (operator === "exists") return plain(`"${key}":`);
  if (operator !== "in" && operator !== "=" && operator !== "==") return [];
  return values.flatMap((value) => plain(`"${value}"`));
}

/** What a field gives that an object does not have. */
const ofNothing: ReadonlySet<string> = new Set(["", "0", "true", "false"]);

function textsOfField({ field, value, negated }: FieldTerm): readonly string[] {
  // These are told by the key, and cheaper.
  if (negated || ofNothing.has(value) || field.startsWith("metadata.")) return [];
  return plain(value);
}

/** Only what is written in JSON as it is. */
function plain(text: string): readonly string[] {
  return /^["\w./: -]+$/.test(text) ? [text] : [];
}
