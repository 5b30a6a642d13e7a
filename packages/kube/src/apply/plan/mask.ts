import { equal, isObject, setOwn, type Change, type DiffPath, type JsonValue } from "@fairlead/apimachinery";
import { isSensitive, mask, type KrmObject } from "@fairlead/krm";

/** What a value that changes is shown as: that it changes must be seen, to what must not. */
const [maskedBefore, maskedAfter] = [`${mask} (before)`, `${mask} (after)`];

/** The changes of an object of this kind with every value masked that may be secret. */
export function maskChanges(changes: readonly Change[], kind: string): Change[] {
  return changes.map((change): Change => {
    const path = pathOf(change.path);
    switch (change.kind) {
      case "add":
        return { ...change, after: masked(change.after, kind, path) };
      case "remove":
        return { ...change, before: masked(change.before, kind, path) };
      case "order":
        return change;
      case "change": {
        const [before, after] = maskPair(change.before, change.after, kind, path);
        return { ...change, before: before!, after: after! };
      }
    }
  });
}

/** Two versions of an object with secret values masked, equal ones equally: for a difference of texts. */
export function maskBoth(
  before: KrmObject | undefined,
  after: KrmObject | undefined,
): [KrmObject | undefined, KrmObject | undefined] {
  const kind = (before ?? after)?.kind ?? "";
  return maskPair(before, after, kind, []) as [KrmObject | undefined, KrmObject | undefined];
}

type Path = readonly (string | number)[];

/** Steps by key count as places in a list: what is secret does not depend on which item it is. */
function pathOf(path: DiffPath): Path {
  return path.map((step) => (typeof step === "object" ? 0 : step));
}

function masked(value: JsonValue, kind: string, path: Path): JsonValue {
  return maskPair(value, value, kind, path)[0]!;
}

type Maybe = JsonValue | undefined;

function maskPair(before: Maybe, after: Maybe, kind: string, path: Path): [Maybe, Maybe] {
  if (isSensitive(kind, path) && !isObject(before ?? null) && !isObject(after ?? null)) {
    const same = before === undefined || after === undefined || equal(before, after);
    return [hide(before, same ? mask : maskedBefore), hide(after, same ? mask : maskedAfter)];
  }
  if (isObject(before) || isObject(after)) {
    const [left, right] = [isObject(before) ? before : undefined, isObject(after) ? after : undefined];
    const results = [left, right].map((object) => (object === undefined ? undefined : ({ ...object } as typeof left)));
    for (const key of new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})])) {
      const own = (object: typeof left): Maybe =>
        object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
      const pair = maskPair(own(left), own(right), kind, [...path, key]);
      pair.forEach((value, side) => {
        if (value !== undefined) setOwn(results[side]!, key, value);
      });
    }
    return [
      left === undefined ? maskAlone(before, kind, path) : results[0],
      right === undefined ? maskAlone(after, kind, path) : results[1],
    ];
  }
  if (Array.isArray(before) || Array.isArray(after)) {
    const side = (mine: Maybe, other: Maybe, index: 0 | 1): Maybe =>
      Array.isArray(mine)
        ? mine.map(
            (item, at) => maskPair(...ordered(item, counterpart(item, at, other), index), kind, [...path, at])[index]!,
          )
        : mine;
    return [side(before, after, 0), side(after, before, 1)];
  }
  return [before, after];
}

/** A value whose other side has another shape. */
function maskAlone(value: Maybe, kind: string, path: Path): Maybe {
  return value === undefined || isObject(value) ? value : maskPair(value, undefined, kind, path)[0];
}

/** The item of the other list that an item is compared with: the one of its name, else the one in its place. */
function counterpart(item: JsonValue, at: number, other: Maybe): Maybe {
  if (!Array.isArray(other)) return undefined;
  const name = isObject(item) ? item["name"] : undefined;
  if (name === undefined) return other[at];
  return other.find((one) => isObject(one) && one["name"] === name);
}

function ordered(mine: Maybe, other: Maybe, side: 0 | 1): [Maybe, Maybe] {
  return side === 0 ? [mine, other] : [other, mine];
}

function hide(value: Maybe, text: string): Maybe {
  return value === undefined ? undefined : text;
}
