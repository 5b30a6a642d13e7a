/** The known name that was probably meant: equal but for case, or a few letters away; undefined when none is near. */
export function nearest(found: string, known: Iterable<string>): string | undefined {
  const limit = found.length <= 4 ? 1 : found.length <= 8 ? 2 : 3;
  const folded = found.toLowerCase();
  let best: string | undefined;
  let least = limit + 1;
  for (const name of known) {
    if (name === found || Math.abs(name.length - found.length) > limit) continue;
    const distance = name.toLowerCase() === folded ? 0 : editDistance(folded, name.toLowerCase(), limit);
    if (distance < least || (distance === least && best !== undefined && name < best)) [best, least] = [name, distance];
  }
  return least <= limit && least < found.length ? best : undefined;
}

/** Insertions, deletions, changes and swaps of neighbours between two words; at most `limit + 1` is told apart. */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.max(a.length, b.length) > 200) return a === b ? 0 : limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, before[j - 2]! + 1);
      }
      row.push(distance);
      if (distance < least) least = distance;
    }
    if (least > limit) return limit + 1;
    before = last;
    last = row;
  }
  return last[b.length]!;
}
