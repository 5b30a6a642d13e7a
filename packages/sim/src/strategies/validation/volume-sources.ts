import {
  compareText,
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  get,
  isObject,
  textOf,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { invalidValue, requiredValue, tooLong, unsupportedValue } from "../../field-problem.ts";
import { isSet, listOf, objections, text, type Problems } from "./checks.ts";
import { iscsiProblems } from "./iscsi.ts";
import { descendingPath, withoutBacksteps } from "./paths.ts";

/** What must be said of a source that has no other rules, or besides them. */
const needed: Readonly<Record<string, readonly string[]>> = {
  azureFile: ["secretName", "shareName"],
  azureDisk: ["diskName", "diskURI"],
  cephfs: ["monitors"],
  cinder: ["volumeID"],
  flexVolume: ["driver"],
  gcePersistentDisk: ["pdName"],
  awsElasticBlockStore: ["volumeID"],
  gitRepo: ["repository"],
  glusterfs: ["endpoints", "path"],
  nfs: ["server", "path"],
  persistentVolumeClaim: ["claimName"],
  photonPersistentDisk: ["pdID"],
  portworxVolume: ["volumeID"],
  rbd: ["monitors", "image"],
  scaleIO: ["gateway", "system", "volumeName"],
  vsphereVolume: ["volumePath"],
};

/** The server calls them otherwise in what it says. */
const shownNames: Readonly<Record<string, string>> = { gcePersistentDisk: "persistentDisk" };

export interface SourceOptions {
  /** Of a PersistentVolume: secrets are in a namespace of their own. */
  readonly isPersistent: boolean;
  /** Of the volume. */
  readonly name: string;
}

/** What is wrong with a source that pods and PersistentVolumes both have; `at` is the volume. */
export function* volumeSourceProblems(key: string, source: JsonObject, at: string, options: SourceOptions): Problems {
  const here = `${at}.${shownNames[key] ?? key}`;
  for (const field of needed[key] ?? []) {
    const value = source[field];
    const isThere = Array.isArray(value) ? value.length > 0 : textOf(value) !== "";
    if (!isThere) yield requiredValue(`${here}.${field}`);
  }
  yield* special[key]?.(source, here, options) ?? [];
}

type Check = (source: JsonObject, at: string, options: SourceOptions) => Problems;

const special: Readonly<Record<string, Check>> = {
  *hostPath(source, at) {
    const path = text(source, "path");
    if (path === "") {
      yield requiredValue(`${at}.path`);
      return;
    }
    yield* withoutBacksteps(`${at}.path`, path);
    const type = source["type"];
    if (typeof type === "string" && !pathTypes.includes(type)) yield unsupportedValue(`${at}.type`, type, pathTypes);
  },
  *local(source, at) {
    if (text(source, "path") === "") yield requiredValue(`${at}.path`);
    else yield* withoutBacksteps(`${at}.path`, text(source, "path"));
  },
  *gitRepo(source, at) {
    yield* descendingPath(`${at}.directory`, text(source, "directory"));
  },
  *nfs(source, at) {
    const path = text(source, "path");
    if (!path.startsWith("/")) yield invalidValue(`${at}.path`, path, "must be an absolute path");
  },
  gcePersistentDisk: partition,
  awsElasticBlockStore: partition,
  iscsi: iscsiProblems,
  *fc(source, at) {
    const [names, ids] = [listOf(source["targetWWNs"]), listOf(source["wwids"])];
    const here = `${at}.targetWWNs`;
    if (names.length === 0 && ids.length === 0) {
      yield requiredValue(here, "must specify either targetWWNs or wwids, but not both");
    }
    if (names.length === 0) return;
    if (ids.length > 0) yield invalidValue(here, names, "targetWWNs and wwids can not be specified simultaneously");
    if (isSet(source["lun"])) yield* range(`${at}.lun`, source["lun"], 0, 255);
    else yield requiredValue(`${at}.lun`, "lun is required if targetWWNs is specified");
  },
  *flocker(source, at) {
    const [name, id] = [text(source, "datasetName"), text(source, "datasetUUID")];
    if (name === "" && id === "") yield requiredValue(at, "one of datasetName and datasetUUID is required");
    if (name !== "" && id !== "") {
      yield invalidValue(at, "resource", "datasetName and datasetUUID can not be specified simultaneously");
    }
    if (name.includes("/")) yield invalidValue(`${at}.datasetName`, name, "must not contain '/'");
  },
  *quobyte(source, at) {
    const registry = text(source, "registry");
    const why = "must be a host:port pair or multiple pairs separated by commas";
    if (registry === "") yield requiredValue(`${at}.registry`, why);
    else if (text(source, "tenant").length >= 65) {
      yield requiredValue(`${at}.tenant`, "must be a UUID and may not exceed a length of 64 characters");
    } else {
      for (const pair of registry.split(",")) {
        if (!/^(?:[^:[\]]*|\[[^[\]]*\]):[^:[\]]*$/.test(pair)) yield invalidValue(`${at}.registry`, registry, why);
      }
    }
    if (text(source, "volume") === "") yield requiredValue(`${at}.volume`);
  },
  *glusterfs(source, at, { isPersistent }) {
    const namespace = source["endpointsNamespace"];
    if (!isPersistent || typeof namespace !== "string") return;
    const why = "if the endpointnamespace is set, it must be a valid namespace name";
    if (namespace === "") yield invalidValue(`${at}.endpointsNamespace`, namespace, why);
    else yield* objections(`${at}.endpointsNamespace`, namespace, dns1123LabelProblem(namespace));
  },
  cinder: secretName,
  *flexVolume(source, at) {
    const { options } = source;
    for (const key of Object.keys(isObject(options) ? options : {}).toSorted(compareText)) {
      const namespace = `.${key.split("/", 1)[0]!.toLowerCase()}`;
      if (!namespace.endsWith(".kubernetes.io") && !namespace.endsWith(".k8s.io")) continue;
      yield invalidValue(`${at}.options[${key}]`, key, "kubernetes.io and k8s.io namespaces are reserved");
    }
  },
  *azureFile(source, at) {
    if (source["secretNamespace"] === "") yield requiredValue(`${at}.secretNamespace`);
  },
  *azureDisk(source, at) {
    const { cachingMode, kind } = source;
    const uri = text(source, "diskURI");
    const [modes, kinds] = [
      ["None", "ReadOnly", "ReadWrite"],
      ["Dedicated", "Managed", "Shared"],
    ];
    if (typeof cachingMode === "string" && !modes!.includes(cachingMode)) {
      yield unsupportedValue(`${at}.cachingMode`, cachingMode, modes!);
    }
    if (typeof kind !== "string") return;
    if (!kinds!.includes(kind)) yield unsupportedValue(`${at}.kind`, kind, kinds!);
    const [start, known] =
      kind === "Managed"
        ? [
            "/subscriptions/",
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",
          ]
        : ["https://", "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"];
    if (!uri.startsWith(start!)) yield unsupportedValue(`${at}.diskURI`, uri, [known!]);
  },
  *storageos(source, at, options) {
    const [name, namespace] = [text(source, "volumeName"), text(source, "volumeNamespace")];
    if (name === "") yield requiredValue(`${at}.volumeName`);
    else yield* objections(`${at}.volumeName`, name, dns1123LabelProblem(name));
    if (namespace !== "") yield* objections(`${at}.volumeNamespace`, namespace, dns1123LabelProblem(namespace));
    yield* secretName(source, at, options);
  },
  *csi(source, at, { isPersistent }) {
    yield* driverName(text(source, "driver"), `${at}.driver`);
    if (!isPersistent) {
      const secret = source["nodePublishSecretRef"];
      if (!isObject(secret)) return;
      const name = text(secret, "name");
      if (name === "") yield requiredValue(`${at}.nodePublishSecretRef.name`);
      // The server forgets where the name is.
      else yield* objections(`${at}.name`, name, dns1123SubdomainProblem(name));
      return;
    }
    if (text(source, "volumeHandle") === "") yield requiredValue(`${at}.volumeHandle`);
    for (const key of csiSecrets) yield* secretReference(source[key], `${at}.${key}`);
  },
};

const pathTypes = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
const csiSecrets = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
];

