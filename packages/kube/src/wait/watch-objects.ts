import type { Clock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import { isKubeError } from "../errors.ts";
import type { Resource } from "../resource.ts";
import { pause } from "./pause.ts";

/** Some objects of one kind in one namespace. */
export interface WatchedScope {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly names: ReadonlySet<string>;
}

/** Told the state of a named object at first and whenever it changes; undefined: it is not there. */
export type OnObject = (name: string, object: KrmObject | undefined) => void;

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Asked after the list: whether what was seen is final, so that there is nothing to watch. */
  readonly isSettled?: () => boolean;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Follows the objects by list and watch until the signal aborts: a watch that ends is begun again where it ended, a
 * gap is closed by a new list, errors of the network are waited out. Throws what cannot be waited out: a KubeError
 * such as `forbidden`.
 */
export async function watchObjects(
  client: Client,
  scope: WatchedScope,
  onObject: OnObject,
  { signal, clock, isSettled }: FollowOptions,
): Promise<void> {
  let resourceVersion: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      resourceVersion ??= await listObjects(client, scope, onObject, signal);
      if (isSettled?.() === true) return;
      const only = filter(scope);
      for await (const event of client.watch(scope.resource, { ...only, resourceVersion, signal })) {
        failures = 0;
        if (event.type === "BOOKMARK") {
          resourceVersion = event.resourceVersion;
          continue;
        }
        const { object } = event;
        const version = object.metadata["resourceVersion"];
        if (typeof version === "string") resourceVersion = version;
        const name = object.metadata.name ?? "";
        if (scope.names.has(name)) onObject(name, event.type === "DELETED" ? undefined : object);
        if (isAborted(signal)) return;
      }
      // A server that ends watches at once must not be asked in a loop.
      if (failures++ > 0) await pause(clock, delay(failures), signal);
    } catch (error) {
      if (isAborted(signal)) return;
      if (isKubeError(error, "gone")) resourceVersion = undefined;
      else if (isKubeError(error, "not-found")) {
        // The kind itself is gone, or not served yet.
        resourceVersion = undefined;
        for (const name of scope.names) onObject(name, undefined);
      } else if (!isPassing(error)) throw error;
      await pause(clock, delay(++failures), signal);
    }
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function delay(failures: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 10));
}

/** Whether time may mend it. */
export function isPassing(error: unknown): boolean {
  return isKubeError(
    error,
    "connection",
    "protocol",
    "deadline",
    "too-many-requests",
    "server-error",
    "unavailable",
    "server-timeout",
  );
}

function filter({ namespace, names }: WatchedScope): { namespace?: string; fieldSelector?: string } {
  const within = namespace === undefined ? {} : { namespace };
  const [only] = names;
  return names.size === 1 ? { ...within, fieldSelector: `metadata.name=${only}` } : within;
}

async function listObjects(
  client: Client,
  scope: WatchedScope,
  onObject: OnObject,
  signal: AbortSignal,
): Promise<string> {
  const missing = new Set(scope.names);
  let resourceVersion = "";
  for await (const page of client.pages(scope.resource, { ...filter(scope), signal })) {
    resourceVersion = page.resourceVersion;
    for (const object of page.items) {
      const name = object.metadata.name ?? "";
      if (missing.delete(name)) onObject(name, object);
    }
  }
  for (const name of missing) onObject(name, undefined);
  return resourceVersion;
}
