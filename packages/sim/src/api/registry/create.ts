import type { JsonObject } from "@fairlead/apimachinery";
import { alreadyExists, ApiError } from "../../errors.ts";
import { commit } from "./commit.ts";
import { withUpdatedManagers } from "./managers.ts";
import {
  generatedName,
  inNamespace,
  metadataOf,
  nameOf,
  newUid,
  timeText,
  withMetadata,
  withoutRepeatedOwners,
  withoutSystemFields,
} from "./metadata.ts";
import { admissionRequest, keyIn, mutated, strategyContext, type Parts, type Scope } from "./parts.ts";
import { prepareForCreate } from "./prepare.ts";

const mostNames = 8;

/**
 * Stores a new object: managers, mutating admission, the kind's own preparation and checks, validating admission. A
 * generated name that is taken is generated again, as the API server has done since 1.30.
 */
export async function createObject(parts: Parts, scope: Scope, sent: JsonObject): Promise<JsonObject> {
  const { clock } = parts;
  const cleaned = withoutRepeatedOwners(inNamespace(withoutSystemFields(sent), scope.namespace), scope.warn, false);
  const managed = withUpdatedManagers(scope, undefined, cleaned, timeText(clock.now()));
  const admitted = await admitCreate(parts, scope, managed);
  for (let attempt = 1; ; attempt++) {
    const result = await storeNew(parts, scope, admitted);
    if (result.kind === "stored") return result.object;
    const { generateName } = metadataOf(admitted);
    const isGenerated = typeof generateName === "string" && generateName !== "" && nameOf(admitted) === "";
    if (!isGenerated) throw alreadyExists(scope.kind.resource, result.name);
    if (attempt === mostNames) throw nameConflict(scope, result.name);
  }
}

function nameConflict({ kind }: Scope, name: string): ApiError {
  const { message, status } = alreadyExists(kind.resource, name);
  const details = { ...(status["details"] as JsonObject), retryAfterSeconds: 1 };
  return new ApiError(
    409,
    "AlreadyExists",
    `${message}, the server was not able to generate a unique name for the object`,
    details,
  );
}

export async function admitCreate(parts: Parts, scope: Scope, object: JsonObject): Promise<JsonObject> {
  const made = await mutated(parts, scope, "CREATE", nameOf(object), object, undefined);
  return made === object ? object : withoutRepeatedOwners(made, scope.warn, true);
}

export type StoreResult =
  | { readonly kind: "stored"; readonly object: JsonObject }
  | { readonly kind: "taken"; readonly name: string };

/** From an admitted object to a stored one. */
export async function storeNew(parts: Parts, scope: Scope, admitted: JsonObject): Promise<StoreResult> {
  const { clock, random, store, admission } = parts;
  const { kind } = scope;
  const { generateName } = metadataOf(admitted);
  const name =
    nameOf(admitted) === "" && typeof generateName === "string" && generateName !== ""
      ? generatedName(generateName, random)
      : nameOf(admitted);
  const filled = withMetadata(admitted, {
    ...(name === "" ? {} : { name }),
    uid: newUid(random),
    creationTimestamp: timeText(clock.now()),
  });
  const object = prepareForCreate(parts, scope, filled);
  await admission.validate(admissionRequest(scope, "CREATE", name, object, undefined));
  if (store.get(kind.collection, keyIn(scope, name)) !== undefined) return { kind: "taken", name };
  kind.strategy.allocate?.(object, undefined, strategyContext(parts, scope));
  const committed = commit(parts, scope, name, 0, object, undefined);
  const stored = committed instanceof Promise ? await committed : committed;
  return stored === undefined ? { kind: "taken", name } : { kind: "stored", object: stored };
}
