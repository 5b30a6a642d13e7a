import { clone, equal, normalizeObject, withServerFields, type JsonObject } from "@fairlead/apimachinery";
import { invalid, type FieldProblem } from "../../errors.ts";
import type { Kind } from "../../resources/kind.ts";
import { finalizerWarnings, metadataProblems, metadataUpdateProblems, pathSegmentProblem } from "./check-metadata.ts";
import { withNulls } from "../../strategies/null-fields.ts";
import { fillZeroTimes } from "../../strategies/zero-times.ts";
import { customProblems, customUpdateProblems } from "./custom.ts";
import { fieldOptions } from "./managers.ts";
import { inNamespace, metadataOf, nameOf, withMetadata } from "./metadata.ts";
import { strategyContext, type Parts, type Scope } from "./parts.ts";

function throwInvalid(kind: Kind, name: string, problems: readonly FieldProblem[]): void {
  if (problems.length > 0) throw invalid(kind.resource, name, problems);
}

function hasGeneration({ isCustom, strategy }: Kind): boolean {
  return isCustom || strategy.hasGeneration === true;
}

/** A new object as its kind makes it, checked; throws 422 with all that is wrong. */
export function prepareForCreate(parts: Parts, scope: Scope, sent: JsonObject): JsonObject {
  const { kind } = scope;
  const { strategy } = kind;
  const context = strategyContext(parts, scope);
  let object = clone(inNamespace(sent, scope.namespace));
  if (kind.hasStatus && strategy.prepareForCreate === undefined) delete object["status"];
  // Go writes a built-in status without content as an empty one, with the numbers it never leaves out.
  if (kind.hasStatus && !kind.isCustom) object = withEmptyStatus(object, kind);
  if (hasGeneration(kind)) object = withMetadata(object, { generation: 1 });
  strategy.prepareForCreate?.(object, context);
  if (!kind.isCustom) {
    fillZeroTimes(object, kind.collection);
    object = withNulls(object);
  }
  const ofMetadata = metadataProblems(object, kind);
  // A kind looks at its metadata itself, before all else.
  const own = kind.isCustom ? customProblems(object, kind) : (strategy.validate?.(object, context) ?? []);
  throwInvalid(kind, nameOf(object), [...ofMetadata, ...own]);
  if (kind.isCustom) for (const warning of finalizerWarnings(object, undefined)) scope.warn(warning);
  for (const warning of strategy.warnings?.(object, undefined, context) ?? []) scope.warn(warning);
  return object;
}

/** An updated object: what the endpoint does not write is as it was, what the server keeps too; checked. */
export function prepareForUpdate(parts: Parts, scope: Scope, sent: JsonObject, old: JsonObject): JsonObject {
  const { kind, subresource } = scope;
  const { strategy } = kind;
  const context = strategyContext(parts, scope);
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation } = metadataOf(old);
  const managedFields = metadataOf(sent)["managedFields"];
  // What the endpoint resets comes back; what a client may not change must say the same or nothing.
  const reset = clone(withServerFields(sent, old, fieldOptions(kind, subresource)));
  const said = metadataOf(sent);
  let object = withMetadata(reset, {
    generation,
    managedFields,
    resourceVersion: said["resourceVersion"],
    uid: said["uid"] === undefined || said["uid"] === "" ? uid : said["uid"],
    creationTimestamp: creationTimestamp ?? said["creationTimestamp"],
    deletionTimestamp: deletionTimestamp ?? said["deletionTimestamp"],
    deletionGracePeriodSeconds: said["deletionGracePeriodSeconds"] ?? deletionGracePeriodSeconds,
  });
  strategy.prepareForUpdate?.(object, old, { ...context, sent });
  if (!kind.isCustom) {
    fillZeroTimes(object, kind.collection);
    object = withNulls(object);
  }
  if (hasGeneration(kind) && !keepsGeneration.has(subresource) && isWantedChange(kind, object, old)) {
    object = withMetadata(object, { generation: Number(generation ?? 0) + 1 });
  }
  const own = kind.isCustom
    ? customUpdateProblems(object, old, kind, subresource)
    : (strategy.validateUpdate ?? (() => []))(object, old, context);
  // Metadata is looked at for all kinds first, and then by each kind again: details tell both.
  const metadata = metadataUpdateProblems(object, old);
  const common = metadataProblems(object, { ...kind, strategy: { nameProblem: pathSegmentProblem } });
  throwInvalid(kind, nameOf(object), [...common, ...metadata, ...metadata, ...own]);
  if (kind.isCustom) for (const warning of finalizerWarnings(object, old)) scope.warn(warning);
  for (const warning of strategy.warnings?.(object, old, context) ?? []) scope.warn(warning);
  return object;
}

/** Endpoints that change nothing of what somebody wants. */
const keepsGeneration: ReadonlySet<string> = new Set(["binding", "status"]);

/** Everything but metadata and status is what somebody wants. */
function isWantedChange({ hasStatus, isCustom, strategy }: Kind, object: JsonObject, old: JsonObject): boolean {
  const { metadata: _, status, ...spec } = object;
  const { metadata: __, status: before, ...wanted } = old;
  if (strategy.countsAsWanted?.(object, old) === true) return true;
  return !equal(spec, wanted) || (isCustom && !hasStatus && !equal(status, before));
}

function withEmptyStatus(object: JsonObject, { schema }: Kind): JsonObject {
  const { apiVersion, kind, status = {} } = object;
  const filled = normalizeObject({ apiVersion: apiVersion!, kind: kind!, status }, schema, {});
  return { ...object, status: filled["status"] ?? {} };
}
