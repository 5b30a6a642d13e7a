import { isKubeError } from "@fairlead/kube";
import { pino, type DestinationStream, type Logger } from "pino";

/** What the runtime logs with: pino's shape, constant messages with fields. */
export type Log = Pick<Logger, "debug" | "info" | "warn" | "error"> & { child(fields: LogFields): Log };
export type LogFields = { readonly [name: string]: unknown };

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export interface LogOptions {
  readonly level?: LogLevel;
  /** Standard error unless told. */
  readonly destination?: DestinationStream;
}

/** JSON lines with the time in ISO 8601. What could hold a secret is removed, whoever logs it. */
export function createLog({ level = "info", destination }: LogOptions = {}): Log {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: (value: unknown) => (value instanceof Error ? errorFields(value) : value) },
    redact: { paths: secretPaths, censor: "(secret)" },
  };
  return (destination === undefined ? pino(options, pino.destination(2)) : pino(options, destination)) as Log;
}

const secretPaths = ["token", "password", "authorization", "data", "stringData"].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** What a log line says of an error: never the objects that an error may refer to. */
export function errorFields(error: unknown): LogFields {
  if (isKubeError(error)) {
    return {
      type: error.name,
      code: error.code,
      message: error.message,
      ...(error.httpStatus !== undefined && { httpStatus: error.httpStatus }),
      ...(error.hint !== undefined && { hint: error.hint }),
    };
  }
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  // A stack is for mistakes in the program; what the cluster answered has none.
  return { type: error.name, message: error.message, stack: error.stack };
}
