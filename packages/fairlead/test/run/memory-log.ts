import type { Log, LogFields } from "../../src/run/log.ts";

export interface Line extends LogFields {
  readonly level: string;
  readonly message: string;
}

/** Keeps what is logged. */
export function memoryLog(): { readonly log: Log; readonly lines: Line[] } {
  const lines: Line[] = [];
  const make = (fields: LogFields): Log => {
    const at =
      (level: string) =>
      (first: unknown, second?: string): void => {
        const own = typeof first === "string" ? {} : (first as LogFields);
        lines.push({ ...fields, ...own, level, message: typeof first === "string" ? first : (second ?? "") });
      };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (more) => make({ ...fields, ...more }),
    } as Log;
  };
  return { log: make({}), lines };
}
