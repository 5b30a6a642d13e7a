import { textOf, type JsonObject } from "@fairlead/apimachinery";
import { conflict, invalid, notFound, staleObject } from "../../errors.ts";
import { liveObject } from "../../conversions/custom/versioned.ts";
import { invalidValue } from "../../field-problem.ts";
import type { Stored } from "../../store/store.ts";
import { commit, isSame, remove } from "./commit.ts";
import { admitCreate, storeNew } from "./create.ts";
import { withoutIdleTimes } from "./managers.ts";
import { finalizersOf, inNamespace, metadataOf, uidOf, withMetadata, withoutRepeatedOwners } from "./metadata.ts";
import { admissionRequest, keyIn, mutated, strategyContext, type Parts, type Scope } from "./parts.ts";
import { prepareForUpdate } from "./prepare.ts";

export interface UpdateOptions {
  /** Makes of the stored object what is to be stored, managers included; called again if somebody else was faster. */
  readonly change: (live: JsonObject | undefined) => JsonObject | Promise<JsonObject>;
  /** What is not there is created: server-side apply. */
  readonly createsMissing?: boolean;
  /** A patch says no uid of its own as a precondition: another one is a change that is refused. */
  readonly isPatch?: boolean;
  /** Runs before an object is created by an update: who may update may not always create. */
  readonly authorizeCreate?: () => void;
  /**
   * Has admission look at something else than the object, as with subresources that have a kind of their own; `change`
   * has asked it for changes.
   */
  readonly validate?: (object: JsonObject, live: JsonObject) => void | Promise<void>;
}

export interface Updated {
  readonly object: JsonObject;
  readonly created: boolean;
}

const mostAttempts = 100;

/**
 * Updates an object in one step: nobody else's write is lost. A version that the change names must be the stored one
 * (409); without one the update is repeated on what is there.
 */
export async function updateObject(parts: Parts, scope: Scope, name: string, options: UpdateOptions): Promise<Updated> {
  const { kind } = scope;
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const stored = parts.store.get(kind.collection, keyIn(scope, name));
    const updated =
      stored === undefined
        ? await create(parts, scope, name, options)
        : await update(parts, scope, name, stored, options);
    if (updated !== undefined) return updated;
  }
  throw conflict(kind.resource, name, staleObject);
}

export function unknownUid(uid: string): string {
  return `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
}

async function create(parts: Parts, scope: Scope, name: string, options: UpdateOptions): Promise<Updated | undefined> {
  const { kind } = scope;
  if (options.createsMissing !== true && kind.strategy.createsOnUpdate !== true) throw notFound(kind.resource, name);
  const wanted = inNamespace(await options.change(undefined), scope.namespace);
  const uid = uidOf(wanted);
  if (uid !== "") {
    throw conflict(kind.resource, name, unknownUid(uid));
  }
  const version = textOf(metadataOf(wanted)["resourceVersion"]);
  if (version !== "" && version !== "0") throw notFound(kind.resource, name);
  options.authorizeCreate?.();
  const admitted = await admitCreate(parts, scope, withMetadata(wanted, { resourceVersion: undefined }));
  const result = await storeNew(parts, scope, admitted);
  return result.kind === "stored" ? { object: result.object, created: true } : undefined;
}

async function update(
  parts: Parts,
  scope: Scope,
  name: string,
  stored: Stored,
  options: UpdateOptions,
): Promise<Updated | undefined> {
  const { kind } = scope;
  const converted = liveObject(kind, stored.object);
  const live = converted instanceof Promise ? await converted : converted;
  const changed = await options.change(live);
  if (changed === live) return { object: live, created: false };
  const wanted = inNamespace(changed, scope.namespace);
  const made = options.validate === undefined ? await mutated(parts, scope, "UPDATE", name, wanted, live) : wanted;
  const admitted = made === wanted ? made : withoutRepeatedOwners(made, scope.warn, true);
  if (options.isPatch !== true) checkIdentity(scope, name, admitted, live);
  const version = textOf(metadataOf(admitted)["resourceVersion"]);
  const current = textOf(metadataOf(live)["resourceVersion"]);
  const isUnconditional = version === "" || version === "0";
  if (isUnconditional && kind.strategy.needsVersion === true) {
    const { group, plural } = kind.resource;
    throw invalid({ group, kind: plural }, name, [
      invalidValue("metadata.resourceVersion", 0, "must be specified for an update"),
    ]);
  }
  if (!isUnconditional && version !== current) throw conflict(kind.resource, name, staleObject);
  const prepared = prepareForUpdate(parts, scope, withMetadata(admitted, { resourceVersion: current }), live);
  const object = withoutIdleTimes(prepared, live, isSame);
  if (options.validate !== undefined) await options.validate(object, live);
  else await parts.admission.validate(admissionRequest(scope, "UPDATE", name, object, live));
  if (goesNow(scope, object, live)) {
    const gone = remove(parts, scope, name, stored.revision, object);
    // The answer shows the version that the object had, not that of its end.
    return gone === undefined
      ? undefined
      : { object: withMetadata(gone, { resourceVersion: current }), created: false };
  }
  kind.strategy.allocate?.(object, live, strategyContext(parts, scope));
  if (isSame(object, live)) return { object: live, created: false };
  const committed = commit(parts, scope, name, stored.revision, object, live);
  const written = committed instanceof Promise ? await committed : committed;
  return written === undefined ? undefined : { object: written, created: false };
}

function checkIdentity({ kind }: Scope, name: string, object: JsonObject, live: JsonObject): void {
  const uid = uidOf(object);
  const known = uidOf(live);
  if (uid === "" || uid === known) return;
  throw conflict(kind.resource, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${known}`);
}

/** Whether the update took away the last thing that held an object whose deletion was asked for. */
function goesNow({ kind }: Scope, object: JsonObject, live: JsonObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadataOf(live);
  if (deletionTimestamp === undefined || finalizersOf(object).length > 0) return false;
  if (deletionGracePeriodSeconds !== undefined && deletionGracePeriodSeconds !== 0) return false;
  return kind.strategy.mayGo?.(object) ?? true;
}
