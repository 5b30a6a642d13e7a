import { convertContainerTemplate } from "./container-template.ts";
import { convertDeployment } from "./deployment.ts";
import type { Dialect } from "./dialect.ts";
import { convertTask } from "./task.ts";

export { originalPath } from "./dialect.ts";
export type { Conversion, ConvertOptions, Dialect, FieldMap, FieldMapping } from "./dialect.ts";

/** The foreign kinds that Fairlead reads, whatever their apiVersion is. */
export const dialects: ReadonlyMap<string, Dialect> = new Map<string, Dialect>([
  ["LummoDeployment", { kind: "App", convert: convertDeployment("LummoDeployment") }],
  ["LummoRollout", { kind: "App", convert: convertDeployment("LummoRollout") }],
  ["LummoJob", { kind: "Task", convert: convertTask("LummoJob") }],
  ["LummoCron", { kind: "Task", convert: convertTask("LummoCron") }],
  ["LummoContainer", { kind: "ContainerTemplate", convert: convertContainerTemplate }],
]);
