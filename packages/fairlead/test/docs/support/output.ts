/** A line of this alone stands for any number of lines. */
export const elision = "…";

/** The lines between elisions; `["a", "…", "b"]` is `[["a"], ["b"]]`. */
function segments(lines: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const line of lines) {
    if (line.trim() === elision) parts.push([]);
    else parts.at(-1)!.push(line);
  }
  return parts;
}

function startsAt(lines: readonly string[], part: readonly string[], index: number): boolean {
  return part.every((line, offset) => lines[index + offset] === line);
}

/** Whether the output is what the page shows, where an elision may stand for lines. */
export function shows(expected: readonly string[], actual: readonly string[]): boolean {
  const parts = segments(expected);
  if (parts.length === 1) return expected.length === actual.length && startsAt(actual, expected, 0);
  const [first = []] = parts;
  const last = parts.at(-1)!;
  if (!startsAt(actual, first, 0)) return false;
  let position = first.length;
  for (const part of parts.slice(1, -1)) {
    while (position + part.length <= actual.length && !startsAt(actual, part, position)) position += 1;
    if (position + part.length > actual.length) return false;
    position += part.length;
  }
  const end = actual.length - last.length;
  return end >= position && startsAt(actual, last, end);
}

/** The output with the elisions of the page where they can be found again; else the whole output. */
export function rewritten(expected: readonly string[], actual: readonly string[]): string[] {
  const parts = segments(expected);
  if (parts.length === 1) return [...actual];
  const last = parts.at(-1)!;
  const end = actual.length - last.length;
  const kept: string[] = [];
  let position = 0;
  for (const [index, part] of parts.entries()) {
    if (index > 0) kept.push(elision);
    const at = index === 0 ? 0 : index === parts.length - 1 ? end : actual.indexOf(part[0] ?? "", position);
    if (at < position || at + part.length > actual.length) return [...actual];
    kept.push(...actual.slice(at, at + part.length));
    position = at + part.length;
  }
  return kept;
}
