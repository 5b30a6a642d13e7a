import type { JsonArray } from "@fairlead/apimachinery";
import { packed } from "../data/generated/table-columns.ts";
import { unpack } from "../data/unpack.ts";

/** A `TableColumnDefinition` of meta.k8s.io. */
export type Column = {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
};

let texts: ReadonlyMap<string, string> | undefined;
const parsed = new Map<string, readonly Column[]>();

/** The columns of a built-in kind's tables, as kube-apiserver has them; of any other, name and time of creation. */
export function builtinColumns(group: string, version: string, kind: string): readonly Column[] {
  texts ??= new Map(
    unpack(packed)
      .toString("utf8")
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
  );
  const wanted = `${group}/${version}/${kind}`;
  const id = texts.has(wanted) ? wanted : withoutOwnColumns;
  let columns = parsed.get(id);
  if (columns === undefined) {
    columns = JSON.parse(texts.get(id)!) as JsonArray as unknown as readonly Column[];
    parsed.set(id, columns);
  }
  return columns;
}

const withoutOwnColumns = "/v1/LimitRange";

/** The first column of almost every table. */
export function nameColumn(): Column {
  return builtinColumns("", "v1", "LimitRange")[0]!;
}

/** What the server says of `creationTimestamp`. */
export function createdText(): string {
  return builtinColumns("", "v1", "LimitRange")[1]!.description;
}
