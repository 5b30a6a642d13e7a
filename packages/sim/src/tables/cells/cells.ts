import { textOf, get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { ageOf } from "../human-duration.ts";
import { at, listAt } from "../read.ts";

/** The cells of an object's row, one for each column. `now` is in milliseconds since the epoch. */
export type Cells = (object: JsonObject, now: number) => readonly JsonValue[];

/** How old the object is. */
export function age(object: JsonObject, now: number): string {
  return ageOf(at(object, "metadata", "creationTimestamp"), now);
}

export function isDeleted(object: JsonObject): boolean {
  return at(object, "metadata", "deletionTimestamp") !== undefined;
}

/** Names and images of the containers at a path of the object. */
export function containers(object: JsonObject, ...path: readonly string[]): readonly [string, string] {
  const list = listAt(object, ...path);
  const join = (field: string): string => list.map((one) => textOf(get(one, field))).join(",");
  return [join("name"), join("image")];
}

/** Of a list the first three; `emptyText` without any. */
export function firstThree(list: readonly string[], emptyText: string): string {
  const text = list.slice(0, 3).join(",");
  if (list.length > 3) return `${text} + ${list.length - 3} more...`;
  return text === "" ? emptyText : text;
}
