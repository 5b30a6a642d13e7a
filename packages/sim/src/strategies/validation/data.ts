import { Buffer } from "node:buffer";
import {
  configMapKeyProblem,
  equal,
  get,
  isObject,
  type JsonObject,
  type JsonValue,
  textOf,
} from "@fairlead/apimachinery";
import { goJsonError } from "../../api/go-json-error.ts";
import { forbiddenValue, invalidValue, requiredValue, tooLong } from "../../field-problem.ts";
import { immutable, objections, text, type Problems } from "./checks.ts";

const mostBytes = 1024 * 1024;

function entries(value: JsonValue | undefined): [string, string][] {
  return Object.entries(isObject(value) ? value : {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, textOf(one)]);
}

export function* configMapProblems(map: JsonObject): Problems {
  const { data, binaryData } = map;
  let size = 0;
  for (const [key, value] of entries(data)) {
    yield* objections(`data[${key}]`, key, configMapKeyProblem(key));
    if (get(binaryData, key) !== undefined) {
      yield invalidValue(`data[${key}]`, key, "duplicate of key present in binaryData");
    }
    size += Buffer.byteLength(value);
  }
  for (const [key, value] of entries(binaryData)) {
    yield* objections(`binaryData[${key}]`, key, configMapKeyProblem(key));
    size += Buffer.byteLength(value, "base64");
  }
  if (size > mostBytes) yield tooLong("", mostBytes);
}

/** What once is immutable stays so, and as it is. */
export function* frozenChange(object: JsonObject, old: JsonObject): Problems {
  if (old["immutable"] !== true) return;
  const why = "field is immutable when `immutable` is set";
  if (object["immutable"] !== true) yield forbiddenValue("immutable", why);
  for (const key of ["data", "binaryData"]) {
    if (!equal(object[key] ?? null, old[key] ?? null)) yield forbiddenValue(key, why);
  }
}

export function* secretChange(secret: JsonObject, old: JsonObject): Problems {
  yield* immutable("type", secret["type"], old["type"]);
  yield* frozenChange(secret, old);
}

export function* secretProblems(secret: JsonObject): Problems {
  const { data } = secret;
  let size = 0;
  for (const [key, value] of entries(data)) {
    yield* objections(`data[${key}]`, key, configMapKeyProblem(key));
    size += Buffer.byteLength(value, "base64");
  }
  if (size > mostBytes) yield tooLong("data", mostBytes);
  const has = (key: string): boolean => get(data, key) !== undefined;
  switch (textOf(secret["type"])) {
    case "kubernetes.io/service-account-token": {
      const key = "kubernetes.io/service-account.name";
      if (text(secret["metadata"], "annotations", key) === "") yield requiredValue(`metadata.annotations[${key}]`);
      return;
    }
    case "kubernetes.io/dockercfg":
      yield* jsonProblems(data, ".dockercfg");
      return;
    case "kubernetes.io/dockerconfigjson":
      yield* jsonProblems(data, ".dockerconfigjson");
      return;
    case "kubernetes.io/basic-auth":
      if (has("username") || has("password")) return;
      yield requiredValue("data[username]");
      yield requiredValue("data[password]");
      return;
    case "kubernetes.io/ssh-auth":
      if (text(data, "ssh-privatekey") === "") yield requiredValue("data[ssh-privatekey]");
      return;
    case "kubernetes.io/tls":
      if (!has("tls.crt")) yield requiredValue("data[tls.crt]");
      if (!has("tls.key")) yield requiredValue("data[tls.key]");
  }
}

function* jsonProblems(data: JsonValue | undefined, key: string): Problems {
  const value = get(data, key);
  if (value === undefined) {
    yield requiredValue(`data[${key}]`);
    return;
  }
  const content = Buffer.from(textOf(value), "base64").toString("utf8");
  const why = goJsonError(content);
  const redacted = "<secret contents redacted>";
  if (why !== undefined) {
    yield invalidValue(`data[${key}]`, redacted, why);
    return;
  }
  const parsed = JSON.parse(content) as JsonValue;
  if (isObject(parsed) || parsed === null) return;
  const type = Array.isArray(parsed) ? "array" : typeof parsed === "boolean" ? "bool" : typeof parsed;
  yield invalidValue(
    `data[${key}]`,
    redacted,
    `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`,
  );
}
