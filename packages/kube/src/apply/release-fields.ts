import type { KrmObject } from "@fairlead/krm";
import type { Client } from "../client/client.ts";
import { isKubeError } from "../errors.ts";
import type { ObjectKey, Resource } from "../resource.ts";
import { sharedFields } from "./plan/shared-fields.ts";

const mostAttempts = 5;

/**
 * Makes a manager the only owner of the fields that it applies. The object is changed only as it was seen: whoever
 * writes it meanwhile makes this read it again.
 */
export async function releaseFields(
  client: Client,
  {
    resource,
    key,
    object,
    fieldManager,
  }: {
    readonly resource: Resource;
    readonly key: ObjectKey;
    readonly object: KrmObject;
    readonly fieldManager: string;
  },
  { signal, wrote }: { readonly signal: AbortSignal; readonly wrote: () => void },
): Promise<KrmObject> {
  let current = object;
  for (let attempt = 1; ; attempt++) {
    const shared = sharedFields(current, fieldManager);
    if (shared === undefined) return current;
    const resourceVersion = current.metadata["resourceVersion"] ?? null;
    const patch = { metadata: { resourceVersion, managedFields: [...shared.managedFields] } };
    try {
      wrote();
      return await client.patch(resource, key, patch, { type: "merge", fieldManager, signal });
    } catch (error) {
      if (!isKubeError(error, "conflict") || attempt >= mostAttempts) throw error;
    }
    current = await client.get(resource, key, { signal });
  }
}
