import { isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "../finding/finding.ts";
import { inputFindings } from "../input-findings.ts";
import { refOf, type KrmObject } from "../object.ts";
import { flattenLists } from "../yaml/flatten-lists.ts";
import type { ParsedDocument } from "../yaml/parse.ts";
import { locator } from "../yaml/locate.ts";
import { lineColumn } from "../yaml/position.ts";
import { placeOf } from "./annotations.ts";
import type { ListSource } from "./item-source.ts";

/** A place in the input of a function; `file` is the item's own file of the package where it is known. */
export interface ItemPosition {
  readonly file?: string;
  readonly line: number;
  readonly column: number;
}

/** An object of a ResourceList. It may be changed in place or replaced: what came in is read again from the text. */
export interface ResourceItem {
  readonly object: KrmObject;
  /** Where the item stands in its document. */
  readonly path: FieldPath;
  readonly locate: (path: FieldPath, at?: "key" | "value") => ItemPosition;
  /** Its text when it is a document of its own. */
  readonly text?: string;
}

/** The input of a KRM function. https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md */
export interface ResourceList {
  readonly apiVersion: string;
  readonly items: readonly ResourceItem[];
  readonly functionConfig?: ResourceItem;
  /** Results of functions before. */
  readonly results: readonly Finding[];
  /** The text that was read; undefined for a list that was put together in memory. */
  readonly source?: ListSource;
}

export interface ItemOptions {
  /** What counts as an item; an object with apiVersion and kind unless told. */
  readonly isItem?: (value: JsonObject) => boolean;
}

export const resourceListVersions: readonly string[] = [
  "config.kubernetes.io/v1",
  "config.kubernetes.io/v1beta1",
  "config.kubernetes.io/v1alpha1",
];

/** What stands where an object is wanted. */
export function describe(value: JsonValue): string {
  if (!isObject(value)) return Array.isArray(value) ? "a list" : "a single value";
  return typeof value["kind"] === "string" ? `a ${value["kind"]}` : "an object without kind";
}

/** FL041 of a value that is no object, or lacks what makes it one. */
export function notAnObject(value: JsonValue, at: ItemPosition, what: string): Finding {
  const missing = isObject(value) ? "without apiVersion or kind" : describe(value);
  return inputFindings("FL041", {
    ...at,
    message: `${what} is ${isObject(value) ? `an object ${missing}` : missing}`,
    hint: "write a map with apiVersion and kind",
  });
}

/** A position with the file of its document. */
export function place(document: ParsedDocument, position: { line: number; column: number }): ItemPosition {
  return { ...(document.file === undefined ? {} : { file: document.file }), ...position };
}

export function isKrm(value: JsonValue): value is KrmObject {
  if (!isObject(value)) return false;
  const { apiVersion, kind } = value;
  return typeof apiVersion === "string" && apiVersion !== "" && typeof kind === "string" && kind !== "";
}

/** The item at a path of a document. */
export function itemOf(
  document: ParsedDocument,
  object: KrmObject,
  path: FieldPath,
  find: ReturnType<typeof locator>,
): ResourceItem {
  return { object, path, locate: (inner, at) => place(document, find([...path, ...inner], at)) };
}

/** A ResourceList of objects in memory. */
export function resourceListOf(objects: readonly KrmObject[], functionConfig?: KrmObject): ResourceList {
  const item = (object: KrmObject, path: FieldPath): ResourceItem => ({
    object,
    path,
    locate: () => ({ ...fileOf(object), line: 1, column: 1 }),
  });
  return {
    apiVersion: resourceListVersions[0]!,
    items: objects.map((object, index) => item(object, ["items", index])),
    ...(functionConfig === undefined ? {} : { functionConfig: item(functionConfig, ["functionConfig"]) }),
    results: [],
  };
}

function fileOf(object: KrmObject): { file?: string } {
  const { path } = placeOf(object);
  return path === undefined ? {} : { file: path };
}

/** A ResourceList of the objects in files, as an orchestrator would make it; `List` kinds are taken apart. */
export function resourceListOfDocuments(
  documents: readonly ParsedDocument[],
  functionConfig?: ParsedDocument,
  { isItem = isKrm }: ItemOptions = {},
): { list: ResourceList; findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const items: ResourceItem[] = [];
  for (const { document, path, value } of flattenLists(documents)) {
    const find = locator(document);
    const { text, contentStart, end } = document.source;
    const own = path.length === 0 ? { text: text.slice(contentStart, end).replace(/^[ \t]*\r?\n/, "") } : {};
    if (isObject(value) && isItem(value)) items.push({ ...itemOf(document, value as KrmObject, path, find), ...own });
    else
      findings.push(
        notAnObject(value, place(document, find(path, "value")), path.length === 0 ? "the document" : "an item"),
      );
  }
  const config =
    functionConfig === undefined || !isObject(functionConfig.value)
      ? {}
      : { functionConfig: itemOf(functionConfig, functionConfig.value as KrmObject, [], locator(functionConfig)) };
  if (functionConfig !== undefined && !isObject(functionConfig.value)) {
    findings.push(notAnObject(functionConfig.value, place(functionConfig, lineColumn("", 0)), "the functionConfig"));
  }
  return { list: { apiVersion: resourceListVersions[0]!, items, ...config, results: [] }, findings };
}

/** What identifies an item across changes of its content. */
export function itemIdentity(object: JsonObject): string {
  const { apiVersion, kind, namespace, name } = refOf(object);
  return JSON.stringify([apiVersion, kind, namespace ?? "", name]);
}
