import { get, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { WrittenFact } from "../model/facts.ts";
import type { MeshSettings } from "../model/settings.ts";
import { createdByAnnotation, keyOf, managedByLabel, ownerAnnotation } from "../write/metadata.ts";
import { isBounded, limits, listAt, nameOf, objectAt, observed, placeOf } from "./read.ts";

/** What the server keeps of an object: nothing that a plan says, or is compared with. */
const serverFields = ["managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"];

/**
 * An object that we, or the predecessor, wrote; undefined for everybody else's. A mark proves nothing by itself, for
 * anybody can write it: only in namespaces that we write to, and where nobody else should, does it count. What bears it
 * elsewhere is `nobodys`: neither ours nor something that a user asks for.
 */
export function writtenFact(
  object: JsonObject,
  cluster: string,
  settings: MeshSettings,
): WrittenFact | "nobodys" | undefined {
  const place = placeOf(object, cluster);
  if (place === undefined) return undefined;
  const key = ownKey(object) ?? predecessorKey(object, cluster, settings);
  if (key === undefined) return undefined;
  if (!isWrittenTo(place.namespace, object["kind"], settings)) return "nobodys";
  if (!isBounded(object)) return undefined;
  const metadata: JsonObject = {};
  for (const [field, value] of Object.entries(objectAt(object, "metadata"))) {
    if (!serverFields.includes(field)) setOwn(metadata, field, value);
  }
  const kept: JsonObject = { ...object, metadata };
  delete kept["status"];
  return {
    fact: "written",
    ...observed(place, object, false),
    kind: nameOf(object["kind"]),
    apiVersion: nameOf(object["apiVersion"]),
    key,
    object: kept,
  };
}

/** Callers' rights stand beside the workloads that they are for, so they may be in any namespace, and are for it alone. */
function isWrittenTo(namespace: string, kind: JsonValue | undefined, { scope, gateways }: MeshSettings): boolean {
  return namespace === scope.syncNamespace || namespace === gateways.namespace || kind === "AuthorizationPolicy";
}

/** The key that the annotation names, on an object that carries our label. */
function ownKey(object: JsonObject): string | undefined {
  const metadata = objectAt(object, "metadata");
  if (get(metadata["labels"], managedByLabel) !== "fairlead") return undefined;
  const owner = get(metadata["annotations"], ownerAnnotation);
  return typeof owner === "string" && owner.length <= limits.annotation ? keyOf(owner) : undefined;
}

/**
 * By the predecessor's rules: an identity where an annotation names it; the namespace of `*.NAMESPACE.svc.…`; else
 * `host:HOST`, which is whose the host is.
 */
function predecessorKey(object: JsonObject, cluster: string, { discovery }: MeshSettings): string | undefined {
  const metadata = objectAt(object, "metadata");
  const annotations = objectAt(metadata, "annotations");
  const policy = nameOf(get(annotations, "associated-routing-policy-identity"));
  if (object["kind"] === "EnvoyFilter") return policy === "" ? undefined : `identity:${policy.toLowerCase()}`;
  const marked = get(annotations, createdByAnnotation) === "admiral";
  if (!marked && get(metadata["labels"], "admiral.io/vs-routing") !== "enabled") return undefined;
  const identity = nameOf(get(annotations, discovery.identityKey));
  if (identity !== "") return `identity:${identity.toLowerCase()}`;
  const host = hostOf(object);
  if (host === undefined) return undefined;
  const namespace = /^\*\.([^.]+)\.svc\./.exec(host)?.[1];
  return namespace === undefined ? `host:${host}` : `namespace:${cluster}/${namespace}`;
}

/** The first host, in lower case, without what the gateway's SNI puts in front. */
export function hostOf(object: JsonObject): string | undefined {
  const spec = objectAt(object, "spec");
  const host = nameOf(object["kind"] === "DestinationRule" ? spec["host"] : listAt(spec, "hosts", 1, "", [])[0]);
  return host === "" ? undefined : host.replace(/^outbound_\.\d+_\._\./, "").toLowerCase();
}

/** Kinds that we write. */
export const writtenKinds: ReadonlySet<string> = new Set([
  "networking.istio.io/ServiceEntry",
  "networking.istio.io/DestinationRule",
  "networking.istio.io/VirtualService",
  "networking.istio.io/EnvoyFilter",
  "security.istio.io/AuthorizationPolicy",
  "gateway.networking.k8s.io/Gateway",
  "gateway.networking.k8s.io/HTTPRoute",
  "gateway.networking.k8s.io/GRPCRoute",
]);

/** Whether a value is an object of a kind that we write. */
export function mayBeWritten(object: JsonObject): boolean {
  return isObject(object["metadata"]) && writtenKinds.has(groupKindOf(object));
}

/** `apps/Deployment`, `/Service`: the version does not matter. */
export function groupKindOf(object: JsonObject): string {
  const version = nameOf(object["apiVersion"]);
  const slash = version.indexOf("/");
  return `${slash < 0 ? "" : version.slice(0, slash)}/${nameOf(object["kind"])}`;
}
