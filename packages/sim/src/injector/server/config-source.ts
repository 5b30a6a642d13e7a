import type { JsonObject } from "@fairlead/apimachinery";

/** Where an injector finds its ConfigMaps. */
export interface ConfigMapSource {
  /**
   * Tells a ConfigMap as it is now and whenever it changes; undefined while there is none. Several calls for the same
   * state do no harm. Returns what ends it.
   */
  watch(namespace: string, name: string, tell: (configMap: JsonObject | undefined) => void): () => void;
}
