import { get, isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { readDocument, type ComposeDocument } from "./document.ts";
import { composeFinding } from "./findings.ts";
import { carriedTop } from "./fields.ts";
import type { Variables } from "./interpolate.ts";
import { mergeService } from "./merge.ts";
import { labelName } from "./names.ts";
import { collector, joinPath, strings, type Located, type Place, type Project, type Service } from "./service.ts";

export interface ProjectOptions {
  readonly file: string;
  /** The text of a file, by its path relative to where `file` starts; undefined if it cannot be read. */
  readonly read: (path: string) => string | undefined;
  readonly variables: Variables;
  readonly profiles: readonly string[];
  readonly namespace?: string | undefined;
}

export interface LoadedProject {
  readonly project: Project;
  /** All that was reported up to now, by the loading and by the conversion. */
  readonly found: () => readonly Finding[];
}

const mostFiles = 100;
const deepestExtends = 32;

interface Loaded {
  readonly documents: ComposeDocument[];
  readonly byFile: Map<string, ComposeDocument | undefined>;
  readonly findings: Finding[];
  readonly options: ProjectOptions;
}

/** Reads a Compose file with all that it includes and extends; services of profiles that are not asked for are left out. */
export function loadProject(text: string, options: ProjectOptions): LoadedProject {
  const loaded: Loaded = { documents: [], byFile: new Map(), findings: [], options };
  include(text, options.file, loaded);
  const { report, findings } = collector();
  const services = new Map<string, Service>();
  const objectNames = new Map<string, string>();
  for (const document of loaded.documents) {
    for (const [name, value] of sectionOf(document, "services", loaded)) {
      const known = services.get(name);
      if (known !== undefined) {
        report(
          "FL572",
          document,
          ["services", name],
          `service ${name} is declared again in ${document.file}`,
          "an included file cannot change a service; extend it under another name",
        );
        continue;
      }
      const service = resolve(name, value, document, loaded);
      const wanted = strings(service.value["profiles"]);
      if (
        wanted.length > 0 &&
        !wanted.includes("*") &&
        !wanted.some((profile) => options.profiles.includes(profile) || options.profiles.includes("*"))
      ) {
        report(
          "FL561",
          service,
          ["profiles"],
          `service ${name} is left out: it belongs to profile ${wanted.join(", ")}`,
          `import it with the profile ${wanted[0]}`,
        );
        continue;
      }
      const other = objectNames.get(service.objectName);
      if (other !== undefined) {
        report(
          "FL572",
          service,
          [],
          `services ${other} and ${name} both get the name ${service.objectName}`,
          "rename one of them",
        );
        continue;
      }
      if (service.objectName !== name) {
        report(
          "FL565",
          service,
          [],
          `service ${name} is called ${service.objectName} in the cluster`,
          `write ${service.objectName} where other services are told ${name}`,
        );
      }
      objectNames.set(service.objectName, name);
      services.set(name, service);
    }
  }
  const title = loaded.documents[0]?.value["name"];
  loaded.findings.push(...findings);
  const later = collector();
  const project: Project = {
    name: typeof title === "string" && title !== "" ? labelName(title) : undefined,
    namespace: options.namespace,
    services: [...services.values()],
    volumes: located("volumes", loaded),
    configs: located("configs", loaded),
    secrets: located("secrets", loaded),
    variables: options.variables,
    read: options.read,
    report: later.report,
  };
  return { project, found: () => [...loaded.findings, ...later.findings] };
}

function load(text: string | undefined, file: string, loaded: Loaded): ComposeDocument | undefined {
  if (loaded.byFile.has(file)) return loaded.byFile.get(file);
  const source = text ?? loaded.options.read(file);
  if (source === undefined || loaded.byFile.size >= mostFiles) return undefined;
  const { document, findings } = readDocument(source, file, loaded.options.variables);
  loaded.findings.push(...findings);
  loaded.byFile.set(file, document);
  return document;
}

function include(text: string | undefined, file: string, loaded: Loaded): boolean {
  if (loaded.byFile.has(file)) return true;
  const document = load(text, file, loaded);
  if (document === undefined) return loaded.byFile.has(file);
  loaded.documents.push(document);
  for (const key of Object.keys(document.value)) {
    if (carriedTop.has(key) || key.startsWith("x-")) continue;
    loaded.findings.push(
      composeFinding("FL554", { message: `${key} of the file is not carried`, ...document.place([key]) }),
    );
  }
  const networks = Object.keys(isObject(document.value["networks"]) ? document.value["networks"] : {}).filter(
    (name) => name !== "default",
  );
  if (networks.length > 0) {
    loaded.findings.push(
      composeFinding("FL555", {
        message: `${networks.length === 1 ? "network" : "networks"} ${networks.join(", ")}: in a cluster every pod reaches every other`,
        hint: "write a NetworkPolicy where services have to be kept apart",
        ...document.place(["networks"]),
      }),
    );
  }
  const written = document.value["include"];
  for (const [index, entry] of (Array.isArray(written) ? written : []).entries()) {
    for (const path of strings(isObject(entry) ? entry["path"] : entry)) {
      if (include(undefined, joinPath(document.folder, path), loaded)) continue;
      loaded.findings.push(
        composeFinding("FL559", {
          message: `the included file ${path} cannot be read`,
          ...document.place(["include", index]),
        }),
      );
    }
  }
  return true;
}

function sectionOf(document: ComposeDocument, section: string, loaded: Loaded): [string, JsonObject][] {
  const written = document.value[section];
  if (written === undefined || written === null) return [];
  if (!isObject(written)) {
    loaded.findings.push(composeFinding("FL550", { message: `${section} is not a map`, ...document.place([section]) }));
    return [];
  }
  const entries: [string, JsonObject][] = [];
  for (const [name, value] of Object.entries(written)) {
    if (name.startsWith("x-") && section === "services" && !isObject(value)) continue;
    if (isObject(value)) entries.push([name, value]);
    else if (value === null && section !== "services") entries.push([name, {}]);
    else
      loaded.findings.push(
        composeFinding("FL550", { message: `${section}.${name} is not a map`, ...document.place([section, name]) }),
      );
  }
  return entries;
}

function located(section: string, loaded: Loaded): Map<string, Located> {
  const map = new Map<string, Located>();
  for (const document of loaded.documents) {
    for (const [name, value] of sectionOf(document, section, { ...loaded, findings: [] })) {
      if (map.has(name)) continue;
      map.set(name, {
        value,
        folder: document.folder,
        place: (path, at) => document.place([section, name, ...path], at),
      });
    }
  }
  return map;
}

/** One level of an `extends` chain. */
interface Level {
  readonly document: ComposeDocument;
  readonly name: string;
  readonly value: JsonObject;
}

function resolve(name: string, value: JsonObject, document: ComposeDocument, loaded: Loaded): Service {
  const levels: Level[] = [{ document, name, value }];
  for (let level = levels[0]!; level.value["extends"] !== undefined && level.value["extends"] !== null;) {
    const next = baseOf(level, levels, loaded);
    if (next === undefined) break;
    levels.push(next);
    level = next;
  }
  let merged: JsonObject = {};
  for (const { value: own, document: from } of [...levels].reverse()) {
    const { extends: _extends, ...rest } = own;
    merged = mergeService(merged, from === document ? rest : rebase(rest, from, document));
  }
  return {
    name,
    objectName: labelName(name),
    value: merged,
    folder: document.folder,
    place: (path, at) => placeIn(levels, path, at),
  };
}

function baseOf(level: Level, levels: readonly Level[], loaded: Loaded): Level | undefined {
  const written = level.value["extends"];
  const target = typeof written === "string" ? written : get(written, "service");
  const file = get(written, "file");
  const fail = (message: string, hint?: string) => {
    loaded.findings.push(
      composeFinding("FL562", {
        message,
        ...(hint !== undefined && { hint }),
        ...level.document.place(["services", level.name, "extends"]),
      }),
    );
    return undefined;
  };
  if (typeof target !== "string") return fail(`service ${level.name}: extends names no service`);
  const document =
    typeof file === "string" ? load(undefined, joinPath(level.document.folder, file), loaded) : level.document;
  if (document === undefined)
    return fail(`service ${level.name} extends ${target} of ${String(file as string)}, which cannot be read`);
  const value = get(document.value["services"], target);
  if (!isObject(value)) return fail(`service ${level.name} extends ${target}, which ${document.file} does not have`);
  if (levels.length > deepestExtends || levels.some((one) => one.document === document && one.name === target)) {
    return fail(`extends goes in a circle: ${[...levels.map((one) => one.name), target].slice(0, 8).join(" → ")}`);
  }
  return { document, name: target, value };
}

/** Paths in a file of another folder start from there. */
function rebase(value: JsonObject, from: ComposeDocument, to: ComposeDocument): JsonObject {
  if (from.folder === to.folder) return value;
  const path = (text: JsonValue) =>
    typeof text === "string" ? relative(to.folder, joinPath(from.folder, text)) : text;
  const files = value["env_file"];
  const mounts = value["volumes"];
  return {
    ...value,
    ...(files !== undefined && {
      env_file: [files]
        .flat()
        .map((entry) => (isObject(entry) ? { ...entry, path: path(entry["path"] ?? "") } : path(entry))),
    }),
    ...(Array.isArray(mounts) && {
      volumes: mounts.map((mount) =>
        typeof mount === "string" && /^\.\.?\//.test(mount)
          ? path(mount)
          : isObject(mount) && mount["type"] === "bind"
            ? { ...mount, source: path(mount["source"] ?? "") }
            : mount,
      ),
    }),
  };
}

function relative(folder: string, path: string): string {
  if (path.startsWith("/")) return path;
  const depth = folder.split("/").filter((part) => part !== "" && part !== ".").length;
  return folder !== "" && path.startsWith(folder)
    ? `./${path.slice(folder.length)}`
    : `${"../".repeat(depth) || "./"}${path}`;
}

/** The nearest level that says anything about the field. */
function placeIn(levels: readonly Level[], path: FieldPath, at?: "key" | "value"): Place | undefined {
  const first = path[0];
  const level =
    first === undefined ? levels[0]! : (levels.find(({ value }) => Object.hasOwn(value, first)) ?? levels[0]!);
  return level.document.place(["services", level.name, ...path], at);
}
