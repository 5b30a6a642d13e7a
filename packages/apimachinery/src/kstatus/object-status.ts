import { get, isObject, type JsonObject, type JsonValue } from "../json.ts";

/**
 * `Current`: it is what was asked for. `InProgress`: a controller works on it. `Failed`: somebody has to do something.
 * `Terminating`: it is being deleted. `NotFound`: there is none. `Unknown`: the object is malformed.
 */
export type StatusKind = "Current" | "InProgress" | "Failed" | "Terminating" | "NotFound" | "Unknown";

export type ObjectStatus = {
  readonly status: StatusKind;
  /** One word in CamelCase, for machines: of the object's own condition where it has one, such as `LessUpdated`. */
  readonly reason: string;
  /** For people, with numbers where there are any: `2 of 3 replicas are updated`. */
  readonly message: string;
};

/** The rules of one kind. The object is neither deleted nor does its status stem from an older generation. */
export type StatusRule = (object: JsonObject, options: StatusOptions) => ObjectStatus;

export type StatusOptions = {
  /** Milliseconds since 1970: what lasts too long then counts as failed. Without it, nothing does. */
  readonly now?: number;
};

export function current(reason: string, message: string): ObjectStatus {
  return { status: "Current", reason, message };
}

export function inProgress(reason: string, message: string): ObjectStatus {
  return { status: "InProgress", reason, message };
}

export function failed(reason: string, message: string): ObjectStatus {
  return { status: "Failed", reason, message };
}

/** The value below nested keys; undefined where one is missing. */
export function at(object: JsonValue | undefined, ...keys: readonly string[]): JsonValue | undefined {
  let value = object;
  for (const key of keys) value = get(value, key);
  return value;
}

export function numberAt(object: JsonValue | undefined, path: readonly string[], missing: number): number {
  const value = at(object, ...path);
  return typeof value === "number" ? value : missing;
}

export function textAt(object: JsonValue | undefined, ...path: readonly string[]): string {
  const value = at(object, ...path);
  return typeof value === "string" ? value : "";
}

export type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly since: string;
};

const mostConditions = 100;

/** The conditions below `path`, usually `status.conditions`. */
export function conditionsAt(object: JsonValue | undefined, ...path: readonly string[]): Condition[] {
  const list = at(object, ...path);
  if (!Array.isArray(list)) return [];
  return list
    .slice(0, mostConditions)
    .filter(isObject)
    .map((one) => ({
      type: textAt(one, "type"),
      status: textAt(one, "status"),
      reason: textAt(one, "reason"),
      message: textAt(one, "message"),
      since: textAt(one, "lastTransitionTime"),
    }));
}

export function conditionOf(object: JsonObject, type: string): Condition | undefined {
  return conditionsAt(object, "status", "conditions").find((one) => one.type === type);
}

/** `1 of 3 replicas are ready` */
export function countText(count: number, total: number, noun: string, rest: string): string {
  return `${count} of ${total} ${noun}${total === 1 ? "" : "s"} ${total === 1 ? "is" : "are"} ${rest}`;
}

/** What a condition says of itself, or else `otherwise`. */
export function conditionText({ message, reason }: Condition, otherwise: string): string {
  return message !== "" ? message : reason !== "" ? reason : otherwise;
}
