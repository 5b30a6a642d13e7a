import { get } from "@fairlead/apimachinery";
import { orderKubernetes, printStream, type KrmObject } from "@fairlead/krm";

/** A file to write, under a folder that the caller chose. */
export interface LaidOut {
  readonly path: string;
  readonly text: string;
}

/**
 * One file for each App or Task, with the Routes that lead to it, and one for everything else; with several namespaces
 * each gets a folder. No name can leave the folder.
 */
export function layout(declarations: readonly KrmObject[], others: readonly KrmObject[]): LaidOut[] {
  const namespaces = new Set(declarations.map(({ metadata }) => metadata.namespace ?? ""));
  const contents = new Map<string, KrmObject[]>();
  const routes = declarations.filter(({ kind }) => kind === "Route");
  for (const object of [...declarations.filter((one) => !routes.includes(one)), ...routes]) {
    const { namespace, name } = object.metadata;
    const app = object.kind === "Route" ? get(object["spec"], "app") : undefined;
    const folder = namespaces.size > 1 && namespace !== undefined ? `${safe(namespace)}/` : "";
    const path = `${folder}${safe(typeof app === "string" ? app : (name ?? ""))}.yaml`;
    contents.set(path, [...(contents.get(path) ?? []), object]);
  }
  if (others.length > 0) contents.set("others.yaml", [...(contents.get("others.yaml") ?? []), ...others]);
  return [...contents].map(([path, objects]) => ({ path, text: printStream(objects.map(orderKubernetes)) }));
}

function safe(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9.-]/g, "_").replace(/^\.+/, "_");
}
