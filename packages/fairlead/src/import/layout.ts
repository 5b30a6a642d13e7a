import { print, printStream, type KrmObject } from "@fairlead/krm";

/** A file to write, under a folder that the caller chose. */
export interface LaidOut {
  readonly path: string;
  readonly text: string;
}

/**
 * One file per declaration and one for everything else; with several namespaces each gets a folder. Names are
 * Kubernetes names, so none can leave the folder.
 */
export function layout(declarations: readonly KrmObject[], others: readonly KrmObject[]): LaidOut[] {
  const namespaces = new Set(declarations.map(({ metadata }) => metadata.namespace ?? ""));
  const files = declarations.map((object) => {
    const { namespace, name } = object.metadata;
    const folder = namespaces.size > 1 && namespace !== undefined ? `${safe(namespace)}/` : "";
    return { path: `${folder}${object.kind.toLowerCase()}-${safe(name ?? "")}.yaml`, text: print(object) };
  });
  return others.length === 0 ? files : [...files, { path: "others.yaml", text: printStream(others) }];
}

function safe(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9.-]/g, "_").replace(/^\.+/, "_");
}
