import { isObject, type JsonObject } from "@fairlead/apimachinery";
import { hasErrors, type Finding } from "../finding/finding.ts";
import { inputFindings } from "../input-findings.ts";
import type { KrmObject } from "../object.ts";
import type { YamlLimits } from "../yaml/limits.ts";
import { locator } from "../yaml/locate.ts";
import { parseCounting, type ParsedDocument } from "../yaml/parse.ts";
import { noSource, sourcesOf, type ListSource } from "./item-source.ts";
import {
  describe,
  isKrm,
  itemOf,
  notAnObject,
  place,
  resourceListVersions,
  type ItemOptions,
  type ResourceItem,
  type ResourceList,
} from "./resource-list.ts";
import { readResults } from "./result.ts";

export interface ReadOptions {
  /** The name of the input in findings; `stdin` unless told. */
  readonly file?: string;
  readonly limits?: Partial<YamlLimits>;
}

export interface ReadResult {
  /** Missing when the text is no ResourceList at all. */
  readonly list?: ResourceList;
  readonly findings: readonly Finding[];
}

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
