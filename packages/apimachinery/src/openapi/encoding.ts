import { lines } from "./generated/encoding.ts";

/** What Go's encoder does with the zero values of a definition's fields, which its schema does not tell. */
export type Encoding = {
  /** Written only when not empty. */
  readonly omitted: ReadonlySet<string>;
  /** Written always, as `{}` when empty. */
  readonly structs: readonly string[];
  /** Written always, as `""` when empty. */
  readonly texts: readonly string[];
};

const none: Encoding = { omitted: new Set(), structs: [], texts: [] };
let texts: Map<string, string> | undefined;
const parsed = new Map<string, Encoding>();

/** The encoding of a built-in definition by its name. */
export function encodingOf(name: string): Encoding {
  let encoding = parsed.get(name);
  if (encoding !== undefined) return encoding;
  texts ??= new Map(lines.split("\n").map((line) => [line.slice(0, line.indexOf(" ")), line]));
  const marks = texts.get(name)?.split(" ").slice(1);
  const marked = (mark: string): string[] =>
    (marks ?? []).filter((one) => one.startsWith(mark)).map((one) => one.slice(1));
  encoding = marks === undefined ? none : { omitted: new Set(marked("-")), structs: marked("+"), texts: marked("=") };
  parsed.set(name, encoding);
  return encoding;
}
