import { canonicalJson, equal, type JsonObject } from "@fairlead/apimachinery";
import type { Api } from "../controller.ts";
import { encode, fnv32 } from "./hash.ts";
import { asJson, asKind, controllerReference, type Kinded, type PodTemplate, type Texts } from "./objects.ts";
import { isAlreadyExists, isNotFound } from "./pod-control.ts";

/** A template that a StatefulSet or DaemonSet has had. */
export interface ControllerRevision extends Kinded {
  readonly data: JsonObject;
  readonly revision: number;
}

export const revisionCollection = "controllerrevisions.apps";
export const revisionLabel = "controller-revision-hash";

/** The patch that brings the template back, as `kubectl rollout undo` applies it. */
export function revisionData(template: PodTemplate): JsonObject {
  return { spec: { template: { ...asJson(template), $patch: "replace" } } };
}

/** The template of a revision. */
export function templateOf({ data }: ControllerRevision): PodTemplate {
  const { spec } = data as { spec?: { template?: JsonObject } };
  const { $patch: _, ...template } = spec?.template ?? {};
  return template as unknown as PodTemplate;
}

export function isRevisionOf(revision: ControllerRevision, template: PodTemplate): boolean {
  return equal(revision.data, revisionData(template));
}

/** The same as Kubernetes': of the data as Go's JSON encoder writes it, and of how many collisions there were. */
export function revisionHash(data: JsonObject, collisions: number): string {
  const text = canonicalJson(data).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return encode(fnv32(`${text}${collisions}`));
}

/** Older ones first. */
export function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  const [createdA, createdB] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  return a.revision - b.revision || order(createdA, createdB) || order(a.metadata.name, b.metadata.name);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export interface NewRevision {
  readonly owner: Kinded;
  readonly name: string;
  readonly labels: Texts;
  readonly data: JsonObject;
  readonly revision: number;
}

export function newRevision({ owner, name, labels, data, revision }: NewRevision): JsonObject {
  const { namespace, annotations = {} } = owner.metadata;
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name,
      namespace,
      labels: { ...labels },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations: { ...annotations } }),
      ownerReferences: [asJson(controllerReference(owner))],
    },
    data,
    revision,
  };
}

/** Creates it; undefined if another one has its name: a collision. One of the same data is as good as created. */
export async function createRevision(api: Api, revision: JsonObject): Promise<ControllerRevision | undefined> {
  try {
    return asKind(await api.create(revisionCollection, revision));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const found = api.get(revisionCollection, asKind(revision).metadata);
    if (found === undefined) throw error;
    return equal(found["data"], revision["data"]) ? asKind(found) : undefined;
  }
}

export async function renumberRevision(
  api: Api,
  revision: ControllerRevision,
  number: number,
): Promise<ControllerRevision> {
  if (revision.revision === number) return revision;
  return asKind(await api.update(revisionCollection, asJson({ ...revision, revision: number })));
}

export async function deleteRevision(api: Api, { metadata }: ControllerRevision): Promise<void> {
  try {
    await api.delete(revisionCollection, { namespace: metadata.namespace, name: metadata.name });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
