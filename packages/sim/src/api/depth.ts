import type { JsonValue } from "@fairlead/apimachinery";

/**
 * How deeply lists and objects may lie in each other. What walks through objects calls itself, and a stack ends; the API
 * server draws its line at 10,000, far beyond every real object, too.
 */
export const deepest = 1_000;

export function isTooDeep(value: JsonValue): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === deepest) return true;
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one !== "object" || one === null) continue;
      for (const item of Array.isArray(one) ? one : Object.values(one)) {
        if (typeof item === "object" && item !== null) next.push(item);
      }
    }
    level = next;
  }
  return false;
}

/** The same of a JSON text, before it is parsed. */
export function isTextTooDeep(text: string): boolean {
  // Most are too short or have too few brackets for that.
  if (text.length <= 2 * deepest) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = stringEnd(text, at);
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > deepest) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}

function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
