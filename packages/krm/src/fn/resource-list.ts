import { isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { hasErrors, type Finding } from "../finding/finding.ts";
import { inputFindings } from "../input-findings.ts";
import { refOf, type KrmObject } from "../object.ts";
import { flattenLists, parseCounting, type ParsedDocument } from "../yaml/parse.ts";
import type { YamlLimits } from "../yaml/limits.ts";
import { locator } from "../yaml/locate.ts";
import { lineColumn } from "../yaml/position.ts";
import { placeOf } from "./annotations.ts";
import { noSource, sourcesOf, type ListSource } from "./item-source.ts";
import { readResults } from "./result.ts";

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

export interface ReadOptions {
  /** The name of the input in findings; `stdin` unless told. */
  readonly file?: string;
  readonly limits?: Partial<YamlLimits>;
}

export interface ItemOptions {
  /** What counts as an item; an object with apiVersion and kind unless told. */
  readonly isItem?: (value: JsonObject) => boolean;
}

export interface ReadResult {
  /** Missing when the text is no ResourceList at all. */
  readonly list?: ResourceList;
  readonly findings: readonly Finding[];
}

export const resourceListVersions: readonly string[] = [
  "config.kubernetes.io/v1",
  "config.kubernetes.io/v1beta1",
  "config.kubernetes.io/v1alpha1",
];

const largest = 64 * 1024 * 1024;

/** Reads a ResourceList in YAML or JSON of at most 64 MiB unless the limits say otherwise. Never throws for any text. */
export function readResourceList(text: string, options: ReadOptions & ItemOptions = {}): ReadResult {
  const file = options.file ?? "stdin";
  const limits = { total: largest, document: largest, ...options.limits };
  let source = noSource;
  const { documents, findings } = parseCounting(text, { file, limits }, (root, document) => {
    source = sourcesOf(root, document);
  });
  const refuse = (message: string, hint: string): ReadResult => ({
    findings: [
      ...findings,
      inputFindings("FL040", { file, line: documents[0]?.source.line ?? 1, column: 1, message, hint }),
    ],
  });
  if (hasErrors(findings)) return { findings };
  const [document, second] = documents;
  if (document === undefined) return refuse("the input is empty", "a ResourceList is expected on standard input");
  if (second !== undefined)
    return refuse(`the input has ${documents.length} documents`, "a ResourceList is one document");
  const { value } = document;
  if (!isObject(value) || value["kind"] !== "ResourceList") {
    return refuse(
      `the input is ${describe(value)}, not a ResourceList`,
      "give files as arguments: FUNCTION config.yaml input.yaml",
    );
  }
  const { apiVersion } = value;
  if (typeof apiVersion !== "string" || !resourceListVersions.includes(apiVersion)) {
    return refuse(
      `the ResourceList has the apiVersion ${JSON.stringify(apiVersion ?? null)}`,
      `write ${resourceListVersions[0]}`,
    );
  }
  return readList(document, source, value, apiVersion, findings, options.isItem ?? isKrm);
}

function describe(value: JsonValue): string {
  if (!isObject(value)) return Array.isArray(value) ? "a list" : "a single value";
  return typeof value["kind"] === "string" ? `a ${value["kind"]}` : "an object without kind";
}

function readList(
  document: ParsedDocument,
  source: ListSource,
  value: JsonObject,
  apiVersion: string,
  before: readonly Finding[],
  isItem: (value: JsonObject) => boolean,
): ReadResult {
  const findings = [...before];
  const find = locator(document);
  const items: ResourceItem[] = [];
  const list = value["items"] ?? [];
  if (!Array.isArray(list)) {
    findings.push(
      inputFindings("FL040", {
        ...place(document, find(["items"], "value")),
        message: "`items` is not a list",
        hint: "write `items: []` when there are none",
      }),
    );
  } else {
    list.forEach((object, index) => {
      const path = ["items", index];
      if (isObject(object) && isItem(object)) items.push(itemOf(document, object as KrmObject, path, find));
      else findings.push(notAnObject(object, place(document, find(path, "value")), `items[${index}]`));
    });
  }
  const config = value["functionConfig"] ?? null;
  // A functionConfig without kind is judged by the function, which knows what it wants.
  const functionConfig = isObject(config)
    ? { functionConfig: itemOf(document, config as KrmObject, ["functionConfig"], find) }
    : {};
  if (config !== null && !isObject(config)) {
    findings.push(notAnObject(config, place(document, find(["functionConfig"], "value")), "functionConfig"));
  }
  const results = readResults(value["results"] ?? null);
  findings.push(...results.findings.map((finding) => ({ ...finding, ...place(document, find(finding.field ?? [])) })));
  return { list: { apiVersion, items, ...functionConfig, results: results.results, source }, findings };
}

function notAnObject(value: JsonValue, at: ItemPosition, what: string): Finding {
  const missing = isObject(value) ? "without apiVersion or kind" : describe(value);
  return inputFindings("FL041", {
    ...at,
    message: `${what} is ${isObject(value) ? `an object ${missing}` : missing}`,
    hint: "write a map with apiVersion and kind",
  });
}

function place(document: ParsedDocument, position: { line: number; column: number }): ItemPosition {
  return { ...(document.file === undefined ? {} : { file: document.file }), ...position };
}

export function isKrm(value: JsonValue): value is KrmObject {
  if (!isObject(value)) return false;
  const { apiVersion, kind } = value;
  return typeof apiVersion === "string" && apiVersion !== "" && typeof kind === "string" && kind !== "";
}

function itemOf(
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
