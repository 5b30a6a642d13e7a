export interface LogLine {
  /** RFC 3339 as the node wrote it; empty for what the node says itself in place of a log. */
  readonly time: string;
  readonly text: string;
}

const timed = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?(.*)$/s;

/** A line of a log that was asked for with timestamps. */
export function parseLogLine(line: string): LogLine {
  const match = timed.exec(line);
  return match === null ? { time: "", text: line } : { time: match[1]!, text: match[2]! };
}
