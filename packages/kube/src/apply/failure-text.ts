import { isKubeError } from "../errors.ts";

/** What went wrong, for a finding. The server's own words where there are some. */
export function failureText(error: unknown): string {
  if (isKubeError(error)) return error.status?.message ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
