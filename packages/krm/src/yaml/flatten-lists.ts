import { isObject, type JsonValue } from "@fairlead/apimachinery";
import type { ParsedDocument } from "./parse.ts";

/** An object of a document: the document itself, or an item of the `List` that it is. */
export interface DocumentItem {
  readonly document: ParsedDocument;
  /** Where the item stands in the document: empty, or `["items", 3]`. */
  readonly path: readonly (string | number)[];
  readonly value: JsonValue;
}

/** The objects of documents with every `List` (also nested ones, and typed ones such as `DeploymentList`) taken apart. */
export function flattenLists(documents: readonly ParsedDocument[]): DocumentItem[] {
  const items: DocumentItem[] = [];
  for (const document of documents) addItems({ document, path: [], value: document.value }, items);
  return items;
}

function addItems(item: DocumentItem, into: DocumentItem[]): void {
  const { value } = item;
  const list =
    isObject(value) && typeof value["kind"] === "string" && value["kind"].endsWith("List") ? value["items"] : undefined;
  // A ResourceList is the envelope of a KRM function and not a list of the API.
  if (!Array.isArray(list) || (isObject(value) && value["kind"] === "ResourceList")) {
    into.push(item);
    return;
  }
  list.forEach((child, index) =>
    addItems({ document: item.document, path: [...item.path, "items", index], value: child }, into),
  );
}
