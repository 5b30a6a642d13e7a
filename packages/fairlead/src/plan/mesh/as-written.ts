import {
  canonicalJson,
  compareText,
  equal,
  get,
  isObject,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { type KrmObject, refKey, refOf } from "@fairlead/krm";
import type { Fleet, MeshKey } from "./model/fleet.ts";

/** What stays as it is written, whatever is planned. */
export interface AsWritten {
  /** The object that is written, where it counts in place of the planned one. */
  inPlaceOf(planned: KrmObject, cluster: string): KrmObject;
  /** Objects that stay although nothing known asks for them. */
  besides(cluster: string): readonly KrmObject[];
}

const none: ReadonlySet<string> = new Set();

/**
 * `held`: hosts whose rules were shaped by what cannot be seen now. `kept`: hosts that follow from what cannot be seen at
 * all. Among the predecessor's objects, a ServiceEntry stays too that differs in nothing but the order of its endpoints:
 * that is an accident there.
 */
export function asWritten(fleet: Fleet, key: MeshKey, held = none, kept = none): AsWritten {
  const { marks } = fleet.settings.writing;
  if (held.size === 0 && kept.size === 0 && marks === "fairlead") {
    return { inPlaceOf: (planned) => planned, besides: () => [] };
  }
  const facts = fleet.written(key);
  const byPlace = new Map(facts.map(({ cluster, object }) => [`${cluster}\n${refKey(refOf(object))}`, object]));
  return {
    inPlaceOf(planned, cluster) {
      const known = byPlace.get(`${cluster}\n${refKey(refOf(planned))}`);
      if (known === undefined) return planned;
      if (planned.kind === "DestinationRule" && held.has(hostOf(planned))) return known as KrmObject;
      return marks === "predecessor" && planned.kind === "ServiceEntry" ? inWrittenOrder(planned, known) : planned;
    },
    besides: (cluster) =>
      facts
        .filter((fact) => fact.cluster === cluster && kept.has(hostOf(fact.object)))
        .map(({ object }) => object as KrmObject),
  };
}

function inWrittenOrder(planned: KrmObject, known: JsonObject): KrmObject {
  const spec = isObject(planned["spec"]) ? planned["spec"] : {};
  const own = spec["endpoints"];
  const endpoints = get(get(known, "spec"), "endpoints");
  if (!Array.isArray(own) || !Array.isArray(endpoints) || !equal(sortedTexts(own), sortedTexts(endpoints)))
    return planned;
  return { ...planned, spec: { ...spec, endpoints } };
}

function sortedTexts(values: readonly JsonValue[]): readonly string[] {
  return values.map(canonicalJson).sort(compareText);
}

/** The host that an object is about, in lower case; empty if it is about none. */
function hostOf(object: JsonObject): string {
  const spec = get(object, "spec");
  const hosts = get(spec, "hosts");
  const host = get(spec, "host") ?? (Array.isArray(hosts) ? hosts[0] : undefined);
  return typeof host === "string" ? host.toLowerCase() : "";
}
