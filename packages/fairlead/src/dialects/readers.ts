import { isObject, isRawNumber, type JsonValue } from "@fairlead/apimachinery";

/**
 * Readers take a value in the spellings that people use and give the one that Fairlead's schema wants. What a reader
 * cannot make sense of it returns as it is: the schema then says what is wrong with it, at its own place.
 */
export type Reader = (value: JsonValue) => JsonValue;

/** A string; numbers and booleans as they are written. */
export const text: Reader = (value) => {
  if (isRawNumber(value)) return value.rawJSON;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
};

/** An integer, also as the string `"80"`. */
export const integer: Reader = (value) =>
  typeof value === "string" && /^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : value;

/** A number, also as the string `"0.5"`. */
export const number: Reader = (value) =>
  typeof value === "string" && /^\s*[+-]?\d{1,15}(\.\d{1,15})?\s*$/.test(value) ? Number(value) : value;

/** An integer, or any other number as its text: what the API calls IntOrString. */
export const amount: Reader = (value) => {
  const read = integer(value);
  return typeof read === "number" && !Number.isInteger(read) ? text(read) : read;
};

/** A percentage: `50`, `"50"`, `"50%"`. */
export const percent: Reader = (value) =>
  typeof value === "string" && /^\s*\d{1,15}\s*%\s*$/.test(value) ? Number.parseInt(value, 10) : integer(value);

/** A boolean, also as the string `"true"`. */
export const flag: Reader = (value) => {
  if (typeof value !== "string") return value;
  const word = value.trim().toLowerCase();
  if (word === "true" || word === "yes" || word === "on") return true;
  return word === "false" || word === "no" || word === "off" ? false : value;
};

/** A list; one item may stand for a list of one. */
export const list: Reader = (value) => (Array.isArray(value) ? value : [value]);

/** A list of strings. */
export const texts: Reader = (value) => (list(value) as JsonValue[]).filter((item) => item !== null).map(text);

/** A map from string to string; an empty value is the empty string. */
export const textMap: Reader = (value) => {
  if (!isObject(value)) return value;
  // fromEntries defines own properties, so that `__proto__` stays an ordinary key.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, item === null ? "" : text(item)]));
};

export const asIs: Reader = (value) => value;
