import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { KubeError } from "../errors.ts";
import { apiVersionOf, type Resource } from "../resource.ts";
import type { ListOptions, ObjectList } from "./client.ts";

/** The items get the apiVersion and kind that the server leaves out. Throws a `protocol` error for what is no list. */
export function readList<T extends KrmObject>(answer: JsonValue, resource: Resource): ObjectList<T> {
  const written = get(answer, "items");
  const metadata = get(answer, "metadata");
  // Go writes an empty list as null in places. Without the field it is something else: to take it for an empty list
  // would tell that everything is gone.
  const items = written === null ? [] : written;
  if (!Array.isArray(items)) throw new KubeError("protocol", "the answer is not a list");
  const apiVersion = apiVersionOf(resource);
  for (const item of items) {
    if (!isObject(item)) throw new KubeError("protocol", "an item of the list is not an object");
    item["apiVersion"] ??= apiVersion;
    item["kind"] ??= resource.kind;
  }
  const resourceVersion = get(metadata, "resourceVersion");
  const token = get(metadata, "continue");
  const remaining = get(metadata, "remainingItemCount");
  return {
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
    ...(typeof token === "string" && token !== "" ? { continue: token } : {}),
    ...(typeof remaining === "number" ? { remainingItemCount: remaining } : {}),
    items: items as T[],
  };
}

/** The server keeps to the version of the first page and refuses to be told one again. */
export function nextPage(options: ListOptions, token: string): ListOptions {
  const { resourceVersion: _version, resourceVersionMatch: _match, ...rest } = options;
  return { ...rest, continue: token };
}
