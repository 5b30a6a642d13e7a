import type { Paint } from "./render.ts";

export interface FrameOptions {
  /** Columns after which lines are cut. */
  readonly width: number;
  readonly paint: Paint;
}

const context = 2;

/** The lines around a place, numbered, with a caret below the column. Empty when the place is beyond the text. */
export function codeFrame(
  lines: readonly string[],
  line: number,
  column: number | undefined,
  options: FrameOptions,
): string[] {
  if (line < 1 || line > lines.length) return [];
  const first = Math.max(1, line - context);
  let last = Math.min(lines.length, line + context);
  while (last > line && lines[last - 1]!.trim() === "") last--;
  const digits = String(last).length;
  const at = column ?? 1;
  const offset = cutBefore(lines[line - 1]!, at, options.width);
  const frame: string[] = [];
  for (let number = first; number <= last; number++) {
    const marker = number === line ? options.paint("red", ">") : " ";
    const gutter = options.paint("dim", `${String(number).padStart(digits)} |`);
    frame.push(`${marker} ${gutter} ${shorten(lines[number - 1]!, offset, options.width)}`.trimEnd());
    if (number === line && column !== undefined) {
      const padding = displayWidth(shorten(lines[number - 1]!, offset, at - 1 - offset));
      frame.push(
        `  ${options.paint("dim", `${" ".repeat(digits)} |`)} ${" ".repeat(padding)}${options.paint("red", "^")}`,
      );
    }
  }
  return frame;
}

/** How many characters to leave out at the left, so that the column can be seen. */
function cutBefore(line: string, column: number, width: number): number {
  return line.length <= width || column <= width * 0.8 ? 0 : Math.max(0, column - Math.floor(width / 2));
}

function shorten(line: string, from: number, width: number): string {
  const part = line.slice(from, from + Math.max(0, width));
  return part.replaceAll("\t", "→").replaceAll(/\p{Cc}|[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, "·");
}

/** East Asian characters and emoji take two columns of a terminal. */
function displayWidth(text: string): number {
  let width = 0;
  for (const c of text)
    width +=
      /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}]/u.test(
        c,
      )
        ? 2
        : 1;
  return width;
}
