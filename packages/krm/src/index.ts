export * from "./object.ts";
export * from "./finding/finding.ts";
export * from "./finding/sensitive.ts";
export * from "./finding/summary.ts";
export * from "./finding/json.ts";
export * from "./finding/sarif.ts";
export { type RenderOptions, renderFindings } from "./finding/render.ts";
export { maskSecrets } from "./finding/mask-secrets.ts";
export * from "./input-findings.ts";
export * from "./schema-findings.ts";
export * from "./problem-finding.ts";
export * from "./did-you-mean.ts";
export { type YamlLimits, defaultYamlLimits } from "./yaml/limits.ts";
export { type DocumentItem, flattenLists } from "./yaml/flatten-lists.ts";
export { type ParseOptions, type ParseResult, type ParsedDocument, parseStream } from "./yaml/parse.ts";
export { parseBytes } from "./yaml/parse-bytes.ts";
export { decodeText } from "./yaml/decode.ts";
export { type DocumentSource, positionIn, splitDocuments } from "./yaml/split.ts";
export { locate, locator, placeFinding } from "./yaml/locate.ts";
export { type Position, lineColumn } from "./yaml/position.ts";
export { type PrintOptions, orderKubernetes, print, printStream } from "./yaml/print.ts";
export { type Edit, type EditOptions, type EditResult, editDocument } from "./yaml/edit.ts";
export { editsBetween } from "./yaml/edits-between.ts";
export { isPlainString, resolvePlain } from "./yaml/scalar.ts";
export { type CommentedDocument, type YamlComment, readComments, writeComments } from "./yaml/comments.ts";
export {
  type ItemOptions,
  type ItemPosition,
  type ResourceItem,
  type ResourceList,
  resourceListOf,
  resourceListOfDocuments,
} from "./fn/resource-list.ts";
export { type ReadOptions, type ReadResult, readResourceList } from "./fn/read-resource-list.ts";
export { type WriteResult, writeDocuments, writeResourceList } from "./fn/write-resource-list.ts";
export { findingOf, resultOf } from "./fn/result.ts";
export { parsePath } from "./fn/parse-path.ts";
export { placeOf } from "./fn/annotations.ts";
export { type FunctionContext, type FunctionDefinition, type Report, defineFunction } from "./fn/define-function.ts";
export { type ApplyResult, type FunctionOutput, applyFunction, applyFunctionToText } from "./fn/apply-function.ts";
export { functionCrd } from "./fn/function-crd.ts";
export { type FunctionIo, runAsMain } from "./fn/run-as-main.ts";
export * from "./hash.ts";
export {
  type Change,
  type Conflict,
  type Merged,
  type ThreeWayOptions,
  applyDiff,
  diff,
  formatDiffPath,
  strategicMerge,
  threeWay,
} from "@fairlead/apimachinery";
