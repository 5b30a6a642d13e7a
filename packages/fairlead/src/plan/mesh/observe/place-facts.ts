import { get, type JsonObject } from "@fairlead/apimachinery";
import type { Labels, NamespaceFact, NodeFact } from "../model/facts.ts";
import type { MeshSettings } from "../model/settings.ts";
import { dataplaneLabel, handOverAnnotation, injectLabel, networkLabel, revisionLabel } from "./keys.ts";
import { finish, labelAt, labelsOf, objectAt, observed, placeOf, type Omitted } from "./read.ts";

export function namespaceFact(object: JsonObject, cluster: string, settings: MeshSettings): NamespaceFact | undefined {
  const place = placeOf(object, cluster);
  if (place === undefined) return undefined;
  const omitted: Omitted = [];
  const metadata = objectAt(object, "metadata");
  const wanted = ["istio-injection", injectLabel, revisionLabel, dataplaneLabel, networkLabel];
  const fact: NamespaceFact = {
    fact: "namespace",
    ...observed(place, object, get(metadata["annotations"], settings.discovery.ignoreAnnotation) === "true"),
    labels: labelsOf(metadata["labels"], "metadata.labels", omitted, wanted),
    annotations: labelsOf(metadata["annotations"], "metadata.annotations", [], [handOverAnnotation], () => false),
  };
  return finish(fact, omitted);
}

export function nodeFact(object: JsonObject, cluster: string, { discovery }: MeshSettings): NodeFact | undefined {
  const place = placeOf(object, cluster);
  if (place === undefined) return undefined;
  const wanted = [...discovery.regionLabels, ...discovery.zoneLabels];
  const labels = labelsOf(objectAt(object, "metadata")["labels"], "metadata.labels", [], wanted, () => false);
  return {
    fact: "node",
    // A heartbeat changes nothing here, and neither does the age of a node.
    ...place,
    createdAt: "",
    ignored: false,
    region: first(labels, discovery.regionLabels),
    zone: first(labels, discovery.zoneLabels),
  };
}

function first(labels: Labels, keys: readonly string[]): string {
  for (const key of keys) {
    const value = labelAt(labels, key);
    if (value !== undefined) return value;
  }
  return "";
}
