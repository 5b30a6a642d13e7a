import { charAt, isBlankBreakOrEnd, isWord, type Cursor } from "./chars.ts";
import { YamlFailure } from "./failure.ts";

export const coreTagPrefix = "tag:yaml.org,2002:";

const uriCharacters = new Set([...";/?:@&=+$,.!~*'()[]%"].map((c) => c.charCodeAt(0)));

/** Reads a tag and returns it in full: `tag:yaml.org,2002:str` of `!!str`, `!x` of `!x`. */
export function scanTag(cursor: Cursor, directives: string): string {
  const start = cursor.pos;
  let i = start + 1;
  let tag: string;
  if (charAt(cursor, i) === 60) {
    const from = ++i;
    while (isUri(charAt(cursor, i))) i++;
    if (charAt(cursor, i) !== 62)
      throw new YamlFailure("tag", start, "the tag that begins with `!<` is never closed", "add the `>`");
    tag = cursor.text.slice(from, i++);
  } else {
    while (isWord(charAt(cursor, i))) i++;
    const handle = charAt(cursor, i) === 33 ? cursor.text.slice(start, ++i) : "!";
    const from = handle === "!" ? start + 1 : i;
    while (isUri(charAt(cursor, i))) i++;
    tag = prefixOf(handle, directives, start) + cursor.text.slice(from, i);
  }
  if (!isBlankBreakOrEnd(charAt(cursor, i))) {
    throw new YamlFailure(
      "tag",
      i,
      "a tag is followed directly by other text",
      "put a space behind the tag; quote the value when it is meant to begin with `!`",
    );
  }
  cursor.pos = i;
  return decode(tag);
}

function isUri(c: number): boolean {
  return isWord(c) || uriCharacters.has(c);
}

function prefixOf(handle: string, directives: string, start: number): string {
  if (handle === "!") return "!";
  if (handle === "!!") return coreTagPrefix;
  for (const line of directives.split("\n")) {
    const [name, declared, prefix] = line.trim().split(/\s+/);
    if (name === "%TAG" && declared === handle && prefix !== undefined) return prefix;
  }
  throw new YamlFailure(
    "tag",
    start,
    `the tag handle \`${handle}\` is not declared`,
    "quote the value when it is meant to begin with `!`",
  );
}

function decode(tag: string): string {
  if (!tag.includes("%")) return tag;
  try {
    return decodeURIComponent(tag);
  } catch {
    return tag;
  }
}
