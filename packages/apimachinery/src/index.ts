export * from "./json.ts";
export { parseJson } from "./parse-json.ts";
export * from "./compare-text.ts";
export * from "./path.ts";
export * from "./openapi/definitions.ts";
export * from "./openapi/descriptions.ts";
export * from "./schema/schema.ts";
export * from "./quantity/quantity.ts";
export { validate, type ValidateOptions } from "./schema/validate.ts";
export * from "./schema/problem.ts";
export * from "./schema/apply-defaults.ts";
export * from "./schema/prune.ts";
export * from "./schema/suggest.ts";
export * from "./names/duration.ts";
export * from "./schema/structural.ts";
export * from "./merge/strategic-merge.ts";
export * from "./merge/json-merge.ts";
export { applyJsonPatch, JsonPatchError } from "./merge/json-patch.ts";
export * from "./defaults/default-object.ts";
export * from "./names/names.ts";
export * from "./names/cron.ts";
export * from "./selector/selector.ts";
export * from "./selector/parse-selector.ts";
export { applyDiff } from "./merge/apply-diff.ts";
export {
  diff,
  formatDiffPath,
  type Change,
  type DiffOptions,
  type DiffPath,
  type DiffStep,
  type KeyStep,
  type ValueStep,
} from "./merge/diff.ts";
export * from "./merge/three-way.ts";
export { childNode, itemNode, patchRule, startNode, type SchemaOptions } from "./merge/list-rule.ts";
export type { Cancel, Clock } from "./clock/clock.ts";
export { type VirtualClock, virtualClock } from "./clock/virtual-clock.ts";
export { applyConfiguration, type ApplyInput, type ApplyResult } from "./ownership/merge/apply-configuration.ts";
export { updateManagers, type UpdateInput } from "./ownership/merge/update-managers.ts";
export { atomicPaths, mergeTyped, type MergeTypedOptions } from "./ownership/merge/merge-typed.ts";
export { applyScale, scaleManagers, type ScaleApplyInput, type ScaleInput } from "./ownership/merge/scale-managers.ts";
export { managedFieldsOf, type OwnerConflict } from "./ownership/merge/owners.ts";
export { normalizeObject } from "./ownership/merge/normalize.ts";
export { withServerFields } from "./ownership/merge/server-fields.ts";
export {
  fieldElement,
  formatOwnedPath,
  keyElement,
  valueElement,
  type OwnedPath,
  type PathElement,
} from "./ownership/path-element.ts";
export {
  emptyFieldSet,
  equalSets,
  fieldSetFrom,
  hasPath,
  intersectSets,
  isEmptySet,
  leavesOf,
  pathsOf,
  subtractSet,
  subtractTrees,
  unionSets,
  type FieldSet,
  type FieldSetEntry,
} from "./ownership/field-set.ts";
export { fieldsV1, isFieldsProblem, parseFieldsV1, type FieldsProblem } from "./ownership/fields-v1.ts";
export { fieldSetOf, type FieldSetOptions } from "./ownership/field-set-of.ts";
export { typedProblems, type TypedProblem } from "./ownership/typed-problems.ts";
export * from "./ownership/managers.ts";
export * from "./ownership/needs-apply.ts";
export { statusOf } from "./kstatus/status-of.ts";
export type { ObjectStatus, StatusKind, StatusOptions } from "./kstatus/object-status.ts";
export {
  matchRequest,
  policyMatcher,
  webhookMatcher,
  type GroupVersionResource,
  type Matcher,
  type MatchRequest,
  type MatchResult,
} from "./webhooks/match-rules.ts";
export {
  emptyPersistentMap,
  persistentDelete,
  persistentEntries,
  persistentGet,
  persistentMapOf,
  persistentSet,
  type PersistentMap,
} from "./persistent/persistent-map.ts";
