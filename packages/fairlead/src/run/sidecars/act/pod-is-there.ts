import { textOf } from "@fairlead/apimachinery";
import type { Client } from "@fairlead/kube";

export interface PodRead {
  readonly client: Pick<Client, "discovery" | "list">;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/**
 * Whether a pod is there and stays, as the API server knows it now: a watch may be behind another one. Rejects as reads do.
 * It is listed by its name: whoever may watch pods may do that.
 */
export async function podIsThere(
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
  { client, signal, timeoutMs }: PodRead,
): Promise<boolean> {
  const pods = await client.discovery.resource({ apiVersion: "v1", kind: "Pod" });
  const fieldSelector = `metadata.name=${name}`;
  const { items } = await client.list(pods, { namespace, fieldSelector, signal, deadlineMs: timeoutMs });
  return items.some(({ metadata }) => textOf(metadata["uid"]) === uid && metadata["deletionTimestamp"] === undefined);
}
