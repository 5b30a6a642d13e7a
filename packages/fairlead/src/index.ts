/**
 * Fairlead in your own program: compile declarations, run as a KRM function, import and convert, without a process.
 * Everything here is contract (docs/reference/stability.md); what is not exported is not.
 */
export { compile, type Compiled } from "./compile/compile.ts";
export { type Generated } from "./compile/finish.ts";
export { type CompileOptions } from "./compile/options.ts";
export { type Locate, type Place, type Resource, type Source } from "./compile/resource.ts";
export { compileText, parseResources, type NamedText, type ParsedResources } from "./compile/text.ts";
export { convertFile, type ConvertedFile, type ConvertFileOptions } from "./convert/convert-file.ts";
export { compareObjects, type CompareOptions, type ObjectDiff } from "./diff/compare.ts";
export { applyFairlead, type FunctionInput, type FunctionItem, type FunctionResult } from "./fn/apply.ts";
export { importCompose, type ComposeImport, type ComposeOptions } from "./import/compose/compose.ts";
export { importObjects, type Imported, type ImportResource } from "./import/import.ts";
export { apiVersion, kindNames, loadKind, type KindName, type LoadedKind } from "./kinds/load.ts";
export { type Action, type Need, type Plan } from "./plan/plan.ts";
export { type Declaration } from "./plan/declaration.ts";
export { crdOf } from "./schema/crd.ts";
export { jsonSchemaOf } from "./schema/json-schema.ts";
export { openApiOf } from "./schema/openapi.ts";
export { version } from "./version.ts";
