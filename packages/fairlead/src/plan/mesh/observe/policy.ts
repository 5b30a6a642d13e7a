import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { shiftAnnotation } from "../identity/shift/shift-of.ts";
import type { PolicyFact, PolicyKind } from "../model/facts.ts";
import type { MeshSettings } from "../model/settings.ts";
import {
  boundedSpec,
  finish,
  isWord,
  labelAt,
  labelsOf,
  limits,
  objectAt,
  observed,
  placeOf,
  wholeAt,
  type Omitted,
} from "./read.ts";

/** A policy of the `admiral.io` group. */
export function policyFact(
  object: JsonObject,
  cluster: string,
  kind: PolicyKind,
  settings: MeshSettings,
): PolicyFact | undefined {
  const { discovery } = settings;
  const place = placeOf(object, cluster);
  if (place === undefined || !isRead(kind, place.namespace, settings)) return undefined;
  const omitted: Omitted = [];
  const metadata = objectAt(object, "metadata");
  const keys = [
    shiftAnnotation,
    discovery.policyIdentityKey,
    discovery.identityKey,
    discovery.envKey,
    "env",
    discovery.priorityKey,
  ];
  const wanted = [...keys, "asset", "lastUpdatedAt", "isSlowStartDisabled", discovery.ignoreLabel];
  const labels = labelsOf(metadata["labels"], "metadata.labels", omitted, wanted);
  const annotations = labelsOf(metadata["annotations"], "metadata.annotations", [], wanted, isWord);
  const spec = boundedSpec(object, omitted);
  const selected = (key: string): string | undefined => word(get(spec["selector"], key));
  const identityKey = identityKeyOf(kind, settings);
  const named = labelAt(labels, identityKey) ?? selected(identityKey);
  const env =
    labelAt(annotations, discovery.envKey) ??
    labelAt(labels, discovery.envKey) ??
    selected(discovery.envKey) ??
    labelAt(labels, "env") ??
    selected("env");
  const ignored =
    get(metadata["annotations"], discovery.ignoreAnnotation) === "true" ||
    labelAt(labels, discovery.ignoreLabel) === "true";
  const priority = Number(labelAt(labels, discovery.priorityKey) ?? "0");
  const fact: PolicyFact = {
    fact: "policy",
    ...observed(place, object, ignored),
    kind,
    labels,
    annotations,
    identity: named?.toLowerCase() ?? (discovery.withoutIdentity === "default" ? "default" : undefined),
    env: env ?? (discovery.policyWithoutEnv === "default" ? "default" : ""),
    priority: Number.isSafeInteger(priority) ? priority : 0,
    lastUpdatedAt: labelAt(annotations, "lastUpdatedAt") ?? "",
    generation: wholeAt(metadata, "generation", 0, Number.MAX_SAFE_INTEGER) ?? 0,
    spec,
  };
  return finish(fact, omitted);
}

/** A TrafficConfig is read where Dependencies are. */
function isRead(kind: PolicyKind, namespace: string, { scope }: MeshSettings): boolean {
  return kind !== "TrafficConfig" || scope.dependencyNamespace === undefined || scope.dependencyNamespace === namespace;
}

/** The key by which a policy of a kind names its identity. */
function identityKeyOf(kind: PolicyKind, { discovery }: MeshSettings): string {
  if (kind === "TrafficConfig") return "asset";
  return kind === "RoutingPolicy" ? discovery.identityKey : discovery.policyIdentityKey;
}

function word(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= limits.text ? value : undefined;
}
