import { get, isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { dataKey, labelName, volumeName } from "./names.ts";
import { coreObject, type Output } from "./output.ts";
import { joinPath, strings, type Located, type Project, type Service } from "./service.ts";
import { boolean, byteQuantity, integer } from "./units.ts";
import { readMount, type Mount } from "./volumes.ts";

export interface Storage {
  readonly volumeMounts: JsonObject[];
  readonly volumes: JsonObject[];
  /** Claims of a StatefulSet, one each per replica. */
  readonly claims: JsonObject[];
}

export interface StorageOptions {
  /** Whether volumes that no other service mounts become claims of this workload. */
  readonly ownClaims: boolean;
  /** How many services mount a named volume. */
  readonly users: (volume: string) => number;
  /** Whether several pods run at once. */
  readonly several: boolean;
}

const assumedSize = "1Gi";
/** A ConfigMap may have 1 MiB; base64 and the rest of the object need room. */
const largestFile = 700_000;

/** Volumes, memory, configs and secrets of a service. */
export function readStorage(service: Service, project: Project, output: Output, options: StorageOptions): Storage {
  const storage: Storage = { volumeMounts: [], volumes: [], claims: [] };
  const taken = new Set<string>();
  const context: Context = { service, project, output, options, storage, taken };
  const list = service.value["volumes"];
  for (const [index, entry] of (Array.isArray(list) ? list : []).entries()) {
    const path: FieldPath = ["volumes", index];
    const mount = readMount(entry);
    if (typeof mount === "string")
      project.report("FL563", service, path, `service ${service.name}: volume ${JSON.stringify(entry)} ${mount}`);
    else addMount(mount, path, context);
  }
  for (const entry of strings(service.value["tmpfs"])) {
    const [target = "", settings = ""] = entry.split(":");
    const size = /(?:^|,)size=([^,]+)/.exec(settings)?.[1];
    addMemory(target, size, context);
  }
  const shared = service.value["shm_size"];
  if (shared !== undefined && shared !== null) addMemory("/dev/shm", shared, context);
  for (const [index, entry] of listOf(service.value["configs"]).entries())
    addConfig(entry, ["configs", index], context);
  for (const [index, entry] of listOf(service.value["secrets"]).entries())
    addSecret(entry, ["secrets", index], context);
  return storage;
}

interface Context {
  readonly service: Service;
  readonly project: Project;
  readonly output: Output;
  readonly options: StorageOptions;
  readonly storage: Storage;
  readonly taken: Set<string>;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function addMount(mount: Mount, path: FieldPath, context: Context): void {
  const { service, project } = context;
  switch (mount.type) {
    case "tmpfs":
      addMemory(mount.target, mount.size, context);
      return;
    case "volume":
      if (mount.source === undefined)
        addVolume(mount, volumeName(mount.target, context.taken), { emptyDir: {} }, context);
      else addNamed(mount, mount.source, path, context);
      return;
    case "bind":
      addBind(mount, path, context);
      return;
    case "image":
      addVolume(mount, volumeName(mount.target, context.taken), { image: { reference: mount.source ?? "" } }, context);
      return;
    default:
      project.report("FL554", service, path, `service ${service.name}: a mount of type ${mount.type} is not carried`);
  }
}

function addVolume(mount: Mount, name: string, source: JsonObject, { storage, taken }: Context): void {
  if (!taken.has(name)) storage.volumes.push({ name, ...source });
  taken.add(name);
  storage.volumeMounts.push(volumeMount(mount, name));
}

function volumeMount(mount: Mount, name: string): JsonObject {
  return {
    name,
    mountPath: mount.target,
    ...(mount.subPath !== undefined && { subPath: mount.subPath }),
    ...(mount.readOnly && { readOnly: true }),
  };
}

function addMemory(target: string, size: JsonValue | undefined, context: Context): void {
  const limit = byteQuantity(size);
  const name = volumeName(target, context.taken);
  context.taken.add(name);
  context.storage.volumes.push({
    name,
    emptyDir: { medium: "Memory", ...(limit !== undefined && { sizeLimit: limit }) },
  });
  context.storage.volumeMounts.push({ name, mountPath: target });
}

function addNamed(mount: Mount, source: string, path: FieldPath, context: Context): void {
  const { service, project, output, options, storage, taken } = context;
  const definition = project.volumes.get(source);
  const name = labelName(source);
  if (definition === undefined) {
    project.report(
      "FL563",
      service,
      path,
      `service ${service.name}: there is no volume ${source} under the file's volumes`,
      `add \`${source}:\` there`,
    );
    return;
  }
  const memory = get(definition.value["driver_opts"], "type") === "tmpfs";
  if (memory) {
    addVolume(mount, name, { emptyDir: { medium: "Memory" } }, context);
    return;
  }
  reportDriver(source, definition, project);
  const external = definition.value["external"];
  if (external !== undefined && external !== null && boolean(external) !== false) {
    const title = get(external, "name") ?? definition.value["name"] ?? source;
    addVolume(mount, name, { persistentVolumeClaim: { claimName: labelName(String(title as string)) } }, context);
    return;
  }
  const shared = options.users(source) > 1;
  const spec = claimSpec(shared || options.several ? "ReadWriteMany" : "ReadWriteOnce");
  if (options.ownClaims && !shared) {
    if (!taken.has(name)) {
      storage.claims.push({ metadata: { name }, spec });
      project.report(
        "FL557",
        definition,
        [],
        `volume ${source} gets a claim of ${assumedSize}`,
        "write the size that the data needs",
      );
    }
    taken.add(name);
    storage.volumeMounts.push(volumeMount(mount, name));
    return;
  }
  const claimName = output.nameFor("PersistentVolumeClaim", source, name);
  if (
    !output.objects().some((object) => object.kind === "PersistentVolumeClaim" && object.metadata.name === claimName)
  ) {
    output.add(coreObject(project, "PersistentVolumeClaim", claimName, { spec }));
    project.report(
      "FL557",
      definition,
      [],
      `volume ${source} gets a claim of ${assumedSize}`,
      "write the size that the data needs",
    );
    if (shared || options.several) {
      project.report(
        "FL569",
        definition,
        [],
        `volume ${source} is mounted by several pods, so its claim asks for ReadWriteMany`,
        "name a storage class that supports it in the claim's `storageClassName`",
      );
    }
  }
  addVolume(mount, name, { persistentVolumeClaim: { claimName, ...(mount.readOnly && { readOnly: true }) } }, context);
}

function claimSpec(mode: string): JsonObject {
  return { accessModes: [mode], resources: { requests: { storage: assumedSize } } };
}

function reportDriver(source: string, definition: Located, project: Project): void {
  const driver = definition.value["driver"];
  const settings = definition.value["driver_opts"];
  if (
    (driver !== undefined && driver !== null && driver !== "local") ||
    (isObject(settings) && Object.keys(settings).length > 0)
  ) {
    project.report(
      "FL554",
      definition,
      [driver === undefined ? "driver_opts" : "driver"],
      `volume ${source}: its driver and options are not carried`,
      "choose a storage class, or write the volume (such as `nfs`) in the App's `volumes`",
    );
  }
}

/** A file that is only read becomes a ConfigMap; folders and files that are written stay on their machine. */
function addBind(mount: Mount, path: FieldPath, context: Context): void {
  const { service, project, output } = context;
  const source = mount.source ?? "";
  const file = joinPath(service.folder, source);
  const text = mount.readOnly && !source.startsWith("~") ? project.read(file) : undefined;
  if (
    text !== undefined &&
    text.length <= largestFile &&
    !text.includes("\u0000") &&
    text.isWellFormed() &&
    !text.includes("\uFFFD")
  ) {
    const base = file.slice(file.lastIndexOf("/") + 1);
    const name = output.nameFor(
      "ConfigMap",
      file,
      `${service.objectName}-${labelName(base)}`.slice(0, 63).replace(/-+$/, ""),
    );
    const key = dataKey(base);
    output.add(coreObject(project, "ConfigMap", name, { data: { [key]: text } }));
    const volume = volumeName(base, context.taken);
    addVolume({ ...mount, subPath: key, readOnly: true }, volume, { configMap: { name } }, context);
    return;
  }
  const what = source.endsWith("docker.sock")
    ? "there is no Docker socket in a cluster"
    : "its path is on one machine's disk";
  project.report(
    "FL556",
    service,
    path,
    `service ${service.name}: ${source} is not mounted to ${mount.target}: ${what}`,
    mount.readOnly
      ? "put the files into the image or a ConfigMap"
      : "put the files into the image, or use a named volume for data; a file that is only read becomes a ConfigMap when it is mounted with `:ro`",
  );
}

/** The name, target and mode of an entry of `configs` or `secrets`. */
function readGrant(
  entry: JsonValue,
  folder: string,
): { source: string; target: string; mode: number | undefined } | undefined {
  const source = isObject(entry) ? entry["source"] : entry;
  if (typeof source !== "string" || source === "") return undefined;
  const written = get(entry, "target");
  const target = typeof written === "string" && written !== "" ? written : source;
  const mode = get(entry, "mode");
  const octal = typeof mode === "string" && /^0?[0-7]{3,4}$/.test(mode) ? Number.parseInt(mode, 8) : integer(mode);
  return { source, target: target.startsWith("/") ? target : `${folder}${target}`, mode: octal };
}

function addConfig(entry: JsonValue, path: FieldPath, context: Context): void {
  const { service, project, output } = context;
  const grant = readGrant(entry, "/");
  const definition = grant === undefined ? undefined : project.configs.get(grant.source);
  if (grant === undefined || definition === undefined) {
    project.report(
      "FL563",
      service,
      path,
      `service ${service.name}: there is no config ${JSON.stringify(grant?.source ?? entry)} under the file's configs`,
    );
    return;
  }
  const key = dataKey(grant.source);
  const { value } = definition;
  const external = value["external"] !== undefined && boolean(value["external"]) !== false;
  const name = external
    ? labelName(String((value["name"] ?? grant.source) as string))
    : output.nameFor("ConfigMap", `config:${grant.source}`, labelName(grant.source));
  if (!external) {
    const text = configText(grant.source, definition, project);
    if (text !== undefined) output.add(coreObject(project, "ConfigMap", name, { data: { [key]: text } }));
  }
  addFile(grant, { configMap: { name, ...(grant.mode !== undefined && { defaultMode: grant.mode }) } }, key, context);
}

function configText(source: string, definition: Located, project: Project): string | undefined {
  const { value } = definition;
  if (typeof value["content"] === "string") return value["content"];
  if (typeof value["environment"] === "string") {
    const name = value["environment"];
    if (Object.hasOwn(project.variables, name)) return project.variables[name];
    project.report("FL551", definition, ["environment"], `config ${source}: the variable ${name} has no value`);
    return "";
  }
  const file = value["file"];
  const text = typeof file === "string" ? project.read(joinPath(definition.folder, file)) : undefined;
  if (text === undefined)
    project.report(
      "FL559",
      definition,
      ["file"],
      `config ${source}: ${typeof file === "string" ? `the file ${file} cannot be read` : "it has no file, content or environment"}`,
    );
  return text;
}

function addSecret(entry: JsonValue, path: FieldPath, context: Context): void {
  const { service, project } = context;
  const grant = readGrant(entry, "/run/secrets/");
  const definition = grant === undefined ? undefined : project.secrets.get(grant.source);
  if (grant === undefined || definition === undefined) {
    project.report(
      "FL563",
      service,
      path,
      `service ${service.name}: there is no secret ${JSON.stringify(grant?.source ?? entry)} under the file's secrets`,
    );
    return;
  }
  const { value } = definition;
  const key = dataKey(grant.source);
  const name = labelName(String((value["name"] ?? grant.source) as string));
  const from =
    typeof value["file"] === "string"
      ? `--from-file=${key}=${value["file"]}`
      : typeof value["environment"] === "string"
        ? `--from-literal=${key}="$${value["environment"]}"`
        : `--from-file=${key}=FILE`;
  project.report(
    "FL560",
    definition,
    [],
    `secret ${grant.source}: the Secret ${name} with the key ${key} has to be made; its content was not read`,
    `kubectl create secret generic ${name} ${from}`,
  );
  addFile(
    grant,
    { secret: { secretName: name, ...(grant.mode !== undefined && { defaultMode: grant.mode }) } },
    key,
    context,
  );
}

function addFile(grant: { source: string; target: string }, source: JsonObject, key: string, context: Context): void {
  const name = volumeName(grant.source, context.taken);
  const mount: Mount = {
    type: "volume",
    source: undefined,
    target: grant.target,
    readOnly: true,
    subPath: key,
    size: undefined,
    propagation: undefined,
  };
  addVolume(mount, name, source, context);
}

/** The named volumes that a service mounts. */
export function namedVolumes(value: JsonObject): string[] {
  const names = listOf(value["volumes"]).flatMap((entry) => {
    const mount = readMount(entry);
    return typeof mount !== "string" && mount.type === "volume" && mount.source !== undefined ? [mount.source] : [];
  });
  return [...new Set(names)];
}
