import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** How the two groups name what is the same: of `events.k8s.io/v1` and of `v1`. */
const names: readonly (readonly [string, string])[] = [
  ["regarding", "involvedObject"],
  ["reason", "reason"],
  ["note", "message"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
  ["type", "type"],
  ["eventTime", "eventTime"],
  ["series", "series"],
  ["action", "action"],
  ["related", "related"],
  ["reportingController", "reportingComponent"],
  ["reportingInstance", "reportingInstance"],
];

/** The field of the stored Event that a field selector for Events of `events.k8s.io` means; undefined: it knows none. */
export function coreEventField(field: string): string | undefined {
  if (field === "reportingController") return "reportingComponent";
  if (field === "reason" || field === "type" || field.startsWith("metadata.")) return field;
  return field.startsWith("regarding.") ? field.replace("regarding.", "involvedObject.") : undefined;
}

/** What `v1` writes always. */
const always: JsonObject = {
  involvedObject: {},
  source: {},
  firstTimestamp: null,
  lastTimestamp: null,
  eventTime: null,
  reportingComponent: "",
  reportingInstance: "",
};

/** What `events.k8s.io/v1` writes always. */
const alwaysOfEvents: JsonObject = {
  regarding: {},
  deprecatedSource: {},
  deprecatedFirstTimestamp: null,
  deprecatedLastTimestamp: null,
  eventTime: null,
};

const emptyTexts = new Set(["reportingController", "reportingInstance", "reportingComponent"]);

/** An Event of `events.k8s.io/v1` as `v1` has it. */
export function coreEvent(event: JsonObject): JsonObject {
  return renamed(event, "v1", names, always);
}

/** An Event of `v1` as `events.k8s.io/v1` has it. */
export function groupEvent(event: JsonObject): JsonObject {
  const reversed = names.map(([theirs, ours]) => [ours, theirs] as const);
  return renamed(event, "events.k8s.io/v1", reversed, alwaysOfEvents);
}

function renamed(
  event: JsonObject,
  apiVersion: string,
  pairs: readonly (readonly [string, string])[],
  zeros: JsonObject,
): JsonObject {
  const metadata = get(event, "metadata");
  const result: JsonObject = { kind: "Event", apiVersion, metadata: isObject(metadata) ? metadata : {} };
  for (const [from, to] of pairs) {
    const value: JsonValue = get(event, from) ?? zeros[to] ?? null;
    const isZero = value === null || value === 0 || (value === "" && emptyTexts.has(to));
    if (isZero && !Object.hasOwn(zeros, to)) continue;
    result[to] = value;
  }
  return result;
}
