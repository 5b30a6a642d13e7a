import { isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";

/** A spec with one field more, or why `text` names none. */
export type SetField =
  | { readonly kind: "spec"; readonly spec: JsonObject }
  | { readonly kind: "problem"; readonly message: string; readonly hint: string };

const hint =
  "write FIELD=VALUE with dots between fields, such as --set budget.fleet=3 or --set 'windows.all=[Sat 00:00-04:00]'";

/** `budget.fleet=3`; the value is YAML, so that `3`, `true`, `[a, b]` are what they look like. */
export function setField(spec: JsonObject, text: string): SetField {
  const at = text.indexOf("=");
  const path = text.slice(0, Math.max(0, at)).split(".");
  if (at < 1 || path.some((step) => step === "") || path.length > 8) {
    return { kind: "problem", message: `--set ${JSON.stringify(text)} names no field`, hint };
  }
  const { documents, findings } = parseStream(`value: ${text.slice(at + 1)}`, { file: "--set" });
  const value = documents[0]?.value;
  if (findings.length > 0 || documents.length !== 1 || !isObject(value) || Object.keys(value).length !== 1) {
    return { kind: "problem", message: `--set ${path.join(".")}: the value is no YAML`, hint };
  }
  return { kind: "spec", spec: withField(spec, path, value["value"] ?? null) };
}

function withField(object: JsonObject, [step, ...rest]: readonly string[], value: JsonValue): JsonObject {
  const copy: JsonObject = { ...object };
  const inner = Object.hasOwn(object, step!) ? object[step!] : undefined;
  setOwn(copy, step!, rest.length === 0 ? value : withField(isObject(inner) ? inner : {}, rest, value));
  return copy;
}
