import type { JsonObject } from "@fairlead/apimachinery";
import { refKey, refOf, type KrmObject } from "@fairlead/krm";
import type { Project } from "./service.ts";

/** ConfigMaps and claims that Apps of a Compose project refer to, each once. */
export interface Output {
  add(object: KrmObject): void;
  /** The name that `key` (such as a file's path) has as an object of `kind`; two keys never get one name. */
  nameFor(kind: string, key: string, wanted: string): string;
  readonly objects: () => KrmObject[];
}

export function output(): Output {
  const objects = new Map<string, KrmObject>();
  const names = new Map<string, string>();
  const taken = new Set<string>();
  return {
    add: (object) => {
      objects.set(refKey(refOf(object)), object);
    },
    nameFor: (kind, key, wanted) => {
      const known = names.get(`${kind}|${key}`);
      if (known !== undefined) return known;
      let name = wanted;
      for (let count = 2; taken.has(`${kind}|${name}`); count++) name = `${wanted.slice(0, 58)}-${count}`;
      taken.add(`${kind}|${name}`);
      names.set(`${kind}|${key}`, name);
      return name;
    },
    objects: () => [...objects.values()],
  };
}

/** An object of the core group with the project's namespace. */
export function coreObject(project: Project, kind: string, name: string, rest: JsonObject): KrmObject {
  const metadata = { name, ...(project.namespace !== undefined && { namespace: project.namespace }) };
  return { apiVersion: "v1", kind, metadata, ...rest };
}
