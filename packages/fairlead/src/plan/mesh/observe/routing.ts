import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { ExportFact, RoutingFact, SidecarFact } from "../model/facts.ts";
import type { MeshSettings } from "../model/settings.ts";
import {
  boundedSpec,
  finish,
  labelsOf,
  limits,
  listAt,
  nameOf,
  objectAt,
  observed,
  placeOf,
  textsAt,
  type Omitted,
  wholeAt,
} from "./read.ts";

/** What kubectl keeps of an earlier version is no part of an object. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
const longestAnnotation = 4096;

/** The annotation of a Sidecar that says which hosts of its egress we added. */
const meshHosts = "fairlead.dev/mesh-hosts";

/** A VirtualService or DestinationRule that a user wrote. */
export function routingFact(
  object: JsonObject,
  cluster: string,
  kind: RoutingFact["kind"],
  settings: MeshSettings,
): RoutingFact | undefined {
  const place = placeOf(object, cluster);
  if (place === undefined) return undefined;
  const omitted: Omitted = [];
  const metadata = objectAt(object, "metadata");
  const spec = boundedSpec(object, omitted);
  const host = nameOf(spec["host"]);
  const fact: RoutingFact = {
    fact: "routing",
    ...observed(place, object, isIgnored(metadata, settings)),
    kind,
    labels: labelsOf(metadata["labels"], "metadata.labels", omitted),
    annotations: labelsOf(
      metadata["annotations"],
      "metadata.annotations",
      omitted,
      [],
      (text, key) => key !== lastApplied && text.length <= longestAnnotation,
    ),
    hosts:
      kind === "VirtualService"
        ? textsAt(spec, "hosts", limits.hosts, "spec.hosts", omitted)
        : host === ""
          ? []
          : [host],
    exportTo: textsAt(spec, "exportTo", limits.hosts, "spec.exportTo", omitted),
    spec,
  };
  return finish(fact, omitted);
}

/** A Sidecar that a user wrote. */
export function sidecarFact(object: JsonObject, cluster: string, settings: MeshSettings): SidecarFact | undefined {
  const place = placeOf(object, cluster);
  if (place === undefined) return undefined;
  const omitted: Omitted = [];
  const metadata = objectAt(object, "metadata");
  const spec = boundedSpec(object, omitted);
  const selector = get(spec["workloadSelector"], "labels");
  const ours = get(metadata["annotations"], meshHosts);
  const fact: SidecarFact = {
    fact: "sidecar",
    ...observed(place, object, isIgnored(metadata, settings)),
    selects: isObject(selector) ? labelsOf(selector, "spec.workloadSelector.labels", omitted) : undefined,
    spec,
    ...(typeof ours === "string" ? { ours: ours.split(",").filter((host) => host !== "") } : {}),
  };
  return finish(fact, omitted);
}

/** A ServiceExport or ServiceImport of the Multi-Cluster Services API (KEP-1645). */
export function exportFact(
  object: JsonObject,
  cluster: string,
  kind: ExportFact["kind"],
  settings: MeshSettings,
): ExportFact | undefined {
  const place = placeOf(object, cluster);
  if (place === undefined) return undefined;
  const omitted: Omitted = [];
  const metadata = objectAt(object, "metadata");
  const spec = boundedSpec(object, omitted);
  listAt(spec, "ports", limits.ports, "spec.ports", omitted);
  const fact: ExportFact = {
    fact: "export",
    ...observed(place, object, isIgnored(metadata, settings)),
    kind,
    generation: wholeAt(metadata, "generation", 0, Number.MAX_SAFE_INTEGER) ?? 0,
    spec,
  };
  return finish(fact, omitted);
}

function isIgnored(metadata: JsonObject, { discovery }: MeshSettings): boolean {
  return get(metadata["annotations"], discovery.ignoreAnnotation) === "true";
}
