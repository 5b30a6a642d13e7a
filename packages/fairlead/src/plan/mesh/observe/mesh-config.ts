import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import type { MeshFact } from "../model/facts.ts";
import type { MeshSettings } from "../model/settings.ts";
import { finish, nameOf, objectAt, observed, placeOf, type Omitted } from "./read.ts";

/** A mesh's configuration is a page or two. */
const limits = {
  total: 256 * 1024,
  document: 256 * 1024,
  depth: 50,
  documents: 1,
  nodes: 20_000,
  aliasNodes: 1000,
  aliasText: 65_536,
};

/**
 * The configuration of a cluster's Istio: the ConfigMap `istio`, or `istio-REVISION`, of its root namespace, with
 * `meshConfig` as YAML in `data.mesh`. Other ConfigMaps there have no such key.
 */
export function meshFact(object: JsonObject, cluster: string, settings: MeshSettings): MeshFact | undefined {
  const place = placeOf(object, cluster);
  const text = objectAt(object, "data")["mesh"];
  if (place === undefined || place.namespace !== settings.gateways.namespace || typeof text !== "string")
    return undefined;
  if (place.name !== "istio" && !place.name.startsWith("istio-")) return undefined;
  const omitted: Omitted = [];
  const { documents, findings } = parseStream(text, { limits });
  const config = documents[0]?.value;
  if (findings.some(({ severity }) => severity === "error") || (config !== undefined && !isObject(config))) {
    omitted.push("data.mesh");
  }
  const proxy = get(get(config, "defaultConfig"), "proxyMetadata");
  const fact: MeshFact = {
    fact: "mesh",
    ...observed(place, object, false),
    revision: place.name.slice("istio-".length),
    trustDomain: nameOf(get(config, "trustDomain")),
    dnsCapture: isOn(get(proxy, "ISTIO_META_DNS_CAPTURE")),
    dnsAutoAllocate: isOn(get(proxy, "ISTIO_META_DNS_AUTO_ALLOCATE")),
    network: nameOf(get(proxy, "ISTIO_META_NETWORK")),
  };
  return finish(fact, omitted);
}

/** Values of the environment are texts; YAML makes a boolean of one without quotes. */
function isOn(value: JsonValue | undefined): boolean {
  return value === true || value === "true" || value === "1";
}
