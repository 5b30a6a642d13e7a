/** Columns as wide as what is in them, two spaces apart; nothing for no rows. */
export function tableOf(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  bold: (text: string) => string,
): string {
  if (rows.length === 0) return "";
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at === cells.length - 1 ? cell : cell.padEnd(widths[at]!)))
      .join("  ")
      .trimEnd();
  return [bold(line(head)), ...rows.map(line)].map((text) => `${text}\n`).join("");
}
