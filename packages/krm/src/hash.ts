import { createHash } from "node:crypto";
import { canonicalJson, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** SHA-256 of the canonical JSON of a value, in hexadecimal: equal values, equal hash, whatever the order of keys. */
export function contentHash(value: JsonValue): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** The letters of names that Kubernetes generates: no vowels, nothing that looks like something else. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** The first `length` characters (at most 20) of the hash in letters and digits that may stand anywhere in a name. */
export function shortHash(value: JsonValue, length = 10): string {
  let number = BigInt(`0x${contentHash(value).slice(0, 32)}`);
  let text = "";
  for (let i = 0; i < Math.min(length, 20); i++) {
    text += alphabet[Number(number % 27n)]!;
    number /= 27n;
  }
  return text;
}

/**
 * The suffix that `kustomize build` gives to a generated ConfigMap or Secret. The name itself does not count: kustomize
 * looks it up by a path that never exists.
 * https://github.com/kubernetes-sigs/kustomize/blob/master/api/hasher/hasher.go
 */
export function kustomizeHash(object: JsonObject): string {
  const kind = object["kind"] === "Secret" ? "Secret" : "ConfigMap";

  const sorted: JsonObject = { data: object["data"] ?? "", kind, name: "" };
  if (kind === "Secret") {
    sorted["type"] = object["type"] ?? "";
    if (object["stringData"] !== undefined) sorted["stringData"] = object["stringData"];
  } else if (object["binaryData"] !== undefined) {
    sorted["binaryData"] = object["binaryData"];
  }
  const hex = createHash("sha256").update(goJson(sorted)).digest("hex").slice(0, 10);
  return hex.replaceAll(/[013ae]/g, (c) => ({ "0": "g", "1": "h", "3": "k", a: "m", e: "t" })[c]!);
}

/** Go escapes these characters in JSON so that it can stand in HTML. */
function goJson(value: JsonValue): string {
  return canonicalJson(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
