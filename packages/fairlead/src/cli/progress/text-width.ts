/** Columns of a terminal that a text takes: East Asian characters and emoji take two, marks that combine none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** A text in at most `width` columns; what is cut off leaves an ellipsis. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let used = 0;
  let cut = "";
  for (const character of text) {
    used += characterWidth(character);
    if (used > width - 1) break;
    cut += character;
  }
  return width < 1 ? "" : `${cut}…`;
}

/** Without anything that could move the cursor or change the terminal; line breaks become spaces. */
export function plainText(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/\p{Cc}|[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, "");
}

const wide =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}]/u;

function characterWidth(character: string): number {
  if (/\p{M}|\u200D|\uFE0F/u.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
