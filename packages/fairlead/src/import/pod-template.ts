import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** The pod template of a workload, taken apart. */
export interface PodTemplate {
  readonly labels: JsonObject;
  readonly annotations: JsonObject;
  /** The pod's spec without containers. */
  readonly pod: JsonObject;
  readonly containers: readonly JsonObject[];
  readonly initContainers: readonly JsonObject[];
}

/** Reads `template`; undefined if it has no containers. */
export function readTemplate(template: JsonValue | undefined): PodTemplate | undefined {
  const spec = get(template, "spec");
  if (!isObject(spec) || !Array.isArray(spec["containers"])) return undefined;
  const { containers, initContainers, serviceAccount, ...pod } = spec;
  if (pod["serviceAccountName"] === undefined && typeof serviceAccount === "string")
    pod["serviceAccountName"] = serviceAccount;
  return {
    labels: objectOf(get(get(template, "metadata"), "labels")),
    annotations: objectOf(get(get(template, "metadata"), "annotations")),
    pod: withoutNulls(pod),
    containers: containers!.filter(isObject),
    initContainers: Array.isArray(initContainers) ? initContainers.filter(isObject) : [],
  };
}

/** A container as an App has it: resources are said, also when there are none. */
export function importedContainer(container: JsonObject): JsonObject {
  const { name, image, resources, ...rest } = container;
  const limited = isObject(resources) && Object.keys(resources).some((key) => !isEmpty(resources[key]!));
  return withoutNulls({
    ...(name !== undefined && { name }),
    ...(image !== undefined && { image }),
    ...rest,
    resources: limited ? resources : "unlimited",
  });
}

/** The pod's part of a spec, the same for App and Task. */
export function podFields(template: PodTemplate): JsonObject {
  const metadata = {
    ...(Object.keys(template.labels).length > 0 && { labels: template.labels }),
    ...(Object.keys(template.annotations).length > 0 && { annotations: template.annotations }),
  };
  return {
    ...(Object.keys(metadata).length > 0 && { pod: metadata }),
    containers: template.containers.map(importedContainer),
    ...(template.initContainers.length > 0 && { initContainers: template.initContainers.map(importedContainer) }),
    ...template.pod,
  };
}

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function withoutNulls(object: JsonObject): JsonObject {
  const entries = Object.entries(object).filter(([, value]) => value !== null);
  return Object.fromEntries(entries);
}

function isEmpty(value: JsonValue): boolean {
  return (
    value === null ||
    (isObject(value) && Object.keys(value).length === 0) ||
    (Array.isArray(value) && value.length === 0)
  );
}
