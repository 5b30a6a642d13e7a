import { compareText, get, statusOf, type JsonValue, type ObjectStatus } from "@fairlead/apimachinery";
import { formatRef, refKey, refOf, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { ownerAnnotation } from "../../plan/names.ts";

export type NodeState = "ready" | "waiting" | "failed" | "missing";

/** An object, or a declaration that is not in the cluster itself, with what belongs to it. */
export interface StatusNode {
  readonly ref: ObjectRef;
  readonly state: NodeState;
  /** By kstatus, such as `2 of 3 replicas are available`; empty where there is nothing to say. */
  readonly reason: string;
  /** A root of Fairlead's kinds. */
  readonly declared?: boolean;
  readonly children: readonly StatusNode[];
}

/** What to look at. */
export interface StatusRoot {
  readonly ref: ObjectRef;
  /** What it is known to consist of, such as what a declaration in a file becomes. */
  readonly members?: readonly ObjectRef[];
  /** One of Fairlead's kinds: it need not be in the cluster for what came from it to be. */
  readonly declared: boolean;
}

/** How many finished Jobs of a CronJob are shown. */
const shownJobs = 3;

/**
 * What became of the roots: children are named by `ownerReferences`, by the annotation of the declaration that they came
 * from, and by the roots themselves. Replica sets of former versions without replicas are left out.
 */
export function buildForest(
  objects: readonly KrmObject[],
  roots: readonly StatusRoot[],
  now: number,
): readonly StatusNode[] {
  const byKey = new Map(objects.map((object) => [keyOf(refOf(object)), object]));
  const byOwner = new Map<string, KrmObject[]>();
  const byDeclaration = new Map<string, KrmObject[]>();
  const uids = new Set(objects.map(({ metadata }) => metadata["uid"]));
  for (const object of objects) {
    const owners = ownersOf(object);
    for (const uid of owners) add(byOwner, uid, object);
    // Controllers copy annotations to what they make, which stands below its owner already.
    const declaration = owners.some((uid) => uids.has(uid)) ? undefined : declarationOf(object);
    if (declaration !== undefined) add(byDeclaration, textOf(declaration), object);
  }

  function nodeOf(object: KrmObject, above: ReadonlySet<string>): StatusNode {
    const ref = refOf(object);
    const key = keyOf(ref);
    const { status, reason, message } = statusOf(object, { now });
    // Owners in a circle are nobody's doing, and must not hang a command.
    const inside = new Set([...above, key]);
    const uid = object.metadata["uid"];
    const own = typeof uid === "string" ? (byOwner.get(uid) ?? []) : [];
    const children = current(own.filter((child) => !inside.has(keyOf(refOf(child)))));
    return {
      ref,
      state: stateOf(status),
      // Kinds without a status have nothing to say.
      reason: reason === "Current" ? "" : message,
      children: children.map((child) => nodeOf(child, inside)).sort(byRef),
    };
  }

  function rootOf(root: StatusRoot): StatusNode {
    const object = byKey.get(keyOf(root.ref));
    const members = new Map<string, StatusNode>();
    const put = (member: KrmObject): void => {
      const key = keyOf(refOf(member));
      if (key !== keyOf(root.ref)) members.set(key, nodeOf(member, new Set([keyOf(root.ref)])));
    };
    for (const ref of root.members ?? []) {
      const member = byKey.get(keyOf(ref));
      if (member === undefined) members.set(keyOf(ref), missing(ref));
      else put(member);
    }
    if (root.declared) for (const member of byDeclaration.get(textOf(root.ref)) ?? []) put(member);
    const own = object === undefined ? undefined : nodeOf(object, new Set());
    for (const child of own?.children ?? []) if (!members.has(keyOf(child.ref))) members.set(keyOf(child.ref), child);
    const children = [...members.values()].sort(byRef);
    if (own !== undefined && (!root.declared || hasStatus(object!))) return { ...own, children };
    if (!root.declared || (own === undefined && children.length === 0)) return missing(root.ref);
    return { ref: root.ref, ...summary(children), children };
  }

  return roots.map((root) => ({ ...rootOf(root), ...(root.declared ? { declared: true } : {}) }));
}

/** Every declaration of these kinds that is there or that objects say they came from, as roots. */
export function declaredRoots(objects: readonly KrmObject[], apiVersion: string): StatusRoot[] {
  const roots = new Map<string, StatusRoot>();
  for (const object of objects) {
    const declaration = object.apiVersion === apiVersion ? refOf(object) : declarationOf(object);
    if (declaration === undefined) continue;
    const ref = { ...declaration, apiVersion };
    roots.set(textOf(ref), { ref, declared: true });
  }
  return [...roots.values()].sort(byRef);
}

type Declaration = Omit<ObjectRef, "apiVersion">;

/** The declaration that an object came from; one without a namespace is in the object's. */
function declarationOf({ metadata }: KrmObject): Declaration | undefined {
  const text = metadata.annotations?.[ownerAnnotation];
  const [kind, inNamespace, name, rest] = typeof text === "string" ? text.split("/") : [];
  if (kind === undefined || inNamespace === undefined || name === undefined || rest !== undefined) return undefined;
  const namespace = inNamespace === "" ? metadata.namespace : inNamespace;
  return { kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

function textOf({ kind, namespace, name }: Declaration): string {
  return `${kind}/${namespace ?? ""}/${name}`;
}

/** Without the version: the server may answer in another one. */
function keyOf(ref: ObjectRef): string {
  const slash = ref.apiVersion.indexOf("/");
  return refKey({ ...ref, apiVersion: slash < 0 ? "v1" : `${ref.apiVersion.slice(0, slash)}/*` });
}

function ownersOf(object: KrmObject): string[] {
  const references = get(object.metadata as JsonValue, "ownerReferences");
  return (Array.isArray(references) ? references : []).flatMap((one) => {
    const uid = get(one, "uid");
    return typeof uid === "string" ? [uid] : [];
  });
}

/** Without replica sets that are only kept to go back to, and Jobs that ended before the last ones. */
function current(children: readonly KrmObject[]): KrmObject[] {
  const jobs = children
    .filter((child) => child.kind === "Job" && get(child["status"], "completionTime") !== undefined)
    .sort((a, b) => compareText(startOf(b), startOf(a)))
    .slice(shownJobs);
  const old = new Set(jobs);
  return children.filter((child) => !old.has(child) && !(child.kind === "ReplicaSet" && isEmpty(child)));
}

function startOf(job: KrmObject): string {
  const time = get(job["status"], "startTime");
  return typeof time === "string" ? time : "";
}

function isEmpty(replicaSet: KrmObject): boolean {
  return get(replicaSet["spec"], "replicas") === 0 && (get(replicaSet["status"], "replicas") ?? 0) === 0;
}

function hasStatus(object: KrmObject): boolean {
  return Array.isArray(get(object["status"], "conditions"));
}

function missing(ref: ObjectRef): StatusNode {
  return { ref, state: "missing", reason: "it does not exist", children: [] };
}

function stateOf(status: ObjectStatus["status"]): NodeState {
  if (status === "Current") return "ready";
  if (status === "NotFound") return "missing";
  return status === "Failed" ? "failed" : "waiting";
}

/** A declaration without a controller is what came from it: the worst of that, and the first to say so. */
function summary(children: readonly StatusNode[]): Pick<StatusNode, "state" | "reason"> {
  for (const state of ["failed", "missing", "waiting"] as const) {
    const first = children.find((child) => child.state === state);
    if (first === undefined) continue;
    const { namespace: _namespace, ...ref } = first.ref;
    return { state: state === "missing" ? "failed" : state, reason: `${formatRef(ref)}: ${first.reason}` };
  }
  return { state: "ready", reason: "" };
}

function byRef(a: { readonly ref: ObjectRef }, b: { readonly ref: ObjectRef }): number {
  const order = (kind: string): number => (kind === "App" ? 0 : kind === "Task" ? 1 : 2);
  return (
    order(a.ref.kind) - order(b.ref.kind) ||
    compareText(a.ref.kind, b.ref.kind) ||
    compareText(a.ref.namespace ?? "", b.ref.namespace ?? "") ||
    compareText(a.ref.name, b.ref.name)
  );
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Whether anything has failed or is missing. */
export function hasFailed(nodes: readonly StatusNode[]): boolean {
  return nodes.some(({ state, children }) => state === "failed" || state === "missing" || hasFailed(children));
}
