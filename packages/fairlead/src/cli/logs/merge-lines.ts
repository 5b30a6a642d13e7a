import type { LogLine } from "@fairlead/kube";

/** A line with where it came from. */
export interface SourceLine<Source> {
  readonly source: Source;
  readonly line: LogLine;
}

/**
 * Merges logs by their lines' times, holding one line of each. Lines without a time stay with the line before them. Equal
 * times come in the order of the sources.
 */
export async function* mergeLines<Source>(
  logs: readonly { readonly source: Source; readonly lines: AsyncIterator<LogLine> }[],
): AsyncGenerator<SourceLine<Source>> {
  interface Head {
    readonly source: Source;
    readonly lines: AsyncIterator<LogLine>;
    readonly line: LogLine;
    readonly at: number;
  }
  const next = async (source: Source, lines: AsyncIterator<LogLine>, before: number): Promise<Head | undefined> => {
    const result = await lines.next();
    if (result.done === true) return undefined;
    const time = Date.parse(result.value.time);
    return { source, lines, line: result.value, at: Number.isNaN(time) ? before : time };
  };
  const heads: (Head | undefined)[] = await Promise.all(
    logs.map(({ source, lines }) => next(source, lines, Number.NEGATIVE_INFINITY)),
  );
  for (;;) {
    let first = -1;
    for (const [index, head] of heads.entries()) {
      if (head !== undefined && (first < 0 || isBefore(head, heads[first]!))) first = index;
    }
    const head = heads[first];
    if (head === undefined) return;
    yield { source: head.source, line: head.line };
    heads[first] = await next(head.source, head.lines, head.at);
  }
}

interface Timed {
  readonly at: number;
  readonly line: LogLine;
}

/** Nanoseconds count within a millisecond, where both are written alike. */
function isBefore(a: Timed, b: Timed): boolean {
  if (a.at !== b.at) return a.at < b.at;
  const [one, other] = [a.line.time, b.line.time];
  return one.length === other.length && one.endsWith("Z") && other.endsWith("Z") && one < other;
}
