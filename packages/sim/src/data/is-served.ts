import { apiVersionOf } from "../resources/resource.ts";
import { builtinResources } from "./builtin-resources.ts";

let served: ReadonlySet<string> | undefined;

/** Whether every embedded cluster serves the kind, without any CustomResourceDefinition. */
export function isServed(apiVersion: string, kind: string): boolean {
  served ??= new Set(builtinResources().map((resource) => `${apiVersionOf(resource)} ${resource.kind}`));
  return served.has(`${apiVersion} ${kind}`);
}
