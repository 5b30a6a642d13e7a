import type { Clock, JsonObject } from "@fairlead/apimachinery";
import type { AdmissionRequest } from "../../admission/admission.ts";
import type { Resource } from "../../resources/resource.ts";
import { storeKey, type Kind } from "../../resources/kind.ts";
import type { Store } from "../../store/store.ts";
import type { StrategyContext } from "../../strategies/strategy.ts";
import type { User } from "../user.ts";
import { fromStorage, toStorage } from "../versions.ts";

export interface Admission {
  /** The object to go on with; the one of the request where nothing changes it. */
  mutate(request: AdmissionRequest): Promise<JsonObject | undefined>;
  validate(request: AdmissionRequest): Promise<void>;
}

/** What every verb works on. */
export interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly admission: Admission;
  /** Pods are programs of this machine, so Endpoints may have loopback addresses; false unless told. */
  readonly loopbackPods?: boolean;
}

/** What a request writes, and how. */
export interface Scope {
  readonly kind: Kind;
  /** In the version of the request, which admission sees; that of the store unless told. */
  readonly resource?: Resource;
  readonly namespace: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly user: User;
  readonly dryRun: boolean;
  readonly fieldManager: string;
  /** CreateOptions, UpdateOptions, PatchOptions or DeleteOptions, for admission. */
  readonly options: JsonObject;
  readonly warn: (text: string) => void;
}

export function keyIn({ namespace }: Scope, name: string): string {
  return storeKey(namespace, name);
}

export function strategyContext(parts: Parts, scope: Scope): StrategyContext {
  const { store, clock, random } = parts;
  return {
    resource: scope.kind.resource,
    group: (scope.resource ?? scope.kind.resource).group,
    subresource: scope.subresource,
    now: clock.now(),
    user: scope.user,
    random,
    dryRun: scope.dryRun,
    loopbackPods: parts.loopbackPods ?? false,
    get: (collection, namespace, name) => store.get(collection, storeKey(namespace, name))?.object,
    list: (collection, namespace) => listObjects(store, collection, namespace),
  };
}

/** All objects of a collection, or of one namespace of it; shared, not to be changed. */
export function listObjects(store: Store, collection: string, namespace?: string): readonly JsonObject[] {
  const prefix = namespace === undefined || namespace === "" ? {} : { prefix: `${namespace}/` };
  return [...store.range(collection, prefix)].map((one) => one.object);
}

/**
 * What admission sees of a write. Objects of the scope's kind are shown in the version of the request; others, the
 * bodies of subresources, as they are.
 */
export function admissionRequest(
  scope: Scope,
  operation: AdmissionRequest["operation"],
  name: string,
  object: JsonObject | undefined,
  old: JsonObject | undefined,
): AdmissionRequest {
  const { kind, subresource, user, dryRun, options, warn } = scope;
  const isNamespace = kind.collection === "namespaces";
  const namespace = isNamespace ? name : scope.namespace;
  const resource = scope.resource ?? kind.resource;
  const seen = (one: JsonObject | undefined): JsonObject | undefined =>
    one === undefined || one["kind"] !== kind.resource.kind ? one : fromStorage(one, resource);
  const objects = { object: seen(object), old: seen(old) };
  return { operation, resource, subresource, namespace, name, user, dryRun, options, ...objects, warn };
}

/** The object that admission makes of one that is to be stored: the same one where nothing changes it. */
export async function mutated(
  parts: Parts,
  scope: Scope,
  operation: AdmissionRequest["operation"],
  name: string,
  object: JsonObject,
  old: JsonObject | undefined,
): Promise<JsonObject> {
  const request = admissionRequest(scope, operation, name, object, old);
  const made = (await parts.admission.mutate(request)) ?? request.object!;
  if (made === request.object) return object;
  return made["kind"] === scope.kind.resource.kind ? toStorage(made, scope.kind) : made;
}
