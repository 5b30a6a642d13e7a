import { equal, get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { liveObject } from "../../conversions/custom/versioned.ts";
import { conflict, invalid, notFound } from "../../errors.ts";
import { invalidValue, unsupportedValue } from "../../field-problem.ts";
import type { Kind } from "../../resources/kind.ts";
import { commit, remove } from "./commit.ts";
import { finalizersOf, metadataOf, timeText, uidOf, withMetadata } from "./metadata.ts";
import { admissionRequest, keyIn, type Parts, type Scope } from "./parts.ts";

export interface DeleteRequest {
  readonly gracePeriodSeconds?: number;
  readonly orphanDependents?: boolean;
  readonly propagationPolicy?: string;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface Deleted {
  /** The last state, or the state that waits for finalizers or grace. */
  readonly object: JsonObject;
  /** Whether it is gone. */
  readonly gone: boolean;
}

const mostAttempts = 100;

/** What `DeleteOptions` say; throws 422 for what they may not say. */
export function deleteRequest(options: JsonObject): DeleteRequest {
  const { gracePeriodSeconds, orphanDependents, propagationPolicy, preconditions } = options;
  const problems = [];
  if (propagationPolicy !== undefined && propagationPolicy !== null && orphanDependents !== undefined) {
    const why = "orphanDependents and deletionPropagation cannot be both set";
    problems.push(invalidValue("propagationPolicy", propagationPolicy, why));
  }
  const { dryRun } = options;
  const known = ["Foreground", "Background", "Orphan"];
  if (typeof propagationPolicy === "string" && !known.includes(propagationPolicy)) {
    problems.push({
      field: "propagationPolicy",
      reason: "FieldValueNotSupported",
      message: `Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
    });
  }
  if (Array.isArray(dryRun) && dryRun.some((one) => one !== "All")) {
    problems.push(unsupportedValue("dryRun", dryRun, ["All"]));
  }
  if (problems.length > 0) throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", problems);
  const [uid, resourceVersion] = [get(preconditions, "uid"), get(preconditions, "resourceVersion")];
  return {
    ...(typeof gracePeriodSeconds === "number" ? { gracePeriodSeconds } : {}),
    ...(typeof orphanDependents === "boolean" ? { orphanDependents } : {}),
    ...(typeof propagationPolicy === "string" ? { propagationPolicy } : {}),
    ...(isObject(preconditions)
      ? {
          preconditions: {
            ...(typeof uid === "string" ? { uid } : {}),
            ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
          },
        }
      : {}),
  };
}

/**
 * Deletes as the API server does: grace first, then finalizers, then the object itself.
 * @param isAdmitted Admission has had its say on the request of which the deletion is a part.
 */
export async function deleteObject(
  parts: Parts,
  scope: Scope,
  name: string,
  request: DeleteRequest,
  isAdmitted = false,
): Promise<Deleted> {
  const { kind } = scope;
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const stored = parts.store.get(kind.collection, keyIn(scope, name));
    if (stored === undefined) throw notFound(kind.resource, name);
    const converted = liveObject(kind, stored.object);
    const live = converted instanceof Promise ? await converted : converted;
    checkPreconditions(kind, name, live, request);
    if (!isAdmitted) await parts.admission.validate(admissionRequest(scope, "DELETE", name, undefined, live));
    const step = deletionStep(kind, live, request, parts.clock.now());
    if (step.kind === "pending") return { object: live, gone: false };
    if (step.kind === "mark") {
      if (equal(step.object, live)) return { object: live, gone: false };
      const committed = commit(parts, scope, name, stored.revision, step.object, live);
      const marked = committed instanceof Promise ? await committed : committed;
      if (marked !== undefined) return { object: marked, gone: false };
      continue;
    }
    const gone = remove(parts, scope, name, stored.revision, step.object);
    if (gone !== undefined) return { object: gone, gone: true };
  }
  throw conflict(kind.resource, name, "the object kept changing while it was to be deleted");
}

function checkPreconditions(kind: Kind, name: string, live: JsonObject, { preconditions }: DeleteRequest): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const { group, kind: resource } = kind.resource;
  const target = { group, plural: resource };
  if (uid !== undefined && uid !== uidOf(live)) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${uidOf(live)}). The object might have been deleted and then recreated`;
    throw conflict(target, name, why);
  }
  const current = textOf(metadataOf(live)["resourceVersion"]);
  if (resourceVersion !== undefined && resourceVersion !== current) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${current}). The object might have been modified`;
    throw conflict(target, name, why);
  }
}

type Step =
  /** Deletion is under way and this request does not shorten it. */
  | { readonly kind: "pending" }
  | { readonly kind: "mark"; readonly object: JsonObject }
  | { readonly kind: "remove"; readonly object: JsonObject };

/** What a request to delete does next to an object. */
export function deletionStep(kind: Kind, live: JsonObject, request: DeleteRequest, now: number): Step {
  const graceful = gracefully(kind, live, request, now);
  if (graceful === "pending") return { kind: "pending" };
  const object = graceful ?? live;
  const held = kind.strategy.finalizerOfDeletion;
  const others = finalizersAfter(kind, object, request);
  const finalizers = held === undefined || others.includes(held) ? others : [...others, held];
  const marked = withMetadata(object, { finalizers: finalizers.length === 0 ? undefined : [...finalizers] });
  if (graceful !== undefined) {
    const isOver = metadataOf(graceful)["deletionGracePeriodSeconds"] === 0 && finalizers.length === 0;
    return isOver ? { kind: "remove", object: marked } : { kind: "mark", object: marked };
  }
  if (finalizers.length === 0 && (kind.strategy.mayGo?.(object) ?? true)) return { kind: "remove", object };
  const going = marking(marked, now);
  return { kind: "mark", object: kind.strategy.whileGoing?.(going) ?? going };
}

/** The object with a deadline, or a nearer one; undefined for what goes at once. */
function gracefully(
  { strategy }: Kind,
  live: JsonObject,
  request: DeleteRequest,
  now: number,
): JsonObject | "pending" | undefined {
  if (strategy.gracePeriod === undefined) return undefined;
  const asked = request.gracePeriodSeconds === undefined ? undefined : nonNegative(request.gracePeriodSeconds);
  const { deletionTimestamp, deletionGracePeriodSeconds, generation } = metadataOf(live);
  if (typeof deletionTimestamp === "string") {
    const current = typeof deletionGracePeriodSeconds === "number" ? deletionGracePeriodSeconds : 0;
    if (current === 0) return undefined;
    if (asked === undefined || asked >= current) return "pending";
    const at = Date.parse(deletionTimestamp) - (current - asked) * 1000;
    const isPast = at < now;
    return withMetadata(live, {
      deletionTimestamp: timeText(isPast ? now : at),
      deletionGracePeriodSeconds: isPast && asked !== 0 ? 1 : asked,
    });
  }
  const period = strategy.gracePeriod(live, asked);
  if (period === undefined) return undefined;
  return withMetadata(live, {
    deletionTimestamp: timeText(now + period * 1000),
    deletionGracePeriodSeconds: period,
    ...(typeof generation === "number" && generation > 0 ? { generation: generation + 1 } : {}),
  });
}

/** Negative periods count as one second. */
function nonNegative(seconds: number): number {
  return seconds < 0 ? 1 : seconds;
}

/** The object as one that waits for its finalizers. */
function marking(object: JsonObject, now: number): JsonObject {
  const { deletionTimestamp, generation } = metadataOf(object);
  const isNew = deletionTimestamp === undefined;
  const isLater = typeof deletionTimestamp === "string" && Date.parse(deletionTimestamp) > now;
  return withMetadata(object, {
    ...(isNew && typeof generation === "number" && generation > 0 ? { generation: generation + 1 } : {}),
    deletionTimestamp: isNew || isLater ? timeText(now) : deletionTimestamp,
    deletionGracePeriodSeconds: 0,
  });
}

const orphan = "orphan";
const foreground = "foregroundDeletion";

/** The finalizers of the garbage collector come and go with what the request wants; others stay. */
function finalizersAfter({ strategy }: Kind, object: JsonObject, request: DeleteRequest): readonly string[] {
  const before = finalizersOf(object);
  const policy = policyOf(before, request, strategy.orphansByDefault === true);
  const others = before.filter((one) => one !== orphan && one !== foreground);
  const wanted = policy === "Orphan" ? [...others, orphan] : policy === "Foreground" ? [...others, foreground] : others;
  const isUnchanged = wanted.length === before.length && wanted.every((one) => before.includes(one));
  return isUnchanged ? before : wanted;
}

function policyOf(finalizers: readonly string[], request: DeleteRequest, orphansByDefault: boolean): string {
  const { orphanDependents, propagationPolicy } = request;
  if (orphanDependents !== undefined) return orphanDependents ? "Orphan" : "Background";
  if (propagationPolicy !== undefined) return propagationPolicy;
  for (const one of finalizers) {
    if (one === orphan) return "Orphan";
    if (one === foreground) return "Foreground";
  }
  return orphansByDefault ? "Orphan" : "Background";
}
