import type { JsonObject } from "@fairlead/apimachinery";
import type { User } from "../api/user.ts";
import type { Resource } from "../resources/resource.ts";

export type AdmissionOperation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** What is about to be written. `object` is undefined for a deletion, `old` for a creation. In the request's version. */
export interface AdmissionRequest {
  readonly operation: AdmissionOperation;
  readonly resource: Resource;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: User;
  readonly dryRun: boolean;
  /** CreateOptions, UpdateOptions, PatchOptions or DeleteOptions. */
  readonly options: JsonObject;
  readonly object: JsonObject | undefined;
  readonly old: JsonObject | undefined;
  readonly warn: (text: string) => void;
  /** Goes into the answer of a webhook's audit annotations: kept for who asks. */
  readonly annotate?: (key: string, value: string) => void;
}

/** One time through the plugins that change objects: they are all called again, once, if one of them asks for it. */
export interface MutationRound {
  readonly isAgain: boolean;
  /** Asks for the second time: something has changed that others may want to see. */
  callAgain(): void;
  /** What plugins keep for the second time, by their names. */
  readonly kept: Map<string, unknown>;
}

/**
 * One admission plugin, in the order of kube-apiserver's. `mutate` returns the object to go on with (never changes the
 * one it got); both throw an ApiError to refuse.
 */
export interface AdmissionPlugin {
  readonly name: string;
  handles(request: AdmissionRequest): boolean;
  readonly mutate?: (request: AdmissionRequest, round: MutationRound) => JsonObject | Promise<JsonObject>;
  readonly validate?: (request: AdmissionRequest) => void | Promise<void>;
}

/** What plugins may see and do besides the request: reads are of the store as it is now. */
export interface AdmissionContext {
  /** The stored object in its storage version; collection as `pods`, `limitranges`. Not to be changed. */
  get(collection: string, namespace: string, name: string): JsonObject | undefined;
  /** In the order of keys. All namespaces for `undefined`. */
  list(collection: string, namespace?: string): readonly JsonObject[];
  /** Writes `status` of a stored object if it still has that resourceVersion; false if not. For quotas. */
  updateStatus(collection: string, object: JsonObject, status: JsonObject): boolean;
}
