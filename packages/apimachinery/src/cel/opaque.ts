import { CelScalar, celMap, isCelMap, mapType, type CelMap, type CelMapType, type CelValue } from "@bufbuild/cel";

/**
 * Kubernetes' own types in CEL (quantity, IP, CIDR, URL, format, semantic version). The evaluator knows no foreign
 * types, so each is a map with its type's name and its canonical text: equality then means what it should.
 */
export type OpaqueType = "quantity" | "ip" | "cidr" | "url" | "format" | "semver" | "optional";

export const MAP: CelMapType<typeof CelScalar.STRING, typeof CelScalar.DYN> = mapType(CelScalar.STRING, CelScalar.DYN);

const typeKey = "\u0000type";
const textKey = "\u0000text";
const valueKey = "\u0000value";

export function opaque(type: OpaqueType, text: string): CelMap {
  return celMap(
    new Map([
      [typeKey, type],
      [textKey, text],
    ]),
  );
}

/** The text of an opaque value; throws, as a CEL function does on a value of another type. */
export function textOf(value: unknown, type: OpaqueType): string {
  const found = isCelMap(value) && value.get(typeKey) === type ? value.get(textKey) : undefined;
  if (typeof found !== "string") throw new Error(`no such overload: expected ${type}`);
  return found;
}

export function isOpaque(value: unknown, type: OpaqueType): value is CelMap {
  return isCelMap(value) && value.get(typeKey) === type;
}

/** CEL's optional; `undefined` is none. */
export function optional(value: CelValue | undefined): CelMap {
  const entries = new Map<string, CelValue>([[typeKey, "optional"]]);
  if (value !== undefined) entries.set(valueKey, value);
  return celMap(entries);
}

export function optionalValue(value: unknown): CelValue | undefined {
  if (!isOpaque(value, "optional")) throw new Error("no such overload: expected optional");
  return value.get(valueKey);
}
