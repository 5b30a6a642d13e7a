import { dns1123LabelProblem, get, isObject, type JsonObject, type JsonValue, textOf } from "@fairlead/apimachinery";
import type { FieldProblem } from "../../errors.ts";
import { duplicateValue, forbiddenValue, invalidValue, requiredValue } from "../../field-problem.ts";
import { listOf, objections, text, type Problems } from "./checks.ts";
import { descendingPath } from "./paths.ts";
import { volumeSourceProblems } from "./volume-sources.ts";

/** In the order in which the server looks for them. */
const sources = [
  "emptyDir",
  "hostPath",
  "gitRepo",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "secret",
  "nfs",
  "iscsi",
  "glusterfs",
  "flocker",
  "persistentVolumeClaim",
  "rbd",
  "cinder",
  "cephfs",
  "quobyte",
  "downwardAPI",
  "fc",
  "flexVolume",
  "configMap",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "storageos",
  "projected",
  "scaleIO",
  "csi",
  "ephemeral",
  "image",
];

/** The names of the volumes that are right, and what is wrong with the others. */
export function checkVolumes(
  volumes: JsonValue | undefined,
  at: string,
): { names: Set<string>; problems: FieldProblem[] } {
  const names = new Set<string>();
  const problems: FieldProblem[] = [];
  for (const [index, volume] of listOf(volumes).entries()) {
    const here = `${at}[${index}]`;
    const name = text(volume, "name");
    const own = [...sourceProblems(volume, here)];
    if (name === "") own.push(requiredValue(`${here}.name`));
    else own.push(...objections(`${here}.name`, name, dns1123LabelProblem(name)));
    if (names.has(name)) own.push(duplicateValue(`${here}.name`, name));
    if (own.length === 0) names.add(name);
    problems.push(...own);
  }
  return { names, problems };
}

function* sourceProblems(volume: JsonValue, at: string): Problems {
  let count = 0;
  for (const key of sources) {
    const source = get(volume, key);
    if (!isObject(source)) continue;
    if (count > 0) yield forbiddenValue(`${at}.${key}`, "may not specify more than 1 volume type");
    else {
      count++;
      yield* ownProblems(key, source, at, text(volume, "name"));
    }
  }
  if (count === 0) yield requiredValue(at, "must specify a volume type");
}

const needed: Readonly<Record<string, readonly string[]>> = { secret: ["secretName"], configMap: ["name"] };

function* ownProblems(key: string, source: JsonObject, volume: string, name: string): Problems {
  const at = `${volume}.${key}`;
  yield* volumeSourceProblems(key, source, volume, { isPersistent: false, name });
  for (const field of needed[key] ?? []) if (textOf(source[field]) === "") yield requiredValue(`${at}.${field}`);
  const mode = source["defaultMode"];
  if (typeof mode === "number" && (mode < 0 || mode > 0o777)) {
    yield invalidValue(`${at}.defaultMode`, mode, "must be a number between 0 and 0777 (octal), both inclusive");
  }
  if (key !== "secret" && key !== "configMap") return;
  for (const [index, item] of listOf(source["items"]).entries()) {
    const here = `${at}.items[${index}]`;
    if (text(item, "key") === "") yield requiredValue(`${here}.key`);
    if (text(item, "path") === "") yield requiredValue(`${here}.path`);
    else yield* descendingPath(`${here}.path`, text(item, "path"));
  }
}
