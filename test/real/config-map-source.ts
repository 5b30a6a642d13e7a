import type { KrmObject } from "@fairlead/krm";
import type { Client, Resource } from "@fairlead/kube";
import type { ConfigMapSource } from "@fairlead/sim";

const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };

/** The ConfigMaps of a real cluster for a scripted injector. `stop` waits until no request is under way. */
export function configMapSource(client: Client): ConfigMapSource & { readonly stop: () => Promise<void> } {
  const ends = new Map<AbortController, Promise<void>>();
  const follow = async (
    namespace: string,
    name: string,
    tell: (found: KrmObject | undefined) => void,
    signal: AbortSignal,
  ): Promise<void> => {
    const fieldSelector = `metadata.name=${name}`;
    while (!signal.aborted) {
      try {
        const { items, resourceVersion } = await client.list(configMaps, { namespace, fieldSelector, signal });
        tell(items[0]);
        for await (const event of client.watch(configMaps, { namespace, fieldSelector, resourceVersion, signal })) {
          if (event.type !== "BOOKMARK") tell(event.type === "DELETED" ? undefined : (event.object as KrmObject));
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  };
  return {
    watch: (namespace, name, tell) => {
      const abort = new AbortController();
      ends.set(
        abort,
        follow(namespace, name, (found) => tell(found as never), abort.signal),
      );
      return () => abort.abort();
    },
    stop: async () => {
      for (const abort of ends.keys()) abort.abort();
      await Promise.all(ends.values());
    },
  };
}