export function* range(at: string, value: JsonValue | undefined, least: number, most: number): Problems {
  if (typeof value !== "number" || (value >= least && value <= most)) return;
  yield invalidValue(at, value, `must be between ${least} and ${most}, inclusive`);
}

function* partition(source: JsonObject, at: string): Problems {
  const value = source["partition"];
  if (typeof value === "number" && (value < 0 || value > 255)) {
    yield invalidValue(`${at}.partition`, value, "must be between 1 and 255, inclusive");
  }
}

function* secretName(source: JsonObject, at: string, { isPersistent }: SourceOptions): Problems {
  const secret = source["secretRef"];
  if (!isObject(secret)) return;
  for (const key of isPersistent ? ["name", "namespace"] : ["name"]) {
    if (text(secret, key) === "") yield requiredValue(`${at}.secretRef.${key}`);
  }
}

function* secretReference(secret: JsonValue | undefined, at: string): Problems {
  if (!isObject(secret)) return;
  const [name, namespace] = [text(secret, "name"), textOf(get(secret, "namespace"))];
  if (name === "") yield requiredValue(`${at}.name`);
  else yield* objections(`${at}.name`, name, dns1123SubdomainProblem(name));
  if (namespace === "") yield requiredValue(`${at}.namespace`);
  else yield* objections(`${at}.namespace`, namespace, dns1123LabelProblem(namespace));
}

const longestDriver = 63;

function* driverName(name: string, at: string): Problems {
  if (name === "") {
    yield requiredValue(at);
    return;
  }
  if (Buffer.byteLength(name) > longestDriver) yield tooLong(at, longestDriver);
  yield* objections(at, name, dns1123SubdomainProblem(name.toLowerCase()));
}
