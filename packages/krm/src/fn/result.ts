import { formatPath, get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Finding, Severity } from "../finding/finding.ts";
import { isSensitive } from "../finding/sensitive.ts";
import { inputFindings } from "../input-findings.ts";
import type { ObjectRef } from "../object.ts";
import { parsePath } from "./parse-path.ts";

const separator = " — ";

/** A finding as a result of the KRM function specification. Orchestrators show the message only, so the hint is in it. */
export function resultOf(finding: Finding, itemFile?: { readonly path?: string; readonly index?: number }): JsonObject {
  const { code, severity, message, hint, object, field, file, line, column } = finding;
  const result: JsonObject = { message: hint === undefined ? message : `${message}${separator}${hint}`, severity };
  if (object !== undefined && object.name !== "" && object.kind !== "") {
    result["resourceRef"] = {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name: object.name,
      ...(object.namespace === undefined ? {} : { namespace: object.namespace }),
    };
    if (field !== undefined && field.length > 0) result["field"] = fieldOf(finding, object);
  }
  const path = itemFile?.path ?? (file === "stdin" ? undefined : file);
  if (path !== undefined)
    result["file"] = { path, ...(itemFile?.index === undefined ? {} : { index: itemFile.index }) };
  const tags: JsonObject = { code };
  if (hint !== undefined) tags["hint"] = hint;
  if (line !== undefined && file !== undefined)
    tags["position"] = `${file}:${line}${column === undefined ? "" : `:${column}`}`;
  result["tags"] = tags;
  return result;
}

function fieldOf({ field = [], currentValue, proposedValue }: Finding, object: ObjectRef): JsonObject {
  const secret = isSensitive(object.kind, field);
  return {
    path: formatPath(field),
    ...(currentValue === undefined || secret ? {} : { currentValue }),
    ...(proposedValue === undefined || secret ? {} : { proposedValue }),
  };
}

/**
 * Reads `results` in each form that is in use: a list, `{name, items}` of the old Go SDK, and references whose name and
 * namespace stand under `metadata`.
 */
export function readResults(value: JsonValue): { results: readonly Finding[]; findings: readonly Finding[] } {
  const nested = get(value, "items");
  const list = Array.isArray(value) ? value : Array.isArray(nested) ? nested : [];
  const findings: Finding[] = [];
  const results: Finding[] = [];
  list.forEach((result, index) => {
    const finding = findingOf(result);
    if (finding !== undefined) results.push(finding);
    else
      findings.push(
        inputFindings("FL045", {
          field: ["results", ...(Array.isArray(value) ? [] : ["items"]), index],
          message: `results[${index}] has no message`,
        }),
      );
  });
  if (value !== null && !Array.isArray(value) && !Array.isArray(nested)) {
    findings.push(
      inputFindings("FL045", { field: ["results"], message: "`results` is neither a list nor has `items`" }),
    );
  }
  return { results, findings };
}

/** A result of another function as a finding; undefined when it has no message. */
export function findingOf(result: JsonValue): Finding | undefined {
  const message = get(result, "message");
  if (typeof message !== "string") return undefined;
  const object = refFrom(get(result, "resourceRef"));
  const field = get(get(result, "field"), "path");
  const file = get(get(result, "file"), "path");
  const code = get(get(result, "tags"), "code");
  const hint = get(get(result, "tags"), "hint");
  const currentValue = get(get(result, "field"), "currentValue");
  const proposedValue = get(get(result, "field"), "proposedValue");
  const hasHint = typeof hint === "string" && message.endsWith(separator + hint);
  const position = positionOf(get(get(result, "tags"), "position"));
  return {
    code: typeof code === "string" ? code : "FL049",
    severity: severityOf(get(result, "severity")),
    message: hasHint ? message.slice(0, -separator.length - hint.length) : message,
    ...(hasHint ? { hint } : {}),
    ...(object === undefined ? {} : { object }),
    ...(typeof field === "string" ? { field: parsePath(field) } : {}),
    ...(typeof file === "string" ? { file } : {}),
    ...position,
    ...(currentValue === undefined ? {} : { currentValue }),
    ...(proposedValue === undefined ? {} : { proposedValue }),
  };
}

function positionOf(text: JsonValue | undefined): { file?: string; line?: number; column?: number } {
  const match = typeof text === "string" ? /^(.+?):(\d{1,9})(?::(\d{1,9}))?$/.exec(text) : null;
  if (match === null) return {};
  return { file: match[1]!, line: Number(match[2]), ...(match[3] === undefined ? {} : { column: Number(match[3]) }) };
}

function severityOf(value: JsonValue | undefined): Severity {
  return value === "warning" || value === "info" ? value : "error";
}

function refFrom(value: JsonValue | undefined): ObjectRef | undefined {
  if (!isObject(value)) return undefined;
  const text = (key: string): string | undefined => {
    const direct = get(value, key) ?? get(get(value, "metadata"), key);
    return typeof direct === "string" && direct !== "" ? direct : undefined;
  };
  const namespace = text("namespace");
  return {
    apiVersion: text("apiVersion") ?? "",
    kind: text("kind") ?? "",
    name: text("name") ?? "",
    ...(namespace === undefined ? {} : { namespace }),
  };
}
