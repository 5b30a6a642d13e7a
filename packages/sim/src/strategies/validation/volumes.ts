import {
  dns1123LabelProblem,
  get,
  isObject,
  parseQuantity,
  type JsonObject,
  type JsonValue,
  textOf,
} from "@fairlead/apimachinery";
import type { FieldProblem } from "../../errors.ts";
import { duplicateValue, forbiddenValue, requiredValue } from "../../field-problem.ts";
import { isSet, labels, listOf, objections, oneOf, specOf, text, type Problems } from "./checks.ts";
import { downwardItemProblems, itemsProblems, modeProblems, projectionProblems } from "./projections.ts";
import { claimSpecProblems } from "./resources.ts";
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

export interface VolumeOptions {
  /** Not the template of one. */
  readonly isPod: boolean;
}

/** The names of the volumes that are right, and what is wrong with the others. */
export function checkVolumes(
  volumes: JsonValue | undefined,
  at: string,
  options: VolumeOptions,
): { names: Map<string, { isClaim: boolean }>; problems: FieldProblem[] } {
  const names = new Map<string, { isClaim: boolean }>();
  const problems: FieldProblem[] = [];
  for (const [index, volume] of listOf(volumes).entries()) {
    const here = `${at}[${index}]`;
    const name = text(volume, "name");
    const own = [...sourceProblems(volume, here, options)];
    if (name === "") own.push(requiredValue(`${here}.name`));
    else own.push(...objections(`${here}.name`, name, dns1123LabelProblem(name)));
    if (names.has(name)) own.push(duplicateValue(`${here}.name`, name));
    if (own.length === 0) names.set(name, { isClaim: isClaim(volume) });
    problems.push(...own);
  }
  return { names, problems };
}

function isClaim(volume: JsonValue): boolean {
  return isObject(get(volume, "persistentVolumeClaim")) || isObject(get(volume, "ephemeral"));
}

function* sourceProblems(volume: JsonValue, at: string, options: VolumeOptions): Problems {
  let count = 0;
  for (const key of sources) {
    const source = get(volume, key);
    if (!isObject(source)) continue;
    if (count > 0) yield forbiddenValue(`${at}.${key}`, "may not specify more than 1 volume type");
    else {
      count++;
      yield* ownProblems(key, source, at, { ...options, name: text(volume, "name") });
    }
  }
  if (count === 0) yield requiredValue(at, "must specify a volume type");
}

const needed: Readonly<Record<string, readonly string[]>> = { secret: ["secretName"], configMap: ["name"] };

function* ownProblems(
  key: string,
  source: JsonObject,
  volume: string,
  options: VolumeOptions & { readonly name: string },
): Problems {
  const at = `${volume}.${key}`;
  yield* volumeSourceProblems(key, source, volume, { isPersistent: false, name: options.name });
  for (const field of needed[key] ?? []) if (textOf(source[field]) === "") yield requiredValue(`${at}.${field}`);
  yield* modeProblems(source["defaultMode"], `${at}.defaultMode`);
  switch (key) {
    case "secret":
    case "configMap":
      yield* itemsProblems(source, at);
      break;
    case "emptyDir":
      if (isNegative(source["sizeLimit"])) {
        yield forbiddenValue(`${at}.sizeLimit`, "SizeLimit field must be a valid resource quantity");
      }
      break;
    case "downwardAPI":
      for (const item of listOf(source["items"])) yield* downwardItemProblems(item, at);
      break;
    case "projected":
      yield* projectionProblems(source["sources"], at);
      break;
    case "ephemeral":
      yield* ephemeralProblems(source, at);
      break;
    case "image":
      if (options.isPod && text(source, "reference") === "") yield requiredValue(`${at}.reference`);
      yield* oneOf(`${at}.pullPolicy`, source["pullPolicy"], ["Always", "IfNotPresent", "Never"]);
  }
}

function isNegative(amount: JsonValue | undefined): boolean {
  const quantity = typeof amount === "string" || typeof amount === "number" ? parseQuantity(amount) : undefined;
  return quantity !== undefined && quantity.mantissa < 0n;
}

/** Of an ephemeral volume's claim nothing but labels and annotations can be chosen. */
function* ephemeralProblems(source: JsonObject, volume: string): Problems {
  const at = `${volume}.volumeClaimTemplate`;
  const template = source["volumeClaimTemplate"];
  if (!isObject(template)) {
    yield requiredValue(at);
    return;
  }
  const metadata = isObject(template["metadata"]) ? template["metadata"] : {};
  yield* labels(`${at}.metadata.labels`, metadata["labels"]);
  for (const key of Object.keys(metadata)) {
    const isNothing = !isSet(metadata[key]) || metadata[key] === "";
    if (key === "labels" || key === "annotations" || isNothing) continue;
    yield forbiddenValue(`${at}.metadata.${key}`, "cannot be set");
  }
  yield* claimSpecProblems(specOf(template), `${at}.spec`);
}
