import type { JsonObject } from "@fairlead/apimachinery";
import type { DependencyFact, ProxyFact } from "../model/facts.ts";
import type { MeshSettings } from "../model/settings.ts";
import {
  boundedSpec,
  finish,
  labelAt,
  labelsOf,
  limits,
  nameOf,
  objectAt,
  observed,
  placeOf,
  textsAt,
  wholeAt,
  type Omitted,
} from "./read.ts";

export function dependencyFact(
  object: JsonObject,
  cluster: string,
  { scope, discovery }: MeshSettings,
): DependencyFact | undefined {
  const place = placeOf(object, cluster);
  if (place === undefined || (scope.dependencyNamespace ?? place.namespace) !== place.namespace) return undefined;
  const omitted: Omitted = [];
  const metadata = objectAt(object, "metadata");
  const spec = objectAt(object, "spec");
  const ignored = objectAt(metadata, "annotations")[discovery.ignoreAnnotation] === "true";
  const source = nameOf(spec["source"]);
  if (source === "") omitted.push("spec.source");
  const fact: DependencyFact = {
    fact: "dependency",
    ...observed(place, object, ignored),
    source,
    destinations: textsAt(spec, "destinations", limits.destinations, "spec.destinations", omitted),
    identityLabel: scope.identityLabels ? nameOf(spec["identityLabel"]) : "",
    generation: wholeAt(metadata, "generation", 0, Number.MAX_SAFE_INTEGER) ?? 0,
  };
  return finish(fact, omitted);
}

export function proxyFact(object: JsonObject, cluster: string, settings: MeshSettings): ProxyFact | undefined {
  const { scope, discovery } = settings;
  const place = placeOf(object, cluster);
  if (place === undefined || (scope.dependencyNamespace ?? place.namespace) !== place.namespace) return undefined;
  const omitted: Omitted = [];
  const metadata = objectAt(object, "metadata");
  const wanted = [discovery.envKey, "env", discovery.ignoreAnnotation];
  const annotations = labelsOf(metadata["annotations"], "metadata.annotations", [], wanted, () => false);
  const labels = labelsOf(metadata["labels"], "metadata.labels", [], wanted, () => false);
  const fact: ProxyFact = {
    fact: "proxy",
    ...observed(place, object, labelAt(annotations, discovery.ignoreAnnotation) === "true"),
    env: labelAt(annotations, discovery.envKey) ?? labelAt(labels, discovery.envKey) ?? labelAt(labels, "env") ?? "",
    generation: wholeAt(metadata, "generation", 0, Number.MAX_SAFE_INTEGER) ?? 0,
    spec: boundedSpec(object, omitted),
  };
  return finish(fact, omitted);
}
