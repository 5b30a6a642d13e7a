import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Resource } from "../resources/resource.ts";
import { builtinCells } from "./cells/builtin-cells.ts";
import { nameAndCreation } from "./cells/core.ts";
import { podConditions } from "./cells/pod.ts";
import { builtinColumns } from "./columns.ts";
import { customTable } from "./custom-table.ts";
import { numberAt, nameOf } from "./read.ts";

export interface TableOptions {
  /** What each row has of its object; `Metadata` unless the request says something else. */
  readonly includeObject: "None" | "Metadata" | "Object";
  /** Milliseconds since the epoch: ages are told from here. */
  readonly now: number;
  /** Of meta.k8s.io: `v1`, `v1beta1`. */
  readonly version: string;
}

/**
 * Objects as the server shows them to kubectl: a `Table` of meta.k8s.io with all columns, those of `-o wide` included.
 * Objects are in the version of `resource`, in the order of the list. The table's `metadata` is empty. (Of several
 * metrics of a HorizontalPodAutoscaler, autoscaling/v1 does not tell where among them the use of CPU stands: it is last.)
 */
export function tableOf(resource: Resource, objects: readonly JsonObject[], options: TableOptions): JsonObject {
  const { group, version, kind, definition, printerColumns } = resource;
  const custom = definition === undefined ? undefined : customTable(printerColumns ?? noColumns);
  const columns = custom?.columns ?? builtinColumns(group, version, kind);
  const cells = custom?.cells ?? builtinCells(group, kind) ?? nameAndCreation;
  const isPod = group === "" && kind === "Pod" && custom === undefined;
  const ordered = kind === "FlowSchema" && custom === undefined ? byPrecedence(objects) : objects;
  const rows = ordered.map((object): JsonObject => {
    const conditions = isPod ? podConditions(object) : [];
    return {
      cells: [...cells(object, options.now)],
      ...(conditions.length === 0 ? {} : { conditions: [...conditions] }),
      object: rowObject(object, options),
    };
  });
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata: {},
    columnDefinitions: columns.map((column) => ({ ...column })),
    rows: rows.length === 0 && custom === undefined && builtinCells(group, kind) === undefined ? null : rows,
  };
}

const noColumns: NonNullable<Resource["printerColumns"]> = [];

/** What a row has of its object. */
export function rowObject(object: JsonObject, { includeObject, version }: TableOptions): JsonValue {
  if (includeObject === "None") return null;
  if (includeObject === "Object") return object;
  const metadata = object["metadata"];
  return {
    kind: "PartialObjectMetadata",
    apiVersion: `meta.k8s.io/${version}`,
    metadata: isObject(metadata) ? metadata : {},
  };
}

/** The server lists them in the order in which it asks them. */
function byPrecedence(objects: readonly JsonObject[]): readonly JsonObject[] {
  const precedence = (object: JsonObject): number => numberAt(object, "spec", "matchingPrecedence");
  return [...objects].sort((a, b) => precedence(a) - precedence(b) || (nameOf(a) < nameOf(b) ? -1 : 1));
}
