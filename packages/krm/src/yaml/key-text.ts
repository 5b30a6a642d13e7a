import { isRawNumber, type JsonValue } from "@fairlead/apimachinery";
import { YamlFailure } from "./failure.ts";
import type { YamlNode } from "./node.ts";
import { formatFloatKey } from "./scalar.ts";
import { coreTagPrefix } from "./tag.ts";

/**
 * The text that a value becomes as a key. `node` is the key as it stands there, `source` the scalar that it says or refers to.
 * @throws {YamlFailure} for what cannot be a key: null, lists, maps and numbers beyond 64 bits.
 */
export function keyTextOf(value: JsonValue, node: YamlNode, source: YamlNode): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberKey(value, source);
  if (isRawNumber(value) && BigInt(value.rawJSON) < 2n ** 63n) return value.rawJSON;
  const what =
    value === null
      ? "null"
      : isRawNumber(value)
        ? "a number beyond 64 bits"
        : Array.isArray(value)
          ? "a list"
          : "a map";
  throw new YamlFailure(
    "key",
    node.start,
    `${what} cannot be a key: Kubernetes objects have text keys only`,
    "quote the key, or write a name before the colon",
  );
}

/** Integers keep their digits; floats get the form in which kubectl prints them. */
function numberKey(value: number, source: YamlNode): string {
  const isFloat = source.kind === "scalar" && (source.tag === `${coreTagPrefix}float` || isFloatText(source.value));
  return isFloat || Math.abs(value) >= 2 ** 63 ? formatFloatKey(value) : String(value);
}

/** `08` is no octal number, so Go reads a float. */
function isFloatText(text: string): boolean {
  const plain = text.replaceAll("_", "");
  if (/^[-+]?0x/i.test(plain)) return false;
  return (
    /[.eE]/.test(plain) ||
    /^[-+]?0[0-7]*[89]/.test(plain) ||
    !/^[-+]?\d{1,20}$/.test(plain.replace(/^([-+]?)0[ob]/i, "$1"))
  );
}
