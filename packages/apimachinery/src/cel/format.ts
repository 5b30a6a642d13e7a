import {
  celList,
  celMethod,
  CelScalar,
  isCelError,
  isCelList,
  isCelMap,
  listType,
  type CelFunc,
  type CelValue,
} from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";

const { DYN, STRING } = CelScalar;
const library = strings.find(({ name }) => name === "format")!;

/** A value inside of a list or map, as cel-go's `%s` shows it: texts quoted, doubles with six digits. */
function shown(value: CelValue): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Number.isFinite(value) ? value.toFixed(6) : `"${String(value)}"`;
  if (isCelList(value)) return `[${[...value].map((item) => shown(item as CelValue)).join(", ")}]`;
  if (isCelMap(value)) {
    const entries = [...value.entries()].map(
      ([key, item]) => [shown(key as CelValue), shown(item as CelValue)] as const,
    );
    const texts = entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => `${key}:${item}`);
    return `{${texts.join(", ")}}`;
  }
  if (value instanceof Uint8Array) return `b${JSON.stringify(Buffer.from(value).toString("utf8"))}`;
  const text = library.call(0, "%s", [celList([value])]);
  return typeof text === "string" ? text : JSON.stringify(value);
}

/** `'%s'.format([…])`, with lists and maps as cel-go shows them. */
export const formatFunction: CelFunc = celMethod("format", STRING, [listType(DYN)], STRING, function (list) {
  const items = [...list].map((item) => (isCelList(item) || isCelMap(item) ? shown(item as CelValue) : item));
  const text = library.call(0, this, [celList(items)]);
  if (typeof text === "string") return text;
  throw new Error(isCelError(text) ? text.message : "no such overload");
});
