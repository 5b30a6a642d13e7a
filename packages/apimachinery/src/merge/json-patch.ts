import { clone, equal, isObject, setOwn, type JsonObject, type JsonValue } from "../json.ts";

/** An operation that does not apply; the message is that of the library that kube-apiserver patches with. */
export class JsonPatchError extends Error {
  override readonly name = "JsonPatchError";
  readonly code: "test-failed" | "not-applicable";

  constructor(message: string, code: "test-failed" | "not-applicable" = "not-applicable") {
    super(message);
    this.code = code;
  }
}

const missing = "missing value";
const badIndex = "invalid index referenced";
/** Bytes that `copy` may add, kube-apiserver's limit: copies of copies grow without end. */
const mostCopied = 3 * 1024 * 1024;

interface Place {
  readonly container: JsonValue[] | JsonObject;
  readonly key: string;
}

/** RFC 6902 as evanphx/json-patch v4 does it, quirks included: `replace` sets a field that is not there. */
export function applyJsonPatch(object: JsonObject, operations: readonly JsonValue[]): JsonObject {
  const state = { document: clone(object) as JsonValue, copied: 0 };
  for (const operation of operations) apply(state, isObject(operation) ? operation : {});
  if (!isObject(state.document)) throw new JsonPatchError("Invalid JSON Document");
  return state.document;
}

type State = { document: JsonValue; copied: number };

function apply(state: State, operation: JsonObject): void {
  const { op, path: rawPath, from: rawFrom, value = null } = operation;
  const kind = typeof op === "string" ? op : "unknown";
  if (!["add", "remove", "replace", "move", "test", "copy"].includes(kind))
    throw new JsonPatchError(`Unexpected kind: ${kind}`);
  if (typeof rawPath !== "string") throw new JsonPatchError(`${kind} operation failed to decode path: ${missing}`);
  const path = rawPath;
  const missingPath = (what: string, at: string): JsonPatchError =>
    new JsonPatchError(`${kind} operation does not apply: doc is missing ${what}: ${at}: ${missing}`);
  if (kind === "move" || kind === "copy") {
    if (typeof rawFrom !== "string")
      throw new JsonPatchError(`${kind} operation failed to decode from: operation, missing from field: ${missing}`);
    const source = find(state.document, rawFrom);
    if (source === undefined) throw missingPath("from path", rawFrom);
    const at = kind === "move" ? `path: '${source.key}'` : `from: '${rawFrom}'`;
    const moved = wrap(`error in ${kind} for ${at}`, () => read(source)) ?? null;
    if (kind === "move") wrap(`error in move for ${at}`, () => remove(source));
    else count(state, moved);
    const target = find(state.document, path);
    if (target === undefined) throw missingPath("destination path", path);
    const about = kind === "move" ? `error in move for path: '${path}'` : "error while adding value during copy";
    return wrap(about, () => add(target, kind === "copy" ? clone(moved) : moved));
  }
  if (path === "" && kind === "replace") {
    if (typeof value !== "object" || value === null)
      throw new JsonPatchError("replace operation value must be object or array: %!w(<nil>)");
    state.document = clone(value);
    return;
  }
  if (path === "" && kind === "test") return test(state.document, value, path);
  const place = find(state.document, path);
  if (kind === "test") {
    if (place === undefined)
      throw new JsonPatchError(`test operation does not apply: is missing path: ${path}: ${missing}`);
    return test(wrap(`error in test for path: '${path}'`, () => read(place)) ?? null, value, path);
  }
  if (place === undefined) throw missingPath("path", kind === "replace" ? path : `"${path}"`);
  if (kind === "remove") return wrap(`error in remove for path: '${path}'`, () => remove(place));
  if (kind === "add") return wrap(`error in add for path: '${path}'`, () => add(place, clone(value)));
  try {
    read(place);
  } catch {
    throw missingPath("key", path);
  }
  wrap(`error in remove for path: '${path}'`, () => set(place, clone(value)));
}

function count(state: State, value: JsonValue): void {
  state.copied += JSON.stringify(value).length;
  if (state.copied > mostCopied)
    throw new JsonPatchError(
      `Unable to complete the copy, the accumulated size increase of copy is ${state.copied}, exceeding the limit ${mostCopied}`,
    );
}

function test(found: JsonValue, wanted: JsonValue, path: string): void {
  if (!equal(found, wanted)) throw new JsonPatchError(`testing value ${path} failed: test failed`, "test-failed");
}

function wrap<T>(about: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new JsonPatchError(`${about}: ${(error as Error).message}`);
  }
}

/** Where a pointer leads to; undefined if there is nothing on the way. */
function find(document: JsonValue, path: string): Place | undefined {
  const parts = path.split("/");
  if (parts.length < 2) return undefined;
  const keys = parts.slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  let container = document;
  for (const key of keys.slice(0, -1)) {
    if (typeof container !== "object" || container === null) return undefined;
    try {
      container = read({ container: container as Place["container"], key }) ?? null;
    } catch {
      return undefined;
    }
  }
  if (!Array.isArray(container) && !isObject(container)) return undefined;
  return { container, key: keys.at(-1)! };
}

function number(key: string): number {
  if (!/^[+-]?\d+$/.test(key)) throw new JsonPatchError(`strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
  return Number(key);
}

/** An index of a list that has `size` places; negative ones count from its end. */
function indexOf(key: string, size: number): number {
  const index = number(key);
  if (index >= size || index < -size) throw new JsonPatchError(`Unable to access invalid index: ${index}: ${badIndex}`);
  return index < 0 ? index + size : index;
}

function read({ container, key }: Place): JsonValue | undefined {
  if (Array.isArray(container)) return container[indexOf(key, container.length)];
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

function set({ container, key }: Place, value: JsonValue): void {
  if (Array.isArray(container)) container[indexOf(key, container.length)] = value;
  else setOwn(container, key, value);
}

function add({ container, key }: Place, value: JsonValue): void {
  if (!Array.isArray(container)) return setOwn(container, key, value);
  if (key === "-") return void container.push(value);
  if (!/^[+-]?\d+$/.test(key))
    throw new JsonPatchError(
      `value was not a proper array index: '${key}': strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`,
    );
  container.splice(indexOf(key, container.length + 1), 0, value);
}

function remove({ container, key }: Place): void {
  if (Array.isArray(container)) return void container.splice(indexOf(key, container.length), 1);
  if (!Object.hasOwn(container, key)) throw new JsonPatchError(`Unable to remove nonexistent key: ${key}: ${missing}`);
  delete container[key];
}
