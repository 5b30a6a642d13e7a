import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { ServiceFact, ServicePort } from "../model/facts.ts";
import type { MeshSettings } from "../model/settings.ts";
import { wantedKeys } from "./keys.ts";
import {
  finish,
  isWord,
  labelsOf,
  limits,
  listAt,
  nameOf,
  objectAt,
  observed,
  placeOf,
  textsAt,
  wholeAt,
  type Omitted,
} from "./read.ts";

export function serviceFact(object: JsonObject, cluster: string, settings: MeshSettings): ServiceFact | undefined {
  const place = placeOf(object, cluster);
  if (place === undefined) return undefined;
  const omitted: Omitted = [];
  const metadata = objectAt(object, "metadata");
  const spec = objectAt(object, "spec");
  const wanted = wantedKeys(settings);
  const ignored = get(metadata["annotations"], settings.discovery.ignoreAnnotation) === "true";
  const fact: ServiceFact = {
    fact: "service",
    ...observed(place, object, ignored),
    labels: labelsOf(metadata["labels"], "metadata.labels", omitted, wanted),
    annotations: labelsOf(metadata["annotations"], "metadata.annotations", [], wanted, isWord),
    // An ExternalName Service selects nothing, whatever it says.
    selector: spec["type"] === "ExternalName" ? {} : labelsOf(spec["selector"], "spec.selector", omitted),
    ports: servicePorts(spec, "spec.ports", omitted),
    headless: spec["clusterIP"] === "None",
    externalIPs: textsAt(spec, "externalIPs", limits.addresses, "spec.externalIPs", omitted),
    ingress: ingressOf(object, omitted),
  };
  return finish(fact, omitted);
}

/** Ports as a Service lists them; those without a number are left out. */
export function servicePorts(spec: JsonObject, path: string, omitted: Omitted, key = "ports"): ServicePort[] {
  const ports: ServicePort[] = [];
  for (const item of listAt(spec, key, limits.ports, path, omitted)) {
    const port = isObject(item) ? (wholeAt(item, "port", 1, 65_535) ?? wholeAt(item, "number", 1, 65_535)) : undefined;
    if (!isObject(item) || port === undefined) {
      omitted.push(path);
      continue;
    }
    const target = item["targetPort"];
    ports.push({
      name: nameOf(item["name"]),
      port,
      targetPort: typeof target === "string" ? nameOf(target) : (wholeAt(item, "targetPort", 1, 65_535) ?? port),
      protocol: nameOf(item["protocol"]) || "TCP",
      appProtocol: nameOf(item["appProtocol"]),
      nodePort: wholeAt(item, "nodePort", 1, 65_535) ?? 0,
    });
  }
  return ports;
}

function ingressOf(object: JsonObject, omitted: Omitted): string[] {
  const balancer = objectAt(object, "status", "loadBalancer");
  const items = listAt(balancer, "ingress", limits.addresses, "status.loadBalancer.ingress", omitted);
  const named = (key: string): string[] => items.map((item) => nameOf(get(item, key))).filter((text) => text !== "");
  return [...named("hostname"), ...named("ip")];
}
