import { get } from "@fairlead/apimachinery";
import { formatRef, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { partOfLabel, sorted } from "./parent.ts";

/** Another set that was found in the cluster. */
export interface KnownSet {
  readonly parent: ObjectRef;
  readonly tooling?: string;
}

export type Belonging =
  /** A member, or applied by this manager before: ours to change. */
  | { readonly kind: "ours" }
  /** A member of a set that the plan may take members from. */
  | { readonly kind: "absorbed"; readonly set: string }
  | { readonly kind: "member"; readonly set: string }
  /** Nobody's set; who wrote it, for people. */
  | { readonly kind: "foreign"; readonly owners: readonly string[] };

export interface BelongingOptions {
  readonly id: string;
  readonly fieldManager: string;
  readonly absorbs: readonly string[];
  readonly sets: ReadonlyMap<string, KnownSet>;
}

/** To whom an object of the cluster belongs. */
export function belongingOf(object: KrmObject, { id, fieldManager, absorbs, sets }: BelongingOptions): Belonging {
  const set = membership(object);
  if (set === id) return { kind: "ours" };
  if (set !== undefined) {
    return absorbs.includes(set) ? { kind: "absorbed", set } : { kind: "member", set: setName(set, sets) };
  }
  // Its label was removed by hand, or a set of an earlier form applied it.
  const applied = managedFields(object).some(
    (entry) => get(entry, "manager") === fieldManager && get(entry, "operation") === "Apply",
  );
  return applied ? { kind: "ours" } : { kind: "foreign", owners: ownersOf(object) };
}

/**
 * The id of the set that an object was put into. Controllers copy labels: a Service's to its Endpoints and slices, a
 * ScaledObject's to its autoscaler. Such a copy is no member, whatever its label says, and must not be pruned: its
 * label was set neither by server-side apply nor by kubectl.
 */
export function membership(object: KrmObject): string | undefined {
  const set = labelOf(object, partOfLabel);
  return set === undefined || set === "" || isCopied(object) ? undefined : set;
}

const copiedKinds = new Set(["Endpoints", "EndpointSlice"]);

function isCopied(object: KrmObject): boolean {
  const entries = managedFields(object);
  if (entries.length > 0) {
    return !entries.some((entry) => {
      const labels = get(get(get(entry, "fieldsV1"), "f:metadata"), "f:labels");
      if (get(labels, `f:${partOfLabel}`) === undefined) return false;
      const manager = get(entry, "manager");
      return get(entry, "operation") === "Apply" || (typeof manager === "string" && manager.startsWith("kubectl"));
    });
  }
  // Without the managers, which some readers leave out.
  const owners = get(object.metadata, "ownerReferences");
  const isControlled = Array.isArray(owners) && owners.some((owner) => get(owner, "controller") === true);
  return isControlled || copiedKinds.has(object.kind);
}

function setName(id: string, sets: ReadonlyMap<string, KnownSet>): string {
  const known = sets.get(id);
  if (known === undefined) return id;
  const by = known.tooling === undefined ? "" : ` of ${known.tooling}`;
  return `${formatRef(known.parent)}${by}`;
}

export function labelOf(object: KrmObject, name: string): string | undefined {
  const value = get(get(get(object, "metadata"), "labels"), name);
  return typeof value === "string" ? value : undefined;
}

function annotationOf(object: KrmObject, name: string): string | undefined {
  const value = get(get(get(object, "metadata"), "annotations"), name);
  return typeof value === "string" ? value : undefined;
}

function managedFields(object: KrmObject): readonly unknown[] {
  const entries = get(get(object, "metadata"), "managedFields");
  return Array.isArray(entries) ? entries : [];
}

/** How other tools mark what they manage. */
const marks: readonly ((object: KrmObject) => string | undefined)[] = [
  (object) => {
    const release = annotationOf(object, "meta.helm.sh/release-name");
    const namespace = annotationOf(object, "meta.helm.sh/release-namespace");
    return release && `Helm release ${namespace === undefined ? release : `${namespace}/${release}`}`;
  },
  // `APP:GROUP/KIND:NAMESPACE/NAME`
  (object) => prefixed("Argo CD application ", annotationOf(object, "argocd.argoproj.io/tracking-id")?.split(":")[0]),
  (object) => prefixed("Argo CD application ", labelOf(object, "argocd.argoproj.io/instance")),
  (object) => prefixed("Flux Kustomization ", labelOf(object, "kustomize.toolkit.fluxcd.io/name")),
  (object) => prefixed("Flux HelmRelease ", labelOf(object, "helm.toolkit.fluxcd.io/name")),
  (object) => prefixed("kpt inventory ", annotationOf(object, "config.k8s.io/owning-inventory")),
  (object) => prefixed("kapp application ", labelOf(object, "kapp.k14s.io/app")),
  (object) => prefixed("", labelOf(object, "app.kubernetes.io/managed-by")),
];

function prefixed(prefix: string, name: string | undefined): string | undefined {
  return name === undefined || name === "" ? undefined : `${prefix}${name}`;
}

/** Everybody who claims an object, for people: `Helm release shop/web`, `field manager kubectl-client-side-apply`. */
export function ownersOf(object: KrmObject): readonly string[] {
  const owners = marks.flatMap((mark) => mark(object) ?? []);
  const references = get(get(object, "metadata"), "ownerReferences");
  for (const reference of Array.isArray(references) ? references : []) {
    const [kind, name] = [get(reference, "kind"), get(reference, "name")];
    if (typeof kind === "string" && typeof name === "string") owners.push(`its owner ${kind} ${name}`);
  }
  const managers = managedFields(object)
    .filter((entry) => (get(entry, "subresource") ?? "") === "")
    .map((entry) => get(entry, "manager"))
    .filter((manager) => typeof manager === "string");
  for (const manager of sorted(managers)) owners.push(`field manager ${manager}`);
  return [...new Set(owners)];
}
