import { isRawNumber, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { PrinterColumn } from "../resources/resource.ts";
import { evaluateJsonPath } from "./evaluate-json-path.ts";
import { ageOf } from "./human-duration.ts";
import { parseJsonPath, type PathStep } from "./json-path.ts";
import { nameOf } from "./read.ts";
import { createdText, nameColumn, type Column } from "./columns.ts";

/** How a custom resource's tables look. */
export interface CustomTable {
  readonly columns: readonly Column[];
  cells(object: JsonObject, now: number): readonly JsonValue[];
}

const tables = new WeakMap<readonly PrinterColumn[], CustomTable>();

const defaultColumns: readonly PrinterColumn[] = [
  { name: "Age", type: "date", format: "", description: "", priority: 0, jsonPath: ".metadata.creationTimestamp" },
];

/** Of `additionalPrinterColumns`; without any, the age. After a path that cannot be read come no more columns. */
export function customTable(declared: readonly PrinterColumn[]): CustomTable {
  const list = declared.length === 0 ? defaultColumns : declared;
  let table = tables.get(list);
  if (table === undefined) {
    table = build(list);
    tables.set(list, table);
  }
  return table;
}

function build(declared: readonly PrinterColumn[]): CustomTable {
  const columns: Column[] = [nameColumn()];
  const paths: { readonly type: string; readonly steps: readonly PathStep[] }[] = [];
  for (const column of declared) {
    const { name, type, format, description, priority, jsonPath } = column;
    const steps = parseJsonPath(jsonPath);
    if (steps === undefined) break;
    const standard =
      column === defaultColumns[0]
        ? createdText()
        : `Custom resource definition column (in JSONPath format): ${jsonPath}`;
    columns.push({ name, type, format, description: description === "" ? standard : description, priority });
    paths.push({ type, steps });
  }
  return {
    columns,
    cells: (object, now) => [
      nameOf(object),
      ...paths.map(({ type, steps }) => {
        const first = evaluateJsonPath(steps, object)?.[0];
        return first === undefined ? null : cell(type, first, now);
      }),
    ],
  };
}

function cell(type: string, value: JsonValue, now: number): JsonValue {
  switch (type) {
    case "string":
      return textCell(value);
    case "integer":
      if (isRawNumber(value)) return value;
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" || isRawNumber(value) ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      if (typeof value !== "string") return null;
      if (value === "" || value === "null") return "<unknown>";
      return isTime(value) ? ageOf(value, now) : "<invalid>";
    default:
      return null;
  }
}

/** What Go prints of the value; lists and objects as JSON. */
function textCell(value: JsonValue): JsonValue {
  if (value === null) return "<no value>";
  if (typeof value === "number") return goNumber(value);
  if (isRawNumber(value)) return value.rawJSON;
  return typeof value === "object" ? sortedJson(value) : String(value);
}

function goNumber(value: number): string {
  if (value === 0 || Number.isSafeInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e21) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

/** As Go's encoder writes it: keys sorted, and no characters that would end an HTML script. */
function sortedJson(value: JsonValue): string {
  const text = JSON.stringify(value, (_key, one: JsonValue) =>
    typeof one === "object" && one !== null && !Array.isArray(one) && !isRawNumber(one)
      ? Object.fromEntries(
          Object.keys(one)
            .sort()
            .map((key) => [key, one[key]]),
        )
      : one,
  );
  return text.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));
}
