import type { ObjectKey } from "../resource.ts";
import { linesOf } from "./log-lines.ts";
import { parseLogLine, type LogLine } from "./log-line.ts";
import { logsOf, type LogClient, type LogOptions } from "./logs.ts";

/** The lines of a container's log as it is now, with their times. Errors as of `logsOf`, and those of its stream. */
export async function* readLogLines(
  client: LogClient,
  pod: ObjectKey,
  options: Omit<LogOptions, "follow" | "timestamps"> = {},
): AsyncGenerator<LogLine, void, undefined> {
  const stream = await logsOf(client, pod, { ...options, timestamps: true });
  try {
    for await (const { text } of linesOf(stream)) yield parseLogLine(text);
  } finally {
    stream.destroy();
  }
}
