import { inspect } from "node:util";

/** What stands in place of a secret wherever somebody prints one. */
export const hiddenText = "(hidden)";

/** A value that only `reveal()` gives: not `util.inspect`, `JSON.stringify`, a template or a comparison in a test. */
export interface Secret<T = string> {
  reveal(): T;
}

export function secret<T>(value: T): Secret<T> {
  const holder = guarded({} as Secret<T>);
  // Not enumerable: what copies or compares properties does not even meet the function.
  Object.defineProperty(holder, "reveal", { value: () => value });
  return holder;
}

/**
 * The object itself, which no longer shows its values when it is printed: for records that must stay ordinary (headers
 * are spread, PEM texts are handed to TLS). What is copied out of it is on its own.
 */
export function guarded<T extends object>(object: T): T {
  const hidden = { enumerable: false, value: () => hiddenText };
  return Object.defineProperties(object, { toJSON: hidden, toString: hidden, [inspect.custom]: hidden });
}

/**
 * The record itself with some of its properties turned into hidden ones: reading and destructuring them works, spreading
 * and printing do not show them, not even in the report of an error that nobody caught, which asks no object.
 */
export function withHidden<T extends object>(object: T, ...keys: readonly (keyof T)[]): T {
  for (const key of keys) {
    if (!Object.hasOwn(object, key)) continue;
    const value = object[key];
    Object.defineProperty(object, key, { enumerable: false, get: () => value });
  }
  return guarded(object);
}

/** The URL itself, whose text has no user and password any more: only its `username` and `password` tell them. */
export function guardedUrl(url: URL): URL {
  const shown = withoutUser(url);
  const hidden = { enumerable: false, value: () => shown };
  return Object.defineProperties(url, {
    href: { enumerable: false, get: () => shown },
    toString: hidden,
    toJSON: hidden,
    [inspect.custom]: hidden,
  });
}

/** The text of a URL without its user and password. */
export function withoutUser(url: URL): string {
  const copy = new URL(url.href);
  copy.username = "";
  copy.password = "";
  return copy.href;
}

/**
 * A text of another program, for an error message: at most `limit` characters from its end, on one line, with all that
 * looks like a token masked. Rather too much is masked than too little.
 */
export function quotable(text: string, limit = 400): string {
  const masked = text
    .replaceAll(/-----BEGIN [^-]*-----[\s\S]*?(?:-----END [^-]*-----|$)/g, hiddenText)
    .replaceAll(
      /\b(bearer|basic|password|passwd|secret|token|code)(["']?\s*[:= ]\s*["']?)[^\s"',;]{6,}/gi,
      `$1$2${hiddenText}`,
    )
    .replaceAll(/[\w+/=.~-]{32,}/g, (word) => (/\d/.test(word) || word.length >= 64 ? hiddenText : word))
    .replaceAll(/\s+/g, " ")
    .trim();
  return masked.length > limit ? `…${masked.slice(-limit)}` : masked;
}
