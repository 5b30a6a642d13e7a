import { Buffer } from "node:buffer";
import { isRawNumber, type JsonValue } from "@fairlead/apimachinery";
import { YamlFailure } from "./failure.ts";
import type { ScalarNode } from "./node.ts";
import type { YamlRemark } from "./remark.ts";
import { resolvePlain } from "./scalar.ts";
import { coreTagPrefix } from "./tag.ts";
import { style } from "./token.ts";

type Remark = (remark: YamlRemark) => void;

const lineSeparators = /[\u0085\u2028\u2029]/;

/**
 * The JSON value of a scalar.
 * @throws {YamlFailure} for what JSON cannot hold, and for a value that does not fit its tag.
 */
export function scalarValue(node: ScalarNode, remark: Remark): JsonValue {
  const { value } = node;
  if (node.style !== style.double && lineSeparators.test(value)) remark({ kind: "lineSeparator", offset: node.start });
  if (node.tag !== "") return tagged(node, remark);
  if (node.style !== style.plain) return value;
  return finite(node, resolvePlain(value));
}

function finite(node: ScalarNode, value: JsonValue): JsonValue {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new YamlFailure(
      "number",
      node.start,
      `\`${node.value}\` is not a number that JSON, and so Kubernetes, can hold`,
      "quote it when text is meant",
    );
  }
  return value;
}

/** The value of a scalar with a tag. */
function tagged(node: ScalarNode, remark: Remark): JsonValue {
  const { tag, value } = node;
  if (!tag.startsWith(coreTagPrefix)) {
    if (tag !== "!") remark({ kind: "unknownTag", offset: node.outerStart, tag });
    return value;
  }
  const name = tag.slice(coreTagPrefix.length);
  const resolved = resolvePlain(value);
  switch (name) {
    case "str":
      return value;
    case "binary":
      return decodeBinary(node);
    case "null":
      if (resolved === null) return null;
      break;
    case "bool":
      if (typeof resolved === "boolean") return resolved;
      break;
    case "int":
      if (
        typeof resolved === "number"
          ? Number.isInteger(resolved) && /^[^.eE]+$|^[-+]?0x/i.test(value)
          : isRawNumber(resolved)
      )
        return finite(node, resolved);
      break;
    case "float":
      if (typeof resolved === "number") return finite(node, resolved);
      break;
    case "timestamp":
      if (/^\d{4}-\d/.test(value)) return value;
      break;
    default:
      remark({ kind: "unknownTag", offset: node.outerStart, tag });
      return value;
  }
  throw new YamlFailure(
    "tag",
    node.outerStart,
    `the value does not fit its tag \`!!${name}\``,
    "remove the tag, or write a value of that type",
  );
}

function decodeBinary(node: ScalarNode): JsonValue {
  const text = node.value.replace(/[\r\n]/g, "");
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new YamlFailure(
      "tag",
      node.outerStart,
      "the value of `!!binary` is not base64",
      "remove the tag, or encode the value",
    );
  }
  return Buffer.from(text, "base64").toString("utf8");
}
