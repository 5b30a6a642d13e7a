/**
 * What has to be written so that a terminal that shows `before` (the cursor below its last line) shows `after`. Lines
 * that stay are not written again, and all of it is one update where the terminal knows synchronized output: nothing
 * flickers. Lines must not be wider than the window.
 */
export function redraw(before: readonly string[], after: readonly string[]): string {
  if (before.length === after.length && before.every((line, index) => line === after[index])) return "";
  let text = before.length === 0 ? "" : `\r\u001b[${before.length}A`;
  for (const [index, line] of after.entries()) {
    text += before[index] === line ? "\n" : `${line}\u001b[K\n`;
  }
  if (after.length < before.length) text += "\u001b[J";
  return `${beginUpdate}${text}${endUpdate}`;
}

const beginUpdate = "\u001b[?2026h";
const endUpdate = "\u001b[?2026l";
export const hideCursor = "\u001b[?25l";
export const showCursor = "\u001b[?25h";
