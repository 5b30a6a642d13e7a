import { canonicalJson, type JsonObject } from "@fairlead/apimachinery";
import { goPrint } from "./go-print.ts";

/** The letters that `SafeEncodeString` of apimachinery's rand maps to: no vowels, so no words. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/**
 * The name of a pod template among those of its owner, as Kubernetes computes it (`ComputeHash`): a 32-bit FNV-1a hash of
 * Go's print of the struct. A template that Go prints in a way that its JSON does not tell, with a quantity beyond 64 bits
 * for one, gets the hash of its canonical JSON. `collisions`, of the owner's status, yields another one where two
 * templates have the same.
 */
export function templateHash(template: JsonObject, collisions: number | undefined): string {
  const bytes = new TextEncoder().encode(goPrint("v1.PodTemplateSpec", template) ?? canonicalJson(template));
  const suffix = new Uint8Array(collisions === undefined ? 0 : 8);
  if (collisions !== undefined) new DataView(suffix.buffer).setUint32(0, collisions, true);
  return encode(fnv32a([bytes, suffix]));
}

const offset = 0x811c9dc5;
const prime = 0x01000193;

function fnv32a(parts: readonly Uint8Array[]): number {
  let hash = offset;
  for (const bytes of parts) for (const byte of bytes) hash = Math.imul(hash ^ byte, prime);
  return hash >>> 0;
}

/** FNV-1: the same with the two steps the other way round. */
export function fnv32(text: string): number {
  let hash = offset;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash, prime) ^ byte;
  return hash >>> 0;
}

/** The decimal digits of a hash as letters. */
export function encode(hash: number): string {
  return [...String(hash)].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join("");
}
