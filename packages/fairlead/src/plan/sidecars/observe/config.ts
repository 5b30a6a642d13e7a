import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { ConfigFact } from "../model/facts.ts";
import { canonical, sha256 } from "./canonical.ts";
import { revisionLabel } from "./keys.ts";
import { at, objectAt, observedOf, textAt } from "./read.ts";

const injectorName = "istio-sidecar-injector";

/** What a ConfigMap is to injectors, by its name. */
export function configRole(name: string): ConfigFact["role"] | undefined {
  if (name === injectorName || name.startsWith(`${injectorName}-`)) return "injector";
  // Other ConfigMaps of this beginning hold certificates and the like.
  if (name === "istio" || /^istio-(?!ca-|gateway-|cni-|leader|namespace-)/.test(name)) return "mesh";
  return undefined;
}

/** What of a ConfigMap's data injectors read. */
export const configKeys = ["config", "values", "mesh", "meshNetworks"] as const;

export function configFact(object: JsonObject, cluster: string): ConfigFact | undefined {
  const observed = observedOf(object, cluster);
  const role = observed === undefined ? undefined : configRole(observed.name);
  if (observed === undefined || role === undefined) return undefined;
  const data = dataOf(object);
  if (role === "mesh" && typeof data["mesh"] !== "string") return undefined;
  const { values, problem } = role === "injector" ? valuesOf(data) : { values: {}, problem: undefined };
  const prefix = role === "injector" ? `${injectorName}-` : "istio-";
  return {
    fact: "config",
    ...observed,
    role,
    revision:
      textAt(object, "metadata", "labels", revisionLabel) ||
      textAt(values, "revision") ||
      textAt(values, "global", "revision") ||
      (observed.name.startsWith(prefix) ? observed.name.slice(prefix.length) : "default"),
    hash: sha256(canonical(data)),
    image: role === "injector" && problem === undefined ? imageOf(values) : undefined,
    problem,
  };
}

function dataOf(object: JsonObject): JsonObject {
  const from = objectAt(object, "data");
  const data: JsonObject = {};
  for (const key of configKeys) if (typeof from[key] === "string") data[key] = from[key];
  return data;
}

function valuesOf(data: JsonObject): { values: JsonObject; problem: string | undefined } {
  const text = data["values"];
  if (typeof text !== "string") return { values: {}, problem: "it has no values" };
  try {
    const values = JSON.parse(text) as JsonValue;
    return isObject(values) ? { values, problem: undefined } : { values: {}, problem: "its values are no object" };
  } catch {
    return { values: {}, problem: "its values are not JSON" };
  }
}

/** As Istio's injector puts an image together (1.20 to 1.31); undefined where it takes more than these values. */
function imageOf(values: JsonObject): string | undefined {
  const all = objectAt(values, "global");
  const image = textAt(all, "proxy", "image") || "proxyv2";
  if (image.includes("/")) return image;
  const hub = textAt(all, "hub");
  const tag = tagOf(at(all, "tag"));
  if (hub === "" || tag === "") return undefined;
  return `${hub}/${image}:${withVariant(tag, textAt(all, "variant"))}`;
}

function tagOf(tag: JsonValue | undefined): string {
  return typeof tag === "string" ? tag : typeof tag === "number" ? String(tag) : "";
}

function withVariant(tag: string, variant: string): string {
  if (variant === "") return tag;
  const plain = tag.replace(/-(distroless|debug)$/, "");
  return variant === "default" ? plain : `${plain}-${variant}`;
}
