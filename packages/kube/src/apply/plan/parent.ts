import { createHash } from "node:crypto";
import { compareText, get } from "@fairlead/apimachinery";
import { groupOf, type KrmObject } from "@fairlead/krm";
import { apiVersionOf, type ObjectKey } from "../../resource.ts";
import type { ApplySetParent } from "../apply-set.ts";

export const idLabel = "applyset.kubernetes.io/id";
export const partOfLabel = "applyset.kubernetes.io/part-of";
export const toolingAnnotation = "applyset.kubernetes.io/tooling";
export const kindsAnnotation = "applyset.kubernetes.io/contains-group-kinds";
export const namespacesAnnotation = "applyset.kubernetes.io/additional-namespaces";

/**
 * The id of the set that an object stands for, `applyset-<base64url(sha256("<name>.<namespace>.<kind>.<group>"))>-v1`.
 * https://github.com/kubernetes/enhancements/tree/master/keps/sig-cli/3659-kubectl-apply-prune
 */
export function applySetId(parent: Pick<ApplySetParent, "resource" | "key">): string {
  const { kind, group } = parent.resource;
  const text = [parent.key.name, parent.key.namespace ?? "", kind, group].join(".");
  return `applyset-${createHash("sha256").update(text).digest("base64url")}-v1`;
}

/** `fairlead` of `fairlead/v0.1.0`. A name may hold slashes, a version may not. */
export function toolName(tooling: string): string {
  const slash = tooling.lastIndexOf("/");
  return slash < 0 ? tooling : tooling.slice(0, slash);
}

/** Who owns the set's labels and annotations on its parent, as kubectl's `kubectl-applyset`. */
export function parentManager(tooling: string): string {
  return `${toolName(tooling)}-applyset`;
}

/** A group and kind without a version. */
export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

export function parseGroupKind(text: string): GroupKind {
  const dot = text.indexOf(".");
  return dot < 0 ? { group: "", kind: text } : { group: text.slice(dot + 1), kind: text.slice(0, dot) };
}

/** What a parent object says about its set. */
export interface ParentState {
  readonly id: string | undefined;
  readonly tooling: string | undefined;
  /** Sorted `Kind.group`s; undefined when the parent does not say. */
  readonly kinds: readonly string[] | undefined;
  /** All namespaces that members may be in, the parent's own included. Sorted. */
  readonly namespaces: readonly string[];
}

export function parentState(parent: KrmObject): ParentState {
  const metadata = get(parent, "metadata");
  const annotation = (name: string): string | undefined => stringOf(get(get(metadata, "annotations"), name));
  const kinds = annotation(kindsAnnotation);
  const own = stringOf(get(metadata, "namespace"));
  const namespaces = [...words(annotation(namespacesAnnotation)), ...(own === undefined || own === "" ? [] : [own])];
  return {
    id: stringOf(get(get(metadata, "labels"), idLabel)),
    tooling: annotation(toolingAnnotation),
    kinds: kinds === undefined ? undefined : sorted(words(kinds)),
    namespaces: sorted(namespaces),
  };
}

function words(list: string | undefined): string[] {
  return (list ?? "").split(",").filter((word) => word !== "");
}

function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function sorted(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort(compareText);
}

/** What a set holds: the part of the parent that changes from run to run. */
export interface Extent {
  readonly kinds: readonly string[];
  readonly namespaces: readonly string[];
}

/** What a parent names. */
export function extentOf(parent: KrmObject): Extent {
  const { kinds = [], namespaces } = parentState(parent);
  return { kinds, namespaces };
}

/** What either holds. */
export function joined(a: Extent, b: Extent): Extent {
  return { kinds: sorted([...a.kinds, ...b.kinds]), namespaces: sorted([...a.namespaces, ...b.namespaces]) };
}

/** What is applied to the parent under `parentManager(tooling)`: nothing but the set's labels and annotations. */
export function parentObject(parent: ApplySetParent, tooling: string, extent: Extent): KrmObject {
  const { resource, key } = parent;
  const others = sorted(extent.namespaces).filter((namespace) => namespace !== key.namespace);
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name: key.name,
      ...(key.namespace === undefined ? {} : { namespace: key.namespace }),
      labels: { [idLabel]: applySetId(parent) },
      annotations: {
        [toolingAnnotation]: tooling,
        [kindsAnnotation]: sorted(extent.kinds).join(","),
        [namespacesAnnotation]: others.join(","),
      },
    },
  };
}

/** Whether the parent says all of this already. A newer version of the same tool is no reason to write it. */
export function saysTheSame(observed: KrmObject, wanted: KrmObject): boolean {
  const [now, then] = [parentState(observed), parentState(wanted)];
  return (
    now.id === then.id &&
    now.tooling !== undefined &&
    toolName(now.tooling) === toolName(then.tooling ?? "") &&
    (now.kinds ?? ["?"]).join() === then.kinds?.join() &&
    now.namespaces.join() === then.namespaces.join()
  );
}

/** Whether an object is the parent itself, in whatever version. */
export function isParent(parent: ApplySetParent, ref: { apiVersion: string; kind: string } & ObjectKey): boolean {
  const { resource, key } = parent;
  return (
    ref.kind === resource.kind &&
    groupOf(ref.apiVersion) === resource.group &&
    ref.name === key.name &&
    (ref.namespace ?? "") === (key.namespace ?? "")
  );
}
