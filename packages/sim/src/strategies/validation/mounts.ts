import { get, type JsonValue } from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue, notFoundValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { listOf, read, text, type Problems } from "./checks.ts";
import { descendingPath } from "./paths.ts";

/** The volumes of a pod by name: whether they are claims, which can be given as devices, too. */
export type Volumes = ReadonlyMap<string, { readonly isClaim: boolean }>;

const propagations = ["Bidirectional", "HostToContainer", "None"];
const recursive = ["Disabled", "Enabled", "IfPossible"];

/** What is wrong with the mounts of a container, in which the server often forgets the index. */
export function* mountProblems(container: JsonValue, at: string, volumes: Volumes): Problems {
  const devices = listOf(get(container, "volumeDevices"));
  const paths = new Set<string>();
  for (const [index, mount] of listOf(get(container, "volumeMounts")).entries()) {
    const here = `${at}[${index}]`;
    const [name, path] = [text(mount, "name"), text(mount, "mountPath")];
    if (name === "") yield requiredValue(`${here}.name`);
    if (!volumes.has(name)) yield notFoundValue(`${here}.name`, name);
    if (path === "") yield requiredValue(`${here}.mountPath`);
    if (paths.has(path)) yield invalidValue(`${here}.mountPath`, path, "must be unique");
    paths.add(path);
    if (devices.some((one) => text(one, "name") === name)) {
      yield invalidValue(`${here}.name`, name, "must not already exist in volumeDevices");
    }
    if (lastByName(devices, "devicePath").includes(path)) {
      yield invalidValue(`${here}.mountPath`, path, "must not already exist as a path in volumeDevices");
    }
    const [own, expression] = [text(mount, "subPath"), text(mount, "subPathExpr")];
    if (own !== "") yield* descendingPath(`${at}.subPath`, own);
    if (expression !== "") {
      const why = "subPathExpr and subPath are mutually exclusive";
      if (own !== "") yield invalidValue(`${here}.subPathExpr`, expression, why);
      yield* descendingPath(`${at}.subPathExpr`, expression);
    }
    yield* propagationProblems(container, mount, at);
  }
}

function* propagationProblems(container: JsonValue, mount: JsonValue, at: string): Problems {
  const propagation = get(mount, "mountPropagation");
  if (typeof propagation === "string") {
    if (!propagations.includes(propagation)) {
      yield unsupportedValue(`${at}.mountPropagation`, propagation, propagations);
    }
    if (propagation === "Bidirectional" && read(container, "securityContext", "privileged") !== true) {
      const why = "Bidirectional mount propagation is available only to privileged containers";
      yield forbiddenValue(`${at}.mountPropagation`, why);
    }
  }
  const mode = get(mount, "recursiveReadOnly");
  if (typeof mode !== "string" || mode === "Disabled") return;
  const here = `${at}.recursiveReadOnly`;
  if (!recursive.includes(mode)) {
    yield unsupportedValue(here, mode, recursive);
    return;
  }
  if (get(mount, "readOnly") !== true) yield forbiddenValue(here, "may only be specified when readOnly is true");
  if (typeof propagation === "string" && propagation !== "None") {
    yield forbiddenValue(here, "may only be specified when mountPropagation is None or not specified");
  }
}

/** What is wrong with the block devices of a container. */
export function* deviceProblems(container: JsonValue, at: string, volumes: Volumes): Problems {
  const mounts = listOf(get(container, "volumeMounts"));
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [index, device] of listOf(get(container, "volumeDevices")).entries()) {
    const here = `${at}[${index}]`;
    const [name, path] = [text(device, "name"), text(device, "devicePath")];
    if (name === "") yield requiredValue(`${here}.name`);
    if (names.has(name)) yield invalidValue(`${here}.name`, name, "must be unique");
    const volume = volumes.get(name);
    if (volume?.isClaim === false) {
      const why = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      yield invalidValue(`${here}.name`, name, why);
    }
    if (volume === undefined) yield notFoundValue(`${here}.name`, name);
    if (path === "") yield requiredValue(`${here}.devicePath`);
    if (paths.has(path)) yield invalidValue(`${here}.devicePath`, path, "must be unique");
    if (path.split("/").includes("..")) {
      yield invalidValue(`${here}.devicePath`, path, "can not contain backsteps ('..')");
    } else paths.add(path);
    if (mounts.some((one) => text(one, "name") === name)) {
      yield invalidValue(`${here}.name`, name, "must not already exist in volumeMounts");
    }
    if (lastByName(mounts, "mountPath").includes(path)) {
      yield invalidValue(`${here}.devicePath`, path, "must not already exist as a path in volumeMounts");
    }
    if (name !== "") names.add(name);
  }
}

/** Of several with one name only the last is remembered. */
function lastByName(list: readonly JsonValue[], key: string): readonly string[] {
  return [...new Map(list.map((one) => [text(one, "name"), text(one, key)])).values()];
}
