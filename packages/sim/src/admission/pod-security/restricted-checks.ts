import type { JsonObject } from "@fairlead/apimachinery";
import { field, items, text } from "../objects.ts";
import { containersText, type PodCheck } from "./checks.ts";

const quoted = (names: readonly string[]): string => `"${names.join('", "')}"`;
const distinct = (values: Iterable<string>): string[] => [...new Set(values)].sort();

const isGood = (type: string): boolean => type === "Localhost" || type === "RuntimeDefault";
const profile = (holder: JsonObject) => field(holder, "securityContext", "seccompProfile");
const isExplicitlyBad = (holder: JsonObject): boolean =>
  profile(holder) !== undefined && !isGood(text(profile(holder), "type"));

const setters = (isPod: boolean, bad: readonly JsonObject[]): string =>
  [...(isPod ? ["pod"] : []), ...(bad.length > 0 ? [containersText(bad)] : [])].join(" and ");

export const seccompBaseline: PodCheck = ({ spec, containers }) => {
  const bad = containers.filter(isExplicitlyBad);
  const holders = [...(isExplicitlyBad(spec) ? [spec] : []), ...bad];
  if (holders.length === 0) return undefined;
  const types = quoted(distinct(holders.map((one) => text(profile(one), "type"))));
  const who = setters(isExplicitlyBad(spec), bad);
  return { reason: "seccompProfile", detail: `${who} must not set securityContext.seccompProfile.type to ${types}` };
};

/** Before profiles were fields they were annotations. */
export const seccompAnnotations: PodCheck = ({ annotations, containers }) => {
  const names = containers.map((one) => `container.seccomp.security.alpha.kubernetes.io/${text(one, "name")}`);
  const bad = distinct(
    ["seccomp.security.alpha.kubernetes.io/pod", ...names]
      .filter((key) => Object.hasOwn(annotations, key))
      .filter((key) => !/^(runtime\/default$|docker\/default$|localhost\/)/.test(annotations[key]!))
      .map((key) => `${key}=${JSON.stringify(annotations[key])}`),
  );
  if (bad.length === 0) return undefined;
  const word = bad.length === 1 ? "annotation" : "annotations";
  return { reason: "seccompProfile", detail: `forbidden ${word} ${bad.join(", ")}` };
};

export const seccompRestricted: PodCheck = (pod) => {
  const explicit = seccompBaseline(pod);
  if (explicit !== undefined) return explicit;
  const isPodSet = profile(pod.spec) !== undefined;
  const bad = pod.containers.filter((container) => profile(container) === undefined && !isPodSet);
  if (bad.length === 0) return undefined;
  const detail = `pod or ${containersText(bad)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: "seccompProfile", detail };
};

export const runAsNonRoot: PodCheck = ({ spec, containers }) => {
  const value = (holder: JsonObject) => field(holder, "securityContext", "runAsNonRoot");
  const reason = "runAsNonRoot != true";
  const explicit = containers.filter((container) => value(container) === false);
  if (explicit.length > 0 || value(spec) === false) {
    const who = setters(value(spec) === false, explicit);
    return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  }
  const implicit = containers.filter((container) => value(container) === undefined && value(spec) !== true);
  if (implicit.length === 0) return undefined;
  return { reason, detail: `pod or ${containersText(implicit)} must set securityContext.runAsNonRoot=true` };
};

export const runAsUser: PodCheck = ({ spec, containers }) => {
  const isRoot = (holder: JsonObject): boolean => field(holder, "securityContext", "runAsUser") === 0;
  const bad = containers.filter(isRoot);
  if (bad.length === 0 && !isRoot(spec)) return undefined;
  return { reason: "runAsUser=0", detail: `${setters(isRoot(spec), bad)} must not set runAsUser=0` };
};

const allowedVolumes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

const otherVolumes = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "gitRepo",
  "nfs",
  "iscsi",
  "glusterfs",
  "rbd",
  "flexVolume",
  "cinder",
  "cephfs",
  "flocker",
  "fc",
  "azureFile",
  "vsphereVolume",
  "quobyte",
  "azureDisk",
  "photonPersistentDisk",
  "portworxVolume",
  "scaleIO",
  "storageos",
];

export const restrictedVolumes: PodCheck = ({ spec }) => {
  const has = (volume: JsonObject) => (type: string) => field(volume, type) !== undefined;
  const bad = items(spec, "volumes").filter((volume) => !allowedVolumes.some(has(volume)));
  if (bad.length === 0) return undefined;
  const types = distinct(bad.map((volume) => otherVolumes.find(has(volume)) ?? "unknown"));
  const names = quoted(bad.map((volume) => text(volume, "name")));
  const who = bad.length === 1 ? `volume ${names} uses` : `volumes ${names} use`;
  const what = types.length === 1 ? "restricted volume type" : "restricted volume types";
  return { reason: "restricted volume types", detail: `${who} ${what} ${quoted(types)}` };
};
