import {
  childNode,
  isObject,
  itemNode,
  patchRule,
  startNode,
  type JsonObject,
  type JsonValue,
  type Resolve,
  type Schema,
} from "@fairlead/apimachinery";
import { ApiError } from "../errors.ts";
import { goText } from "./go-text.ts";

type Node = ReturnType<typeof startNode>;

/** Refuses what a strategic merge patch may not say: items without their key, directives that are none (500, as there). */
export function checkStrategicPatch(
  patch: JsonObject,
  schema: Schema | undefined,
  options: { readonly resolve?: Resolve },
): void {
  check(patch, startNode(schema, options));
}

function check(patch: JsonObject, node: Node): void {
  const directive = patch["$patch"];
  if (directive !== undefined) {
    if (directive === "replace" || directive === "delete" || directive === "merge") return;
    throw new ApiError(500, "", `unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$")) continue;
    const child = childNode(node, key);
    if (isObject(value)) check(value, child);
    else if (Array.isArray(value)) checkList(value, child);
  }
}

function checkList(list: readonly JsonValue[], node: Node): void {
  const rule = patchRule(node);
  if (rule.kind !== "keyed") return;
  const key = rule.keys[0]!;
  const items = list.filter(isObject);
  if (items.some((item) => item["$patch"] === "replace")) return;
  for (const item of items) {
    const directive = item["$patch"];
    if (directive !== undefined && directive !== "delete" && directive !== "merge") {
      throw new ApiError(500, "", `unknown patch type: ${goText(directive)} in map: ${goText(item)}`);
    }
    if (item[key] === undefined) {
      throw new ApiError(500, "", `map: ${goText(item)} does not contain declared merge key: ${key}`);
    }
    if (directive === undefined) check(item, itemNode(node));
  }
}
