import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { definitionProblems } from "../crds/definition-problems.ts";
import type { Strategy } from "./strategy.ts";

/** CustomResourceDefinitions: names that can be derived are, and versions that have been stored are remembered. */
export const definitionStrategy: Strategy = {
  hasGeneration: true,
  needsVersion: true,
  prepareForCreate: (definition) => {
    fillNames(definition);
    const storage = storageVersion(definition);
    definition["status"] = {
      conditions: null,
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
  validate: (definition) => [...definitionProblems(definition)],
  validateUpdate: (definition, _old, { subresource }) =>
    subresource === "status" ? [] : [...definitionProblems(definition)],
  finalizerOfDeletion: "customresourcecleanup.apiextensions.k8s.io",
  whileGoing: terminating,
};

/** The definition waits for its objects to go. */
function terminating(definition: JsonObject): JsonObject {
  const status = isObject(definition["status"]) ? definition["status"] : {};
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  if (conditions.some((one) => get(one, "type") === "Terminating")) return definition;
  const condition = {
    type: "Terminating",
    status: "True",
    lastTransitionTime: get(definition["metadata"], "deletionTimestamp") ?? null,
    reason: "InstanceDeletionPending",
    message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  };
  // Its deletion is no change of what is wanted, other than those of all other kinds.
  const { generation, deletionGracePeriodSeconds: _, ...metadata } = definition["metadata"] as JsonObject;
  const before = typeof generation === "number" ? { generation: generation - 1 } : {};
  return {
    ...definition,
    metadata: { ...metadata, ...before },
    status: { ...status, conditions: [...conditions, condition] },
  };
}

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
