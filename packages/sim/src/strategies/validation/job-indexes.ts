/** Indexes from one to another, or why a text is none. */
type Interval = { readonly first: number; readonly last: number } | { readonly problem: string };

function parseInterval(text: string, completions: number): Interval {
  const parts = text.split("-");
  if (parts.length > 2) {
    const why = "violates the requirement that an index interval can have at most two parts separated by '-'";
    return { problem: `the fragment ${JSON.stringify(text)} ${why}` };
  }
  const numbers: number[] = [];
  for (const part of parts) {
    if (!/^[-+]?\d{1,15}$/.test(part)) {
      return { problem: `cannot convert string to integer for index: ${JSON.stringify(part)}` };
    }
    if (Number(part) >= completions) return { problem: `too large index: ${JSON.stringify(part)}` };
    numbers.push(Number(part));
  }
  const [first, last = first] = numbers as [number, number?];
  if (numbers.length === 2 && first >= last) return { problem: outOfOrder(first, last) };
  return { first, last };
}

function outOfOrder(previous: number, current: number): string {
  return `non-increasing order, previous: ${previous}, current: ${current}`;
}

/** What is wrong with indexes such as `0,2-4` of a Job with so many completions. */
export function indexesProblem(text: string, completions: number): string | undefined {
  if (text === "") return undefined;
  let previous: number | undefined;
  for (const part of text.split(",")) {
    const interval = parseInterval(part, completions);
    if ("problem" in interval) return interval.problem;
    if (previous !== undefined && previous >= interval.first) return outOfOrder(previous, interval.first);
    previous = interval.last;
  }
  return undefined;
}

/** The same index cannot be both; parts that are no indexes are told of elsewhere. */
export function overlapProblem(completed: string, failed: string, completions: number): string | undefined {
  if (completed === "" || failed === "") return undefined;
  const [left, right] = [completed, failed].map((text) =>
    text
      .split(",")
      .map((part) => parseInterval(part, completions))
      .filter((one) => !("problem" in one)),
  ) as [{ first: number; last: number }[], { first: number; last: number }[]];
  let [at, other] = [0, 0];
  while (at < left.length && other < right.length) {
    const [a, b] = [left[at]!, right[other]!];
    if (a.first <= b.last && b.first <= a.last) {
      return `failedIndexes and completedIndexes overlap at index: ${Math.max(a.first, b.first)}`;
    }
    if (a.first <= b.first) at++;
    else other++;
  }
  return undefined;
}
