import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { apiVersion } from "../kinds/load.ts";
import { objectOf } from "./pod-template.ts";

/** A declaration that stands for `object`, with its name, namespace, labels and annotations. */
export function declarationFor(kind: "App" | "Task" | "Route", object: KrmObject, spec: JsonObject): KrmObject {
  const { name, namespace, labels, annotations } = object.metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      ...(name !== undefined && { name }),
      ...(namespace !== undefined && { namespace }),
      ...named("labels", labels),
      ...named("annotations", annotations),
    },
    spec,
  };
}

/** `{labels}` unless there are none. */
export function named(field: string, value: JsonObject | undefined): JsonObject {
  return Object.keys(objectOf(value)).length === 0 ? {} : { [field]: value! };
}
