import { isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { composeFinding, type ComposeCode } from "./findings.ts";
import type { Variables } from "./interpolate.ts";

/** A place in a file; both numbers count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A map of a Compose file with the way back to where it is written. */
export interface Located {
  readonly value: JsonObject;
  /** The folder that relative paths start from, with a slash at the end, or empty. */
  readonly folder: string;
  place(path: FieldPath, at?: "key" | "value"): Place | undefined;
}

/** One service, `extends` merged. */
export interface Service extends Located {
  readonly name: string;
  /** The name of its objects. */
  readonly objectName: string;
}

/** Collects findings. */
export interface Report {
  (code: ComposeCode, where: Pick<Located, "place">, path: FieldPath, message: string, hint?: string): void;
}

export function collector(): { readonly report: Report; readonly findings: Finding[] } {
  const findings: Finding[] = [];
  const report: Report = (code, where, path, message, hint) => {
    findings.push(composeFinding(code, { message, ...(hint !== undefined && { hint }), ...where.place(path) }));
  };
  return { report, findings };
}

/** What the conversion of every service needs to know. */
export interface Project {
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly services: readonly Service[];
  /** Top-level volumes, configs and secrets by their names. */
  readonly volumes: ReadonlyMap<string, Located>;
  readonly configs: ReadonlyMap<string, Located>;
  readonly secrets: ReadonlyMap<string, Located>;
  readonly variables: Variables;
  readonly read: (path: string) => string | undefined;
  readonly report: Report;
}

/** `[a, b]` of a list, `a` of a single text; everything else is left out. */
export function strings(value: JsonValue | undefined): string[] {
  const list = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return list.filter((item) => typeof item === "string" || typeof item === "number").map(String);
}

/** Compose's list_or_dict: a map, or a list of `key=value`. A key without a value is null. */
export function pairs(value: JsonValue | undefined): [string, string | null][] {
  if (isObject(value)) return Object.entries(value).map(([key, item]) => [key, scalarText(item)]);
  return strings(value).map((item) => {
    const at = item.indexOf("=");
    return at < 0 ? [item, null] : [item.slice(0, at), item.slice(at + 1)];
  });
}

function scalarText(value: JsonValue): string | null {
  if (value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Joins a folder and a relative path, `.` and `..` resolved; an absolute path stays. */
export function joinPath(folder: string, path: string): string {
  if (path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path)) return path;
  const parts: string[] = [];
  for (const part of `${folder}${path}`.split("/")) {
    if (part === "" && parts.length > 0) continue;
    if (part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

export function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf("/") + 1);
}
