import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { contentHash } from "../shared/content-hash.ts";
import { fields } from "../shared/fields.ts";
import { carriedAnnotations } from "../shared/metadata.ts";
import { configReferences, type ConfigReference } from "./config-references.ts";
import type { WorkloadContext } from "./context.ts";

export const contentHashAnnotation = "fairlead.dev/content-hash";
const reloaderAuto = "reloader.stakater.com/auto";

/** Annotations that make pods roll when what they read changes. */
export interface Reload {
  readonly pod: { readonly [key: string]: string };
  readonly workload: { readonly [key: string]: string };
}

const nothing: Reload = { pod: {}, workload: {} };

/**
 * Configuration in the input is hashed onto the pods: another content is another template, so it rolls. What is not in
 * the input (a Secret that an ExternalSecret fetches) is left to Stakater's Reloader, by name, so that it does not roll
 * the pods a second time for what the hash covers. https://github.com/stakater/Reloader
 */
export function planReload(context: WorkloadContext): Reload {
  if (context.spec.reload !== true) return nothing;
  if (context.mode === "compat") {
    const own = carriedAnnotations(context.declaration)[reloaderAuto];
    return { pod: {}, workload: { [reloaderAuto]: own ?? "true" } };
  }
  const known: JsonObject[] = [];
  const unknown: ConfigReference[] = [];
  for (const reference of configReferences(context)) {
    const content = contentOf(context, reference);
    if (content === undefined) unknown.push(reference);
    else known.push({ kind: reference.kind, name: reference.name, content });
  }
  reportUnknown(context, unknown);
  const namesOf = (kind: string): string =>
    unknown
      .filter((one) => one.kind === kind)
      .map(({ name }) => name)
      .join(",");
  const watched = Object.entries({
    "configmap.reloader.stakater.com/reload": namesOf("ConfigMap"),
    "secret.reloader.stakater.com/reload": namesOf("Secret"),
  }).filter(([, names]) => names !== "");
  return {
    pod: known.length === 0 ? {} : { [contentHashAnnotation]: contentHash(known) },
    workload: Object.fromEntries(watched),
  };
}

function contentOf(context: WorkloadContext, { kind, name }: ConfigReference): JsonValue | undefined {
  const found = context.world.object(kind, context.declaration.namespace, name);
  if (found === undefined) return undefined;
  return fields({
    data: get(found, "data"),
    binaryData: get(found, "binaryData"),
    stringData: get(found, "stringData"),
  });
}

/** Objects that make Secrets in the cluster, and where they say its name. */
const secretMakers: readonly [kind: string, path: readonly string[]][] = [
  ["ExternalSecret", ["spec", "target", "name"]],
  ["SealedSecret", ["spec", "template", "metadata", "name"]],
];

function isMadeInCluster(context: WorkloadContext, { kind, name }: ConfigReference): boolean {
  if (kind !== "Secret") return false;
  return secretMakers.some(([maker, path]) =>
    context.world.allObjects(maker).some((object) => {
      let made: JsonValue | undefined = object;
      for (const step of path) made = get(made, step);
      return (typeof made === "string" && made !== "" ? made : object.metadata.name) === name;
    }),
  );
}

function reportUnknown(context: WorkloadContext, unknown: readonly ConfigReference[]): void {
  for (const reference of unknown) {
    if (isMadeInCluster(context, reference)) continue;
    context.report("FL228", {
      message: `${reference.kind} ${reference.name} is not in the input, so its changes roll the pods only where Reloader runs`,
      hint: `add the ${reference.kind} to the input, or run Stakater's Reloader in the cluster`,
      field: ["spec", "reload"],
    });
  }
}
