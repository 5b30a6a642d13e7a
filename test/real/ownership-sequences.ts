import fc from "fast-check";
import { clone, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Subject } from "./ownership-subjects.ts";

/** One request to an object that may or may not be there. */
export type Step =
  | { readonly kind: "apply"; readonly manager: string; readonly force: boolean; readonly object: JsonObject }
  | { readonly kind: "apply-status"; readonly manager: string; readonly object: JsonObject }
  /** Edits of what is stored, sent back whole. */
  | { readonly kind: "update"; readonly manager: string; readonly edits: readonly Edit[] }
  | { readonly kind: "update-status"; readonly manager: string; readonly object: JsonObject }
  /** Of an object that is not there yet; `annotated` as client-side `kubectl apply` does. */
  | { readonly kind: "create"; readonly manager: string; readonly object: JsonObject; readonly annotated: boolean }
  | { readonly kind: "scale"; readonly manager: string; readonly replicas: number }
  /** A JSON merge patch of all that the configuration says. */
  | { readonly kind: "patch"; readonly manager: string; readonly object: JsonObject }
  /** Takes all managers out. */
  | { readonly kind: "reset"; readonly manager: string; readonly managedFields: JsonValue[] };

/** Picks a place of the object by a fraction of all places, and does something to it that keeps its type. */
export interface Edit {
  readonly place: number;
  readonly what: "change" | "remove" | "reverse";
}

function put(object: JsonObject, [first, ...rest]: readonly string[], value: JsonValue): void {
  if (rest.length === 0) return setOwn(object, first!, clone(value));
  const child = object[first!];
  const next = isObject(child) ? child : {};
  object[first!] = next;
  put(next, rest, value);
}

function configurations({ base, parts }: Subject): fc.Arbitrary<JsonObject> {
  const choices = parts.map(([path, values]) =>
    fc.option(
      fc.constantFrom(...values).map((value) => [path, value] as const),
      { nil: undefined, freq: 2 },
    ),
  );
  return fc.tuple(...choices).map((chosen) => {
    const object = clone(base);
    for (const one of chosen) if (one !== undefined) put(object, one[0], one[1]);
    return object;
  });
}

export const singleEdit: fc.Arbitrary<Edit> = fc.record({
  place: fc.integer({ min: 0, max: 999 }).map((one) => one / 1000),
  what: fc.constantFrom("change", "change", "remove", "reverse"),
});

export function sequences(subject: Subject): fc.Arbitrary<readonly Step[]> {
  const manager = fc.constantFrom("a", "b", "kubectl");
  const apply = fc.record({
    kind: fc.constant("apply" as const),
    manager,
    force: fc.boolean(),
    object: configurations(subject),
  });
  const update = fc.record({
    kind: fc.constant("update" as const),
    manager,
    edits: fc.array(singleEdit, { minLength: 1, maxLength: 3 }),
  });
  const object = configurations(subject);
  const patch = fc.record({ kind: fc.constant("patch" as const), manager, object });
  const create = fc.record({
    kind: fc.constant("create" as const),
    manager,
    object,
    annotated: fc.boolean(),
  });
  const reset = fc.record({
    kind: fc.constant("reset" as const),
    manager,
    managedFields: fc.constantFrom<JsonValue[]>([], [{}]),
  });
  const common = [apply, apply, apply, update, update, patch, reset];
  const following = (...steps: readonly fc.Arbitrary<Step>[]): fc.Arbitrary<readonly Step[]> =>
    fc
      .tuple(fc.oneof(apply, create), fc.array(fc.oneof(...common, ...steps), { minLength: 3, maxLength: 8 }))
      .map(([first, rest]) => [first, ...rest]);
  const { status } = subject;
  if (status === undefined) return following();
  const { apiVersion, kind } = subject.base;
  const objects = fc
    .constantFrom(...status)
    .map((value): JsonObject => ({ apiVersion: apiVersion!, kind: kind!, metadata: {}, status: value }));
  const applyStatus = fc.record({ kind: fc.constant("apply-status" as const), manager, object: objects });
  const updateStatus = fc.record({ kind: fc.constant("update-status" as const), manager, object: objects });
  const replicas = fc.integer({ min: 0, max: 3 });
  const scale = fc.record({ kind: fc.constant("scale" as const), manager, replicas });
  return kind === "Deployment"
    ? following(applyStatus, updateStatus, scale, scale)
    : following(applyStatus, updateStatus);
}

const fixed =
  /^(apiVersion|kind|metadata|metadata\.(name|namespace|uid|resourceVersion|managedFields.*|creationTimestamp|generation)|status.*)$/;

/** Does the edits to a copy, below what identifies the object. */
export function edited(object: JsonObject, edits: readonly Edit[]): JsonObject {
  const copy = clone(object);
  for (const { place, what } of edits) {
    const places = [...placesOf(copy, "")].filter(({ name }) => !fixed.test(name));
    const found = places[Math.floor(place * places.length)];
    if (found === undefined) continue;
    const { parent, key, value } = found;
    if (what === "remove") {
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
    } else if (Array.isArray(value)) {
      if (what === "reverse") value.reverse();
    } else if (typeof value === "string") setValue(parent, key, `${value}x`);
    else if (typeof value === "number") setValue(parent, key, value + 1);
    else if (typeof value === "boolean") setValue(parent, key, !value);
    else if (isObject(value)) value["added"] = "x";
  }
  return copy;
}

function setValue(parent: JsonObject | JsonValue[], key: string, value: JsonValue): void {
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else parent[key] = value;
}

interface Place {
  readonly name: string;
  readonly parent: JsonObject | JsonValue[];
  readonly key: string;
  readonly value: JsonValue;
}

function* placesOf(value: JsonObject | JsonValue[], name: string): Generator<Place> {
  for (const key of Object.keys(value)) {
    const child = (value as JsonObject)[key]!;
    const path = name === "" ? key : `${name}.${key}`;
    if (path === "metadata.managedFields") continue;
    yield { name: path, parent: value, key, value: child };
    if (isObject(child) || Array.isArray(child)) yield* placesOf(child, path);
  }
}
