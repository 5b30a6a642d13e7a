import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { Strategy } from "./strategy.ts";

/** CustomResourceDefinitions: names that can be derived are, and versions that have been stored are remembered. */
export const definitionStrategy: Strategy = {
  hasGeneration: true,
  needsVersion: true,
  prepareForCreate: (definition) => {
    fillNames(definition);
    const storage = storageVersion(definition);
    definition["status"] = {
      conditions: [],
      acceptedNames: { plural: "", kind: "" },
      storedVersions: storage === undefined ? [] : [storage],
    };
  },
  prepareForUpdate: (definition, _old, { subresource }) => {
    if (subresource === "status") return;
    fillNames(definition);
    const storage = storageVersion(definition);
    const status = isObject(definition["status"]) ? { ...definition["status"] } : {};
    const stored = Array.isArray(status["storedVersions"]) ? status["storedVersions"] : [];
    if (storage !== undefined && !stored.includes(storage)) status["storedVersions"] = [...stored, storage];
    definition["status"] = status;
  },
};

function storageVersion(definition: JsonObject): string | undefined {
  const versions = get(definition["spec"], "versions");
  const found = Array.isArray(versions) ? versions.find((one) => get(one, "storage") === true) : undefined;
  return found === undefined ? undefined : textOf(get(found, "name"));
}

function fillNames(definition: JsonObject): void {
  const names = get(definition["spec"], "names");
  if (!isObject(names)) return;
  const kind = textOf(names["kind"]);
  if (textOf(names["singular"]) === "") names["singular"] = kind.toLowerCase();
  if (textOf(names["listKind"]) === "" && kind !== "") names["listKind"] = `${kind}List`;
}
