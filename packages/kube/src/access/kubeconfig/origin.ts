import path from "node:path";
import { isKubeError } from "../../errors.ts";
import type { TextOrigin } from "../credentials/files.ts";
import { decodeBase64 } from "../credentials/pem.ts";
import type { Source } from "../credentials/source.ts";
import type { Entry, Place } from "./kubeconfig.ts";
import type { AccessCode, Report } from "./resolve-options.ts";

/**
 * Where the text of a `NAME` / `NAME-data` pair comes from; the data wins, as in client-go. Undefined if there is
 * neither, "refused" if what there is cannot be used.
 */
export function originOf(
  entry: Entry<unknown>,
  field: string,
  data: string | undefined,
  file: string | undefined,
  report: Report,
): TextOrigin | "refused" | undefined {
  if (data !== undefined) {
    const place = entry.at([`${field}-data`]);
    if (file !== undefined)
      report.warn("FL730", entry.at([field]), `${field} is ignored, because ${field}-data is given, too`);
    const text = decodeBase64(data);
    if (text !== undefined) return { kind: "text", text };
    const hint = data.includes("-----BEGIN") ? `it is PEM text; \`base64 -w0\` of it belongs here` : undefined;
    report.error("FL728", place, `${field}-data is not base64`, hint);
    return "refused";
  }
  return file === undefined ? undefined : fileOf(entry, field, file, report);
}

/** The file of this machine that a field names, or "refused" where a kubeconfig may name none. */
export function fileOf(entry: Entry<unknown>, field: string, file: string, report: Report): TextOrigin | "refused" {
  if (entry.folder === undefined) {
    report.error("FL735", entry.at([field]), `${field} names a file, which this kubeconfig may not do`);
    return "refused";
  }
  return { kind: "file", path: path.resolve(entry.folder, file) };
}

/** Gets the first value of a source, so that what is wrong with it is said now and at its place. */
export async function firstValue<T>(
  source: Source<T>,
  place: Place,
  report: Report,
  code?: AccessCode,
): Promise<T | undefined> {
  try {
    return await source.current();
  } catch (error) {
    if (!isKubeError(error, "credentials")) throw error;
    report.error(code ?? (error.cause === undefined ? "FL728" : "FL729"), place, error.message, error.hint);
    return undefined;
  }
}
