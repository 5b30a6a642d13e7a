import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { PrinterColumn, Resource, Subresource } from "./resource.ts";

const verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const verbsWhileTerminating = ["delete", "deletecollection", "get", "list", "watch"];
const subresourceVerbs = ["get", "patch", "update"];

/**
 * What a CustomResourceDefinition (`apiextensions.k8s.io/v1`) is served as: one resource per served version, with the
 * names that were accepted (`status.acceptedNames`). Nothing as long as it is not established.
 */
export function customResources(definition: JsonObject): readonly Resource[] {
  if (!hasCondition(definition, "Established")) return [];
  const spec = get(definition, "spec");
  const names = get(get(definition, "status"), "acceptedNames");
  const group = textOf(get(spec, "group"));
  const kind = textOf(get(names, "kind"));
  const versions = listOf(get(spec, "versions"));
  const storageVersion = textOf(
    get(
      versions.find((one) => get(one, "storage") === true),
      "name",
    ),
  );
  const plural = textOf(get(names, "plural"));
  return versions
    .filter((one) => get(one, "served") === true)
    .map((one) => {
      const version = textOf(get(one, "name"));
      return {
        group,
        version,
        plural,
        singular: textOf(get(names, "singular")),
        kind,
        namespaced: get(spec, "scope") === "Namespaced",
        shortNames: listOf(get(names, "shortNames")).map(textOf),
        categories: listOf(get(names, "categories")).map(textOf),
        verbs: hasCondition(definition, "Terminating") ? verbsWhileTerminating : verbs,
        subresources: subresourcesOf(get(one, "subresources"), { group, version, kind }),
        storageVersion,
        hashedVersion: `${group}/${storageVersion}`,
        printerColumns: listOf(get(one, "additionalPrinterColumns")).map(printerColumn),
        definition: textOf(get(get(definition, "metadata"), "name")),
      };
    });
}

/** Whether `status.conditions` has the condition with the status True. */
export function hasCondition(object: JsonObject, type: string): boolean {
  const conditions = listOf(get(get(object, "status"), "conditions"));
  return conditions.some((one) => get(one, "type") === type && get(one, "status") === "True");
}

function printerColumn(column: JsonValue): PrinterColumn {
  const priority = get(column, "priority");
  return {
    name: textOf(get(column, "name")),
    type: textOf(get(column, "type")),
    format: textOf(get(column, "format")),
    description: textOf(get(column, "description")),
    priority: typeof priority === "number" ? priority : 0,
    jsonPath: textOf(get(column, "jsonPath")),
  };
}

function subresourcesOf(
  declared: JsonValue | undefined,
  of: Pick<Subresource, "group" | "version" | "kind">,
): ReadonlyMap<string, Subresource> {
  const found = new Map<string, Subresource>();
  const add = (name: string, kind: Pick<Subresource, "group" | "version" | "kind">): void => {
    if (isObject(get(declared, name))) found.set(name, { name, ...kind, verbs: subresourceVerbs });
  };
  add("status", of);
  add("scale", { group: "autoscaling", version: "v1", kind: "Scale" });
  return found;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
