import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue, requiredValue } from "../../field-problem.ts";
import { listOf, text, type Problems } from "./checks.ts";
import { fieldRefProblems, resourceRefProblems } from "./downward-refs.ts";
import { unreservedPath } from "./paths.ts";

export function* modeProblems(mode: JsonValue | undefined, at: string): Problems {
  if (typeof mode === "number" && (mode < 0 || mode > 0o777)) {
    yield invalidValue(at, mode, "must be a number between 0 and 0777 (octal), both inclusive");
  }
}

/** What is wrong with where the keys of a Secret or ConfigMap are put. */
export function* itemsProblems(source: JsonObject, at: string): Problems {
  for (const [index, item] of listOf(source["items"]).entries()) yield* itemProblems(item, `${at}.items[${index}]`);
}

function* itemProblems(item: JsonValue, at: string): Problems {
  if (text(item, "key") === "") yield requiredValue(`${at}.key`);
  if (text(item, "path") === "") yield requiredValue(`${at}.path`);
  yield* unreservedPath(`${at}.path`, text(item, "path"));
  yield* modeProblems(get(item, "mode"), `${at}.mode`);
}

const fieldPaths = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

/** What is wrong with a file that says something of the pod; the server forgets which one it is. */
export function* downwardItemProblems(item: JsonValue, at: string): Problems {
  const path = text(item, "path");
  if (path === "") yield requiredValue(`${at}.path`);
  yield* unreservedPath(`${at}.path`, path);
  const [field, resource] = [get(item, "fieldRef"), get(item, "resourceFieldRef")];
  if (isObject(field)) {
    yield* fieldRefProblems(field, `${at}.fieldRef`, fieldPaths);
    if (isObject(resource)) {
      yield invalidValue(at, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
    }
  } else if (isObject(resource)) yield* resourceRefProblems(resource, `${at}.resourceFieldRef`, { inVolume: true });
  else yield requiredValue(at, "one of fieldRef and resourceFieldRef is required");
  yield* modeProblems(get(item, "mode"), `${at}.mode`);
}

const kinds = ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"];
const shortestToken = 600;

/** What is wrong with the sources of a projected volume; `at` is the volume's. */
export function* projectionProblems(list: JsonValue | undefined, at: string): Problems {
  const paths = new Set<string>();
  for (const [index, source] of listOf(list).entries()) {
    const here = `${at}.sources[${index}]`;
    for (const key of ["secret", "configMap"]) {
      const own = get(source, key);
      if (!isObject(own)) continue;
      if (text(own, "name") === "") yield requiredValue(`${here}.${key}.name`);
      for (const [which, item] of listOf(own["items"]).entries()) {
        yield* itemProblems(item, `${here}.${key}.items[${which}]`);
        yield* conflict(paths, text(item, "path"), at, text(own, "name"));
      }
    }
    for (const item of listOf(get(get(source, "downwardAPI"), "items"))) {
      yield* downwardItemProblems(item, `${here}.downwardAPI`);
      yield* conflict(paths, text(item, "path"), at, text(item, "path"));
    }
    const token = get(source, "serviceAccountToken");
    if (isObject(token)) yield* tokenProblems(token, `${here}.serviceAccountToken`, at);
    if (kinds.filter((key) => isObject(get(source, key))).length > 1) {
      yield forbiddenValue(here, "may not specify more than 1 volume type per source");
    }
  }
}

function* conflict(paths: Set<string>, path: string, at: string, shown: string): Problems {
  if (path === "") return;
  if (paths.has(path)) yield invalidValue(at, shown, "conflicting duplicate paths");
  paths.add(path);
}

function* tokenProblems(token: JsonObject, at: string, volume: string): Problems {
  const seconds = Number(token["expirationSeconds"] ?? 0);
  const here = `${at}.expirationSeconds`;
  if (seconds < shortestToken) yield invalidValue(here, seconds, "may not specify a duration less than 10 minutes");
  if (seconds > 2 ** 32) yield invalidValue(here, seconds, "may not specify a duration larger than 2^32 seconds");
  const path = text(token, "path");
  if (path === "") yield requiredValue(`${volume}.path`);
  else yield* unreservedPath(`${volume}.path`, path);
}
