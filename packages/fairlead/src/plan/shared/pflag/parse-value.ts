import { parseDuration, setOwn } from "@fairlead/apimachinery";
import type { FlagType, FlagValue } from "./flag.ts";

/** A value, or why the text is none. */
export type ParsedValue =
  | { readonly kind: "value"; readonly value: FlagValue }
  | { readonly kind: "bad"; readonly expected: string };

const truths = new Map<string, boolean>([
  ...["1", "t", "T", "true", "TRUE", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "false", "FALSE", "False"].map((text) => [text, false] as const),
]);

const bits = { int: 64n, int64: 64n, int32: 32n } as const;

/** Reads a value as pflag does. `before`: what the same flag was given earlier; lists and maps add to it. */
export function parseValue(type: FlagType, text: string, before: FlagValue | undefined): ParsedValue {
  switch (type) {
    case "string":
      return { kind: "value", value: text };
    case "bool": {
      const value = truths.get(text);
      return value === undefined ? { kind: "bad", expected: "true or false" } : { kind: "value", value };
    }
    case "int":
    case "int32":
    case "int64": {
      const value = parseInteger(text, bits[type]);
      return value === undefined ? { kind: "bad", expected: "an integer" } : { kind: "value", value };
    }
    case "duration": {
      const nanoseconds = parseDuration(text);
      if (nanoseconds === undefined) return { kind: "bad", expected: "a duration such as 5m" };
      return { kind: "value", value: Number(nanoseconds) / 1e9 };
    }
    case "strings": {
      const items = text === "" ? [] : csvFields(text);
      if (items === undefined) return { kind: "bad", expected: "a list with commas between its items" };
      return { kind: "value", value: [...((before as readonly string[] | undefined) ?? []), ...items] };
    }
    case "map":
      return parseMap(text, before as { readonly [key: string]: string } | undefined);
  }
}

const integer = /^([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?[0-9])*)$/;

/** As Go's strconv.ParseInt with base 0: `0x10`, `0b1`, `0o7`, `017`, `1_000`. */
function parseInteger(text: string, size: bigint): number | undefined {
  const [, sign = "", digits = ""] = text.length > 80 ? [] : (integer.exec(text) ?? []);
  if (digits === "") return undefined;
  const plain = digits.replaceAll("_", "");
  const magnitude = BigInt(/^0[0-7]+$/.test(plain) ? `0o${plain.slice(1)}` : plain);
  const value = sign === "-" ? -magnitude : magnitude;
  if (value >= 1n << (size - 1n) || value < -(1n << (size - 1n))) return undefined;
  // What a number cannot hold exactly is nothing that a flag here is for.
  return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
}

/** One pair may hold commas; several are read as a list, in which a pair with commas stands in quotes. */
function parseMap(text: string, before: { readonly [key: string]: string } | undefined): ParsedValue {
  const bad: ParsedValue = { kind: "bad", expected: "KEY=VALUE, with commas between several" };
  const equals = text.split("=").length - 1;
  const pairs = equals === 1 ? [text.replace(/^"+|"+$/g, "")] : csvFields(text);
  if (pairs === undefined) return bad;
  const map: { [key: string]: string } = {};
  for (const key of Object.keys(before ?? {})) setOwn(map, key, before![key]!);
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 0) return bad;
    setOwn(map, pair.slice(0, at), pair.slice(at + 1));
  }
  return { kind: "value", value: map };
}

/** The fields of the first record, as Go's encoding/csv reads it; undefined where it refuses the text. */
function csvFields(text: string): string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field = "";
    if (text[at] === '"') {
      at++;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote < 0) return undefined;
        field += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
        at++;
      }
      if (at < text.length && text[at] !== "," && text[at] !== "\n") return undefined;
    } else {
      const [plain = ""] = /^[^,\n]*/.exec(text.slice(at)) ?? [];
      if (plain.includes('"')) return undefined;
      field = plain;
      at += plain.length;
    }
    fields.push(field);
    if (text[at] !== ",") return fields;
    at++;
  }
}
