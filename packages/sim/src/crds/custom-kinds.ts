import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Kind, ScalePaths } from "../resources/kind.ts";
import type { CustomKinds } from "../resources/kinds.ts";
import { customResources } from "../resources/custom-resources.ts";
import { customVersions, type AskWebhook } from "../conversions/custom/convert.ts";
import type { CustomVersions } from "../resources/custom-versions.ts";
import { apiVersionOf, collectionOf, type Resource } from "../resources/resource.ts";
import type { MutableResourceTable } from "../resources/resource-table.ts";
import type { Store } from "../store/store.ts";
import type { Strategy } from "../strategies/strategy.ts";

export const definitions = "customresourcedefinitions.apiextensions.k8s.io";

export interface CustomKindRegistry extends CustomKinds {
  close(): void;
}

/** Serves what the stored CustomResourceDefinitions define, as they come, change and go; `ask` converts objects. */
export function watchDefinitions(store: Store, table: MutableResourceTable, ask: AskWebhook): CustomKindRegistry {
  /** By `widgets.example.com v1`. */
  const kinds = new Map<string, Kind>();

  function serve(name: string, definition: JsonObject | undefined): void {
    const resources = definition === undefined ? [] : customResources(definition);
    for (const key of kinds.keys()) if (key.startsWith(`${name} `)) kinds.delete(key);
    const [first] = resources;
    if (first !== undefined) {
      const { group, storageVersion: version } = first;
      const versions = customVersions(definition!, apiVersionOf({ group, version }), ask);
      // Controllers go on with what is stored, whether it is served or not.
      for (const resource of [{ ...first, version }, ...resources]) {
        kinds.set(`${name} ${resource.version}`, customKind(resource, definition!, versions));
      }
    }
    table.setCustom(name, resources);
  }

  for (const { object, key } of store.range(definitions)) serve(key, object);
  const close = store.subscribe(({ collection, kind, stored }) => {
    if (collection === definitions) serve(stored.key, kind === "deleted" ? undefined : stored.object);
  });
  return { of: (resource) => kinds.get(`${resource.definition} ${resource.version}`), close };
}

function versionOf(definition: JsonObject, name: string): JsonValue | undefined {
  const versions = get(definition["spec"], "versions");
  return Array.isArray(versions) ? versions.find((one) => get(one, "name") === name) : undefined;
}

/** Objects are stored in the storage version, but checked by the schema of the version that they are written in. */
function customKind(resource: Resource, definition: JsonObject, versions: CustomVersions): Kind {
  const declared = versionOf(definition, resource.version);
  const scale = get(get(declared, "subresources"), "scale");
  return {
    resource,
    collection: collectionOf(resource),
    strategy: customStrategy(declared),
    schema: versions.schemas.get(apiVersionOf(resource)),
    isCustom: true,
    versions,
    hasStatus: resource.subresources.has("status"),
    ...(get(declared, "deprecated") === true ? { deprecationWarning: warningOf(resource, declared) } : {}),
    ...(isObject(scale) ? { scale: scalePaths(scale) } : {}),
  };
}

function warningOf({ group, version, kind }: Resource, declared: JsonValue | undefined): string {
  return textOf(get(declared, "deprecationWarning")) || `${group}/${version} ${kind} is deprecated`;
}

function scalePaths(scale: JsonObject): ScalePaths {
  const labelSelectorPath = textOf(scale["labelSelectorPath"]);
  return {
    specReplicasPath: textOf(scale["specReplicasPath"]),
    statusReplicasPath: textOf(scale["statusReplicasPath"]),
    ...(labelSelectorPath === "" ? {} : { labelSelectorPath }),
  };
}

/** Fields that `selectableFields` of a version names, as texts. */
function customStrategy(declared: JsonValue | undefined): Strategy {
  const fields = get(declared, "selectableFields");
  if (!Array.isArray(fields)) return { needsVersion: true };
  const selectable: Record<string, (object: JsonObject) => string> = {};
  for (const one of fields) {
    const steps = textOf(get(one, "jsonPath"))
      .split(".")
      .filter((step) => step !== "");
    selectable[steps.join(".")] = (object) => {
      let value: JsonValue | undefined = object;
      for (const step of steps) value = get(value, step);
      return typeof value === "number" || typeof value === "boolean" ? String(value) : textOf(value);
    };
  }
  return { needsVersion: true, selectableFields: selectable };
}
