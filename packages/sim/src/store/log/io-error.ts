import { StoreError } from "../store-error.ts";

/** What an error of the file system becomes: `cannot write to log-00000001: ENOSPC …`. One of the store stays. */
export function ioError(doing: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  return new StoreError("io", `cannot ${doing}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
