import { isObject, setOwn, type JsonArray, type JsonObject, type JsonValue } from "../../json.ts";
import { deduceAtom, fieldType, type Atom, type ListAtom, type MapAtom } from "../atom.ts";
import { listElement } from "../list-element.ts";
import { printPathElement } from "../path-element.ts";

type Maybe = JsonValue | undefined;

/**
 * `live` with what `applied` says laid over it, as structured-merge-diff's `Merge`: nothing is removed, maps go key by
 * key, associative lists item by item and in the order of `applied` where it names several. Neither is changed.
 */
export function mergeValues(live: Maybe, applied: Maybe, atom: Atom): Maybe {
  return merge(live, applied, atom, 0);
}

/** Beyond it the API server reads no object; the value that is applied then stands for the whole. */
const deepest = 500;

function merge(live: Maybe, applied: Maybe, atom: Atom, depth: number): Maybe {
  if (live === undefined && applied === undefined) return undefined;
  // Where the two are of different types, the one that is applied says of which type the result is.
  const type = applied === undefined ? deduceAtom(atom, live) : deduceAtom(atom, applied);
  const isLeaf = depth > deepest || (type.map === undefined && (type.scalar !== undefined || type.list === undefined));
  if (isLeaf) return applied === undefined ? live : applied;
  return type.map === undefined
    ? mergeLists(live, applied, type.list!, depth)
    : mergeMaps(live, applied, type.map, depth);
}

function mergeMaps(live: Maybe, applied: Maybe, type: MapAtom, depth: number): Maybe {
  const left = isObject(live) ? live : {};
  const right = isObject(applied) ? applied : {};
  const leftKeys = Object.keys(left);
  const rightKeys = Object.keys(right);
  // Both empty: a leaf, so that null and empty stay what they are.
  if (type.atomic || leftKeys.length + rightKeys.length === 0) return applied === undefined ? live : applied;
  const merged: JsonObject = {};
  for (const key of new Set([...leftKeys, ...rightKeys])) {
    const before = Object.hasOwn(left, key) ? left[key] : undefined;
    const after = Object.hasOwn(right, key) ? right[key] : undefined;
    const child = fieldType(type, key);
    const value = child === undefined ? (after ?? before) : merge(before, after, child(), depth + 1);
    if (value !== undefined) setOwn(merged, key, value);
  }
  return Object.keys(merged).length === 0 ? undefined : merged;
}

type Item = { readonly text: string; readonly value: JsonValue };

function itemsOf(list: Maybe, type: ListAtom): Item[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((value) => {
    const element = listElement(value, type);
    return element === undefined ? [] : [{ text: printPathElement(element), value }];
  });
}

/** By identity; null stands for items that share one, which are not merged into. */
function indexOf(items: readonly Item[]): Map<string, JsonValue> {
  const index = new Map<string, JsonValue>();
  for (const { text, value } of items) index.set(text, index.has(text) ? null : value);
  return index;
}

function mergeLists(live: Maybe, applied: Maybe, type: ListAtom, depth: number): Maybe {
  const isEmpty = (list: Maybe): boolean => !Array.isArray(list) || list.length === 0;
  if (type.atomic || (isEmpty(live) && isEmpty(applied))) return applied === undefined ? live : applied;
  const left = itemsOf(live, type);
  const right = itemsOf(applied, type);
  const byLeft = indexOf(left);
  const byRight = indexOf(right);
  const item = type.item();
  const merged: JsonArray = [];
  const push = (value: Maybe): void => {
    if (value !== undefined) merged.push(value);
  };
  const shared = right.filter(({ text }) => byLeft.has(text)).map(({ text }) => text);
  let nextShared = shared.shift();
  const done = new Set<string>();
  const take = (text: string): void => {
    done.add(text);
    push(merge(byLeft.get(text), byRight.get(text), item, depth + 1));
  };
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const ours = left[l];
    const theirs = right[r];
    if (ours !== undefined && theirs !== undefined) {
      if (ours.text === theirs.text) {
        take(ours.text);
        l++;
        r++;
        nextShared = shared.shift();
        continue;
      }
      if (byRight.has(ours.text) && nextShared !== undefined && nextShared !== ours.text) {
        // In both, and its place is where the applied list has it.
        l++;
        continue;
      }
    }
    if (ours !== undefined) {
      if (!byRight.has(ours.text)) {
        push(merge(ours.value, undefined, item, depth + 1));
        l++;
        continue;
      }
      if (done.has(ours.text)) l++;
    }
    if (theirs !== undefined) {
      take(theirs.text);
      r++;
      if (nextShared === theirs.text) nextShared = shared.shift();
    }
  }
  return merged.length === 0 ? undefined : merged;
}
