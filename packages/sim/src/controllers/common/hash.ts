import { canonicalJson, type JsonObject } from "@fairlead/apimachinery";

/** The letters that `SafeEncodeString` of apimachinery's rand maps to: no vowels, so no words. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/**
 * A name for a template: a 32-bit FNV-1a hash of its canonical JSON, in the letters that Kubernetes uses. Kubernetes
 * hashes Go's print of its struct, which no other program can repeat, so the hashes differ from those of a real cluster
 * while names have the same form. `collisions` yields another one where two templates have the same.
 */
export function templateHash(template: JsonObject, collisions = 0): string {
  return encode(fnv32a(canonicalJson(template) + (collisions === 0 ? "" : `\u0000${collisions}`)));
}

const offset = 0x811c9dc5;
const prime = 0x01000193;

export function fnv32a(text: string): number {
  let hash = offset;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, prime);
  return hash >>> 0;
}

/** The same with the two steps the other way round. */
export function fnv32(text: string): number {
  let hash = offset;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash, prime) ^ byte;
  return hash >>> 0;
}

/** The decimal digits of a hash as letters. */
export function encode(hash: number): string {
  return [...String(hash)].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join("");
}
