import { equal, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "../finding/finding.ts";
import { sortFindings } from "../finding/summary.ts";
import type { KrmObject } from "../object.ts";
import { editDocument } from "../yaml/edit.ts";
import { editsBetween } from "../yaml/edits-between.ts";
import { parseStream } from "../yaml/parse.ts";
import { print } from "../yaml/print.ts";
import { placeOf, syncTracking, usesLegacyNames } from "./annotations.ts";
import { sourcesOf, type ItemSource } from "./item-source.ts";
import { itemIdentity, type ResourceItem, type ResourceList } from "./resource-list.ts";
import { resultOf } from "./result.ts";

export interface WriteResult {
  /** The ResourceList in YAML. */
  readonly text: string;
  /** All findings, those of contradicting annotations included. */
  readonly findings: readonly Finding[];
}

/**
 * Writes the output of a function: the items, the functionConfig and the findings as results. An item that is the same
 * as it came in keeps its text with all comments; a changed one keeps what is beside the changes; a new one is printed.
 */
export function writeResourceList(
  list: ResourceList,
  items: readonly JsonObject[],
  findings: readonly Finding[] = [],
): WriteResult {
  const sources =
    list.document === undefined ? { items: [], functionConfig: undefined, head: "" } : sourcesOf(list.document);
  const matches = matchItems(list, items);
  const bothNames = usesLegacyNames(list.items.map(({ object }) => object));
  const all = [...findings];
  let text = `${sources.head}apiVersion: ${list.apiVersion}\nkind: ResourceList\n`;
  text += items.length === 0 ? "items: []\n" : "items:\n";
  for (const [index, item] of items.entries()) {
    const position = matches[index]?.path[1];
    const source = typeof position === "number" ? sources.items[position] : undefined;
    const before = source?.value as JsonObject | undefined;
    const synced = syncTracking(item as KrmObject, before, bothNames);
    all.push(...synced.findings);
    text += (source?.lead ?? "") + asItem(textOf(synced.object, source));
  }
  if (list.functionConfig !== undefined) {
    const lead = sources.functionConfig?.lead ?? "";
    text += `functionConfig:\n${indent(lead + textOf(list.functionConfig.object, sources.functionConfig), "  ")}\n`;
  }
  const results = [...list.results, ...all];
  if (results.length > 0) {
    const fileOf = itemFiles(items);
    text += print({ results: sortFindings(results).map((finding) => resultOf(finding, fileOf(finding))) });
  }
  return { text, findings: all };
}

/**
 * The items as documents, separated by `---`: those that were documents of a file keep their comments as the items of a
 * ResourceList do.
 */
export function writeDocuments(list: ResourceList, items: readonly JsonObject[]): string {
  const matches = matchItems(list, items);
  return items
    .map((item, index) => {
      const text = matches[index]?.text;
      const value = text === undefined ? undefined : parseStream(text).documents[0]?.value;
      const source = text === undefined || value === undefined ? undefined : { value, text, lead: "" };
      const written = textOf(item, source);
      return written.endsWith("\n") ? written : `${written}\n`;
    })
    .join("---\n");
}

/** Which item of the input each item of the output is: the same object, or the only one of that name. */
function matchItems(list: ResourceList, items: readonly JsonObject[]): (ResourceItem | undefined)[] {
  const byObject = new Map<JsonObject, ResourceItem>();
  const byName = new Map<string, ResourceItem | undefined>();
  for (const item of list.items) {
    byObject.set(item.object, item);
    const name = itemIdentity(item.object);
    byName.set(name, byName.has(name) ? undefined : item);
  }
  const taken = new Set(items.map((item) => byObject.get(item)));
  return items.map((item) => {
    const same = byObject.get(item);
    if (same !== undefined) return same;
    const match = byName.get(itemIdentity(item));
    if (match === undefined || taken.has(match)) return undefined;
    taken.add(match);
    return match;
  });
}

function textOf(value: JsonValue, source: ItemSource | undefined): string {
  if (source === undefined) return print(value).slice(0, -1);
  if (equal(source.value, value)) return source.text;
  const edited = editDocument(source.text, editsBetween(source.value, value));
  const [after] = edited.findings.length > 0 ? [] : parseStream(edited.text).documents;
  return after !== undefined && equal(after.value, value) ? edited.text.replace(/\n$/, "") : print(value).slice(0, -1);
}

function asItem(text: string): string {
  return `- ${indent(text, "  ").slice(2)}\n`;
}

function indent(text: string, by: string): string {
  return by + text.replaceAll(/\n(?=[^\n])/g, `\n${by}`);
}

/** Finds the file of the item that a finding is about. */
function itemFiles(items: readonly JsonObject[]): (finding: Finding) => { path?: string; index?: number } {
  const byIdentity = new Map<string, JsonObject>();
  for (const item of items.toReversed()) byIdentity.set(itemIdentity(item), item);
  return ({ object, file }) => {
    if (object === undefined || (file !== undefined && file !== "stdin")) return {};
    const item = byIdentity.get(itemIdentity({ ...object, metadata: { ...object } }));
    return item === undefined ? {} : placeOf(item);
  };
}
