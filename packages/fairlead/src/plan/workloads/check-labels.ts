import type { FieldPath } from "@fairlead/apimachinery";
import { isLabelValue } from "../shared/names.ts";
import { object, stringMap, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";

/** Label values that the API server would refuse. */
export function checkLabels(context: WorkloadContext): void {
  const { spec, declaration, mode } = context;
  const partOf = text(spec.partOf);
  if (partOf !== undefined && mode !== "exact") checkValue(context, "partOf", partOf, ["spec", "partOf"]);
  const maps: [{ [key: string]: string }, FieldPath][] = [
    [stringMap(declaration.metadata.labels), ["metadata", "labels"]],
    [stringMap(object(spec.pod)?.labels), ["spec", "pod", "labels"]],
  ];
  for (const [labels, field] of maps) {
    for (const [key, value] of Object.entries(labels)) checkValue(context, `label ${key}`, value, [...field, key]);
  }
}

function checkValue(context: WorkloadContext, what: string, value: string, field: FieldPath): void {
  if (isLabelValue(value)) return;
  context.report("FL246", {
    message: `${what} is ${JSON.stringify(value.slice(0, 80))}, which cannot be the value of a label`,
    hint: "use at most 63 letters, digits, dashes, dots and underscores",
    field,
  });
}
