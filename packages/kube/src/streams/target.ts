import type { ObjectRef } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import { KubeError, type KubeErrorCode } from "../errors.ts";
import type { ObjectKey } from "../resource.ts";
import { refTo } from "../resource.ts";
import { podKey, podResource } from "./pods.ts";

/** What a stream is about, for messages. */
export interface StreamTarget {
  /** `exec in pod shop/web-1`. */
  readonly what: string;
  readonly object: ObjectRef;
  readonly cluster: string;
}

export function targetOf(client: Pick<Client, "access">, pod: ObjectKey, action: string): StreamTarget {
  const key = podKey(client, pod);
  return {
    what: `${action} pod ${key.namespace}/${key.name}`,
    object: refTo(podResource, key),
    cluster: client.access.name,
  };
}

export function targetError(target: StreamTarget, code: KubeErrorCode, text: string, cause?: unknown): KubeError {
  const why = cause instanceof Error && !text.includes(cause.message) ? `: ${cause.message}` : "";
  return new KubeError(code, `${target.what}: ${text}${why}`, {
    object: target.object,
    cluster: target.cluster,
    ...(cause === undefined ? {} : { cause }),
  });
}
