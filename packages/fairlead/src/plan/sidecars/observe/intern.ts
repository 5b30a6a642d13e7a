import type { JsonValue } from "@fairlead/apimachinery";
import { sha256 } from "./canonical.ts";

/** Texts longer than this are remembered by their hash. */
const longest = 512;
const firstSweep = 4096;

const known = new Map<string, WeakRef<object>>();
let sweepAt = firstSweep;

/**
 * The same value for equal values (equal in the order of their keys, too): thousands of pods have few labels, owners and
 * proxies between them. What nobody holds any more is forgotten. What is interned must not be changed.
 */
export function intern<T extends JsonValue>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  const text = JSON.stringify(value);
  const key = text.length > longest ? `#${sha256(text)}` : text;
  const found = known.get(key)?.deref();
  if (found !== undefined) return found as T;
  if (known.size >= sweepAt) sweep();
  known.set(key, new WeakRef(value));
  return value;
}

function sweep(): void {
  for (const [key, reference] of known) if (reference.deref() === undefined) known.delete(key);
  sweepAt = Math.max(firstSweep, known.size * 2);
}
