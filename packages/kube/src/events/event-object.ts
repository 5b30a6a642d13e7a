import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject, ObjectRef } from "@fairlead/krm";
import { microTime } from "../lease/micro-time.ts";
import type { Resource } from "../resource.ts";
import type { Regarding, Series } from "./events-state.ts";

export const events: Resource = {
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
};

const longestNote = 1_024;
const longestName = 128;

/** Who reports: `fairlead.dev/workloads`, and which process of it. At most 128 characters each. */
export interface Reporter {
  readonly component: string;
  readonly instance: string;
  /** Part of the names of Events, so that two processes never write the same one. */
  readonly suffix: string;
}

/** Events of what has no namespace lie in `default`, as the API server demands. */
export function eventKey(series: Series, reporter: Reporter): { readonly namespace: string; readonly name: string } {
  // A name has at most 253 characters; the object's comes first, where people look.
  const name = `${series.regarding.name.slice(0, 200).toLowerCase()}.${reporter.suffix}${series.id.toString(16)}`;
  return { namespace: series.regarding.namespace ?? "default", name };
}

/** `events.k8s.io/v1`; `series` only from the second occurrence on. */
export function eventObject(series: Series, reporter: Reporter): KrmObject {
  const { event, regarding } = series;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { ...eventKey(series, reporter) },
    eventTime: microTime(series.firstAt),
    reportingController: reporter.component.slice(0, longestName),
    reportingInstance: reporter.instance.slice(0, longestName),
    action: (event.action ?? event.reason).slice(0, longestName),
    reason: event.reason.slice(0, longestName),
    regarding: reference(regarding),
    ...(event.related !== undefined && { related: reference(event.related) }),
    note: cutBytes(event.message, longestNote),
    type: event.type,
    ...(series.count > 1 && seriesPatch(series)),
  };
}

/** What changes in an Event when it happens again: nothing else may. */
export function seriesPatch({ count, lastAt }: Series): { readonly series: JsonObject } {
  return { series: { count, lastObservedTime: microTime(lastAt) } };
}

function reference({ apiVersion, kind, namespace, name, uid }: Regarding | (ObjectRef & { uid?: string })): JsonObject {
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) };
}

/** The server counts bytes; a character is never cut in two. */
function cutBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = most - 3;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return `${bytes.subarray(0, end).toString()}…`;
}
