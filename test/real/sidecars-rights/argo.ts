/** What Argo Rollouts' controller does about `spec.restartAt` (rollout/restart.go, v1.8): it is no part of a control plane. */
import { setTimeout as sleep } from "node:timers/promises";
import { get, textOf } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { isKubeError, type Client, type Resource } from "@fairlead/kube";

/** For the Rollout `shop/roll`, until it is told to stop. */
export async function playArgo(admin: Client, rollouts: Resource, signal: AbortSignal): Promise<void> {
  const scope = { namespace: "shop", fieldSelector: "metadata.name=roll", signal };
  const pods = await admin.discovery.resource({ apiVersion: "v1", kind: "Pod" });
  while (!signal.aborted) {
    try {
      const { items, resourceVersion } = await admin.list(rollouts, scope);
      for (const one of items) await restart(admin, rollouts, pods, one, signal);
      for await (const event of admin.watch(rollouts, { ...scope, resourceVersion })) {
        if (event.type === "ADDED" || event.type === "MODIFIED")
          await restart(admin, rollouts, pods, event.object, signal);
      }
    } catch (error) {
      // Watches end, and begin again with what is so now.
      if (!signal.aborted && !isKubeError(error)) throw error;
    }
  }
}

/** Deletes the pods that are older than a time that is past and was not seen yet. */
async function restart(
  admin: Client,
  rollouts: Resource,
  pods: Resource,
  { spec, status }: KrmObject,
  signal: AbortSignal,
): Promise<void> {
  const restartAt = textOf(get(spec, "restartAt"));
  if (restartAt === "" || restartAt === textOf(get(status, "restartedAt"))) return;
  const at = Date.parse(restartAt);
  await sleep(Math.max(0, at - Date.now()), undefined, { signal });
  const { items } = await admin.list(pods, { namespace: "shop", labelSelector: "app=roll" });
  for (const { metadata } of items) {
    if (Date.parse(textOf(metadata["creationTimestamp"])) >= at) continue;
    await admin.delete(pods, { namespace: "shop", name: metadata.name! }).catch((error: unknown) => {
      if (!isKubeError(error, "not-found")) throw error;
    });
  }
  const key = { namespace: "shop", name: "roll" };
  await admin.patch(rollouts, key, { status: { restartedAt: restartAt } }, { type: "merge" });
}
