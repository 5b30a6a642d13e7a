import {
  configMapKeyProblem,
  dns1123SubdomainProblem,
  get,
  isObject,
  relaxedEnvVarNameProblem,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { invalidValue, requiredValue } from "../../field-problem.ts";
import { objections, text, type Problems } from "./checks.ts";
import { fieldRefProblems, resourceRefProblems } from "./downward-refs.ts";

const fieldPaths = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

/** What is wrong with a variable. */
export function* envProblems(variable: JsonValue, at: string): Problems {
  const name = text(variable, "name");
  if (name === "") yield requiredValue(`${at}.name`);
  else yield* objections(`${at}.name`, name, relaxedEnvVarNameProblem(name));
  const from = get(variable, "valueFrom");
  if (!isObject(from)) return;
  const here = `${at}.valueFrom`;
  let count = 0;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = from;
  if (isObject(fieldRef)) {
    count++;
    yield* fieldRefProblems(fieldRef, `${here}.fieldRef`, fieldPaths);
  }
  if (isObject(resourceFieldRef)) {
    count++;
    yield* resourceRefProblems(resourceFieldRef, `${here}.resourceFieldRef`, { inVolume: false });
  }
  if (isObject(configMapKeyRef)) {
    count++;
    yield* keyRefProblems(configMapKeyRef, `${here}.configMapKeyRef`);
  }
  if (isObject(secretKeyRef)) {
    count++;
    yield* keyRefProblems(secretKeyRef, `${here}.secretKeyRef`);
  }
  if (isObject(fileKeyRef)) count++;
  if (count === 0) {
    const known = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    yield invalidValue(here, "", `must specify one of: ${known}`);
  } else if (text(variable, "value") !== "") {
    yield invalidValue(here, "", "may not be specified when `value` is not empty");
  } else if (count > 1) yield invalidValue(here, "", "may not have more than one field specified at a time");
}

function* keyRefProblems(ref: JsonObject, at: string): Problems {
  const name = text(ref, "name");
  yield* objections(`${at}.name`, name, dns1123SubdomainProblem(name));
  const key = text(ref, "key");
  if (key === "") yield requiredValue(`${at}.key`);
  else yield* objections(`${at}.key`, key, configMapKeyProblem(key));
}

/** … with many at once; `list` is where they all are. */
export function* envFromProblems(source: JsonValue, list: string, index: number): Problems {
  const at = `${list}[${index}]`;
  const prefix = text(source, "prefix");
  if (prefix !== "") yield* objections(`${at}.prefix`, prefix, relaxedEnvVarNameProblem(prefix));
  const { configMapRef, secretRef } = isObject(source) ? source : {};
  for (const [key, ref] of Object.entries({ configMapRef, secretRef })) {
    if (!isObject(ref)) continue;
    const name = text(ref, "name");
    // A prefix of a name would do, too.
    if (name === "") yield requiredValue(`${at}.${key}.name`);
    else yield* objections(`${at}.${key}.name`, name, dns1123SubdomainProblem(name.replace(/-$/, "a")));
  }
  const count = [configMapRef, secretRef].filter(isObject).length;
  if (count === 0) yield invalidValue(list, "", "must specify one of: `configMapRef` or `secretRef`");
  else if (count > 1) yield invalidValue(list, "", "may not have more than one field specified at a time");
}
