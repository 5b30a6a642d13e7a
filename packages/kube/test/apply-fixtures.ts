import { clone, equal, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { ApplySetOptions, ApplySetParent } from "../src/apply/apply-set.ts";
import { applySetId, partOfLabel } from "../src/apply/plan/parent.ts";
import type { Compare } from "../src/apply/plan/plan-object.ts";
import type { Resource } from "../src/resource.ts";

function resource(group: string, version: string, kind: string, plural: string, namespaced = true): Resource {
  const verbs = ["get", "list", "watch", "create", "update", "patch", "delete"];
  return { group, version, kind, plural, namespaced, verbs };
}

/** A small cluster's kinds. */
export const builtinResources: readonly Resource[] = [
  resource("", "v1", "Namespace", "namespaces", false),
  resource("", "v1", "ConfigMap", "configmaps"),
  resource("", "v1", "Secret", "secrets"),
  resource("", "v1", "Service", "services"),
  resource("", "v1", "ServiceAccount", "serviceaccounts"),
  resource("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
  resource("", "v1", "PersistentVolume", "persistentvolumes", false),
  resource("", "v1", "Pod", "pods"),
  resource("apps", "v1", "Deployment", "deployments"),
  resource("apps", "v1", "ReplicaSet", "replicasets"),
  resource("apps", "v1", "StatefulSet", "statefulsets"),
  resource("batch", "v1", "Job", "jobs"),
  resource("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
  resource("rbac.authorization.k8s.io", "v1", "Role", "roles"),
  resource("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings"),
  resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false),
  resource(
    "admissionregistration.k8s.io",
    "v1",
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    false,
  ),
];

export function lookup(resources: readonly Resource[] = builtinResources) {
  return ({ apiVersion, kind }: { apiVersion: string; kind: string }): Resource | undefined =>
    resources.find(
      (one) => one.kind === kind && (one.group === "" ? one.version : `${one.group}/${one.version}`) === apiVersion,
    );
}

/** `object("apps/v1 Deployment shop/web", {spec: …})`. */
export function object(text: string, rest: JsonObject = {}): KrmObject {
  const [apiVersion = "", kind = "", place = ""] = text.split(" ");
  const [first = "", second] = place.split("/");
  const metadata = second === undefined ? { name: first } : { namespace: first, name: second };
  const { metadata: more, ...fields } = rest;
  return { apiVersion, kind, metadata: { ...metadata, ...(isObject(more) ? more : {}) }, ...fields };
}

export const setParent: ApplySetParent = {
  resource: resource("", "v1", "ConfigMap", "configmaps"),
  key: { namespace: "shop", name: "shop-set" },
};

export function setOptions(changes: Partial<ApplySetOptions> = {}): ApplySetOptions {
  return {
    parent: setParent,
    fieldManager: "fairlead/apply",
    tooling: "fairlead/v0.1.0",
    prune: true,
    adopt: false,
    complete: true,
    ...changes,
  };
}

/** The object as it lies in the cluster once this set has applied it. */
export function memberOf(desired: KrmObject, options: ApplySetOptions = setOptions()): KrmObject {
  const labels = { ...desired.metadata.labels, [partOfLabel]: applySetId(options.parent) };
  const namespace = desired.metadata.namespace === undefined ? {} : { namespace: desired.metadata.namespace };
  return {
    ...clone(desired),
    metadata: {
      ...desired.metadata,
      ...namespace,
      labels,
      managedFields: [applied(options.fieldManager, "Apply", partOfLabel)],
    },
  };
}

/** An entry of `managedFields` that owns nothing, or a label. */
export function applied(manager: string, operation = "Apply", label?: string): JsonObject {
  const fieldsV1: JsonObject = label === undefined ? {} : { "f:metadata": { "f:labels": { [`f:${label}`]: {} } } };
  return { manager, operation, apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1 };
}

/** Needed when the two differ; what the cluster alone knows does not count. */
export const compareWhole: Compare = (desired, observed) => {
  const bare = (value: KrmObject): JsonValue => {
    const { managedFields: _, uid: __, resourceVersion: ___, ...metadata } = value.metadata;
    return { ...value, metadata };
  };
  return { needed: !equal(bare(desired), bare(observed)), conflicts: [] };
};

/** What a plan does, in short: `create Deployment shop/web`. */
export function stepLines(plan: { steps: readonly { kind: string; object: { kind: string } }[] }): string[] {
  return plan.steps.map(({ kind, object: ref }) => {
    const { namespace, name } = ref as { namespace?: string; name?: string };
    return `${kind} ${ref.kind} ${namespace === undefined ? "" : `${namespace}/`}${name ?? ""}`;
  });
}

export function codesOf({ findings }: { findings: readonly { code: string; severity: string }[] }): string[] {
  return findings.map(({ code, severity }) => `${code} ${severity}`);
}
