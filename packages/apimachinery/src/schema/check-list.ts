import { isObject, type JsonValue } from "../json.ts";
import { slotNode, type Node } from "./node.ts";
import { describeValue } from "./problem.ts";
import { report, type Walk } from "./walk.ts";

/** Lists whose repeated keys the API server refuses for built-in kinds; the others it takes, some with a warning. */
const strictKeys = new Set([
  "containers",
  "initContainers",
  "ephemeralContainers",
  "volumes",
  "volumeMounts",
  "volumeDevices",
  "topologySpreadConstraints",
  "resourceClaims",
  "resizePolicy",
]);

function isTolerated(node: Node, walk: Walk): boolean {
  if (!node.builtin) return false;
  return !strictKeys.has(String(walk.path.at(-1))) && node.listKeys?.[0] !== "port";
}

export function checkKeys(list: JsonValue[], keys: readonly string[], node: Node, walk: Walk): void {
  const seen = new Set<string>();
  const item = node.items === undefined ? undefined : slotNode(node.items);
  for (const [index, entry] of list.entries()) {
    if (!isObject(entry)) continue;
    const values = keys.map((key) =>
      Object.hasOwn(entry, key) ? entry[key]! : (item?.properties?.get(key)?.schema.default ?? null),
    );
    const text = values.length === 1 && typeof values[0] === "string" ? values[0] : JSON.stringify(values);
    if (seen.has(text)) {
      const names = keys.map((key, at) => `${key} ${JSON.stringify(values[at])}`);
      reportDuplicate(index, names.join(", "), node, walk);
    }
    seen.add(text);
  }
}

export function checkSet(list: JsonValue[], node: Node, walk: Walk): void {
  const seen = new Set<string>();
  for (const [index, entry] of list.entries()) {
    const text = typeof entry === "string" ? `s${entry}` : JSON.stringify(entry);
    if (seen.has(text)) reportDuplicate(index, describeValue(entry), node, walk);
    seen.add(text);
  }
}

function reportDuplicate(index: number, what: string, node: Node, walk: Walk): void {
  const tolerated = isTolerated(node, walk);
  walk.path.push(index);
  report(walk, "duplicate", "", what);
  walk.path.pop();
  const last = walk.problems.at(-1);
  if (tolerated && last?.kind === "duplicate") walk.problems[walk.problems.length - 1] = { ...last, tolerated: true };
}
