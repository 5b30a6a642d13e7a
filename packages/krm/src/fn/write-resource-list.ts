import { equal, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "../finding/finding.ts";
import { sortFindings } from "../finding/summary.ts";
import type { KrmObject } from "../object.ts";
import { editDocument } from "../yaml/edit.ts";
import { editsBetween } from "../yaml/edits-between.ts";
import { parseStream } from "../yaml/parse.ts";
import { print } from "../yaml/print.ts";
import { placeOf, syncTracking, usesLegacyNames } from "./annotations.ts";
import { noSource } from "./item-source.ts";
import { itemIdentity, type ResourceItem, type ResourceList } from "./resource-list.ts";
import { resultOf } from "./result.ts";

export interface WriteResult {
  /** The ResourceList in YAML. */
  readonly text: string;
  /** All findings, those of contradicting annotations included. */
  readonly findings: readonly Finding[];
}

export interface WriteOptions {
  /** The objects of the list were not changed in place, so that the same object means the same text. Saves a reading. */
  readonly unchangedObjects?: boolean;
}

/**
 * Writes the output of a function: the items, the functionConfig and the findings as results. An item that is the same
 * as it came in keeps its text with all comments; a changed one keeps what is beside the changes; a new one is printed.
 */
export function writeResourceList(
  list: ResourceList,
  items: readonly JsonObject[],
  findings: readonly Finding[] = [],
  options: WriteOptions = {},
): WriteResult {
  const sources = list.source ?? noSource;
  const matches = matchItems(list, items);
  const bothNames = usesLegacyNames(list.items.map(({ object }) => object));
  const all = [...findings];
  const parts = [`${sources.head}apiVersion: ${list.apiVersion}\nkind: ResourceList\n`];
  parts.push(items.length === 0 ? "items: []\n" : "items:\n");
  for (const [index, item] of items.entries()) {
    const match = matches[index];
    if (match === undefined) {
      const { object, findings: contradictions } = syncTracking(item as KrmObject, undefined, bothNames);
      all.push(...contradictions);
      parts.push(print([object]));
      continue;
    }
    const position = match.path[1];
    const source = typeof position === "number" ? sources.item(position) : undefined;
    const same = options.unchangedObjects === true && match.object === item;
    const before = source === undefined || same ? undefined : valueOf(source.text);
    const synced = same
      ? { object: item, findings: [] }
      : syncTracking(item as KrmObject, before as JsonObject | undefined, bothNames);
    all.push(...synced.findings);
    parts.push(
      source?.lead ?? "",
      asItem(same && source !== undefined ? source.text : textOf(synced.object, source?.text, before)),
    );
  }
  if (list.functionConfig !== undefined) {
    const source = sources.functionConfig();
    const same = options.unchangedObjects === true && source !== undefined;
    const before = source === undefined || same ? undefined : valueOf(source.text);
    const text = same ? source.text : textOf(list.functionConfig.object, source?.text, before);
    parts.push(`functionConfig:\n${indent((source?.lead ?? "") + text, "  ")}\n`);
  }
  const results = [...list.results, ...all];
  if (results.length > 0) {
    const fileOf = itemFiles(items);
    parts.push(print({ results: sortFindings(results).map((finding) => resultOf(finding, fileOf(finding))) }));
  }
  return { text: parts.join(""), findings: all };
}

function valueOf(text: string): JsonValue | undefined {
  return parseStream(text).documents[0]?.value;
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
      const written = textOf(item, text, text === undefined ? undefined : valueOf(text));
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

/** The value in the text that it had, as far as it is the same. */
function textOf(value: JsonValue, text: string | undefined, before: JsonValue | undefined): string {
  if (text === undefined || before === undefined) return print(value).slice(0, -1);
  if (equal(before, value)) return text;
  const edited = editDocument(text, editsBetween(before, value));
  if (edited.findings.length > 0 || !equal(valueOf(edited.text), value)) return print(value).slice(0, -1);
  return edited.text.replace(/\n$/, "");
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
