import type { JsonObject } from "@fairlead/apimachinery";
import { createdText, nameColumn, type Column } from "./columns.ts";
import { age } from "./cells/cells.ts";
import { nameOf, numberAt } from "./read.ts";
import { rowObject, type TableOptions } from "./table-of.ts";

/** How the server shows a Scale (autoscaling/v1), whatever it is a Scale of. */
export function scaleTable(scale: JsonObject, options: TableOptions): JsonObject {
  const cells = [
    nameOf(scale),
    numberAt(scale, "spec", "replicas"),
    numberAt(scale, "status", "replicas"),
    age(scale, options.now),
  ];
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata: {},
    columnDefinitions: columns().map((column) => ({ ...column })),
    rows: [{ cells, object: rowObject(scale, options) }],
  };
}

function columns(): readonly Column[] {
  const column = (name: string, type: string, description: string): Column => ({
    name,
    type,
    format: "",
    description,
    priority: 0,
  });
  return [
    column("Name", "string", nameColumn().description),
    column("Desired", "integer", "replicas is the desired number of instances for the scaled object."),
    column("Available", "integer", "replicas is the actual number of observed instances of the scaled object."),
    column("Age", "string", createdText()),
  ];
}
