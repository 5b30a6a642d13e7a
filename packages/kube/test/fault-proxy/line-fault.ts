import type { RequestFault } from "./schedule.ts";

export type LineFault = Extract<RequestFault, { readonly afterLines: number }>;

/** What to pass on of a piece of a body, and whether the fault follows it. */
export interface Passed {
  readonly chunk: Buffer;
  readonly isDue: boolean;
}

const newline = 0x0a;

/** Counts the lines of a body piece by piece, and says when the fault is due. Pure but for the count. */
export function lineFault({ kind, afterLines }: LineFault): (chunk: Buffer) => Passed {
  let lines = 0;
  let isPast = false;
  return (chunk) => {
    if (isPast) return { chunk, isDue: false };
    let from = 0;
    while (lines < afterLines) {
      const end = chunk.indexOf(newline, from);
      if (end < 0) return { chunk, isDue: false };
      from = end + 1;
      lines++;
    }
    // What is done within the next line waits for its first bytes.
    if ((kind === "truncate" || kind === "corrupt") && from === chunk.length) return { chunk, isDue: false };
    isPast = true;
    if (kind === "corrupt") {
      const changed = Buffer.from(chunk);
      changed[from] = 0x23;
      return { chunk: changed, isDue: true };
    }
    if (kind !== "truncate") return { chunk: chunk.subarray(0, from), isDue: true };
    const lineEnd = chunk.indexOf(newline, from);
    const rest = (lineEnd < 0 ? chunk.length : lineEnd) - from;
    return { chunk: chunk.subarray(0, from + Math.max(1, Math.floor(rest / 2))), isDue: true };
  };
}
