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
import { sharesAnnotation, sinceAnnotation, towardsAnnotation } from "./identity/shift/shares.ts";
import type { Fleet, MeshKey } from "./model/fleet.ts";
import { policyAnnotation } from "./write/metadata.ts";

/** What stays as it is written, whatever is planned. */
export interface AsWritten {
  /** The object that is written, where it counts in place of the planned one. */
  inPlaceOf(planned: KrmObject, cluster: string): KrmObject;
  /** Objects that stay although nothing known asks for them. */
  besides(cluster: string): readonly KrmObject[];
}

/** Hosts, in lower case, that what cannot be seen now has to do with. */
export interface Unseen {
  /** Their rules were shaped by it. */
  readonly held: ReadonlySet<string>;
  /** They are served by it, and it may have policies for them. */
  readonly shaped: ReadonlySet<string>;
  /** They follow from it alone. */
  readonly kept: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();
const nothing: Unseen = { held: none, shaped: none, kept: none };

/**
 * Of rules for hosts that an unread cluster serves, what OutlierDetections, ClientConnectionConfigs and slow starts say
 * stays: the policy that counts may be there. Where requests go follows from what is known, so that people can take them
 * away from a cluster that is lost. Among the predecessor's objects, a ServiceEntry stays too that differs in nothing but the order of its endpoints:
 * that is an accident there.
 */
export function asWritten(fleet: Fleet, key: MeshKey, unseen: Unseen = nothing): AsWritten {
  const { held, shaped, kept } = unseen;
  const { marks } = fleet.settings.writing;
  if (held.size === 0 && shaped.size === 0 && kept.size === 0 && marks === "fairlead") {
    return { inPlaceOf: (planned) => planned, besides: () => [] };
  }
  const facts = fleet.written(key);
  const byPlace = new Map(facts.map(({ cluster, object }) => [`${cluster}\n${refKey(refOf(object))}`, object]));
  return {
    inPlaceOf(planned, cluster) {
      const known = byPlace.get(`${cluster}\n${refKey(refOf(planned))}`);
      if (known === undefined) return planned;
      if (planned.kind === "DestinationRule" && held.has(hostOf(planned))) return known as KrmObject;
      if (planned.kind === "ServiceEntry" && held.has(hostOf(planned)) && marks === "fairlead") {
        return withNotes(planned, known);
      }
      if (planned.kind === "DestinationRule" && shaped.has(hostOf(planned))) return withDetails(planned, known);
      return marks === "predecessor" && planned.kind === "ServiceEntry" ? inWrittenOrder(planned, known) : planned;
    },
    besides: (cluster) =>
      facts
        .filter((fact) => fact.cluster === cluster && kept.has(hostOf(fact.object)))
        .map(({ object }) => object as KrmObject),
  };
}

/** What says of a host which policy shaped it, and how far its shares have come. */
const notes = [policyAnnotation, sharesAnnotation, sinceAnnotation, towardsAnnotation];

function withNotes(planned: KrmObject, known: JsonObject): KrmObject {
  const written = objectIn(objectIn(known, "metadata"), "annotations");
  const kept = notes.flatMap((name) => {
    const text = get(written, name);
    return typeof text === "string" ? [[name, text] as const] : [];
  });
  if (kept.length === 0) return planned;
  const annotations = { ...planned.metadata.annotations, ...Object.fromEntries(kept) };
  return { ...planned, metadata: { ...planned.metadata, annotations } };
}

const details = ["connectionPool", "tunnel", "outlierDetection"];
const warmUps = ["warmup", "warmupDurationSecs"];

/** The planned rule with the written details of how it deals with endpoints. */
function withDetails(planned: KrmObject, known: JsonObject): KrmObject {
  const spec = objectIn(planned, "spec");
  const own = objectIn(spec, "trafficPolicy");
  const written = objectIn(objectIn(known, "spec"), "trafficPolicy");
  const balancer = taking(objectIn(own, "loadBalancer"), objectIn(written, "loadBalancer"), warmUps);
  const trafficPolicy = taking(
    Object.hasOwn(own, "loadBalancer") ? { ...own, loadBalancer: balancer } : own,
    written,
    details,
  );
  return { ...planned, spec: { ...spec, trafficPolicy } };
}

function taking(own: JsonObject, other: JsonObject, fields: readonly string[]): JsonObject {
  const rest = Object.entries(own).filter(([field]) => !fields.includes(field));
  const taken = fields.flatMap((field): [string, JsonValue][] =>
    Object.hasOwn(other, field) ? [[field, other[field]!]] : [],
  );
  return Object.fromEntries([...rest, ...taken]);
}

function objectIn(value: JsonObject, field: string): JsonObject {
  const found = get(value, field);
  return isObject(found) ? found : {};
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
