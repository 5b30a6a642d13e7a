import type { Kubeconfig } from "./kubeconfig.ts";

/**
 * Several kubeconfigs as one, by the rules of client-go: the first file that has a name provides the whole entry, the
 * first that has a current context sets it.
 */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const currentContext = configs.find((config) => config.currentContext !== undefined)?.currentContext;
  return {
    files: configs.flatMap(({ files }) => files),
    ...(currentContext === undefined ? {} : { currentContext }),
    contexts: firstOf(configs.map(({ contexts }) => contexts)),
    clusters: firstOf(configs.map(({ clusters }) => clusters)),
    users: firstOf(configs.map(({ users }) => users)),
  };
}

function firstOf<T>(maps: readonly ReadonlyMap<string, T>[]): ReadonlyMap<string, T> {
  const merged = new Map<string, T>();
  for (const map of maps) {
    for (const [name, entry] of map) if (!merged.has(name)) merged.set(name, entry);
  }
  return merged;
}
