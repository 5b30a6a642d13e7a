import type { JsonObject } from "@fairlead/apimachinery";
import type { Pod } from "../common/objects.ts";
import { isNotFound } from "../common/pod-control.ts";
import type { Api } from "../controller.ts";
import { trackingFinalizer } from "./job.ts";

/** Takes the finalizer off; a pod that is gone has none. */
export async function releasePod(api: Api, { metadata }: Pod): Promise<void> {
  const rest = (metadata.finalizers ?? []).filter((one) => one !== trackingFinalizer);
  const { uid, resourceVersion, namespace, name } = metadata;
  const patch: JsonObject = { uid, resourceVersion, finalizers: rest.length === 0 ? null : rest };
  try {
    await api.patch("pods", { namespace, name }, { metadata: patch });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
