import type { Clock, JsonObject } from "@fairlead/apimachinery";
import { readInjectionConfig, type InjectionConfig } from "../inject/injection-config.ts";
import { suffix } from "../objects/istio-objects.ts";
import type { ConfigMapSource } from "./config-source.ts";

/** The configuration that a revision works with, kept up to date. */
export interface RevisionConfig {
  /** Undefined until there has been one that can be read. */
  current(): InjectionConfig | undefined;
  /** Why the latest ConfigMaps are not the current configuration. */
  problem(): string | undefined;
  stop(): void;
}

export interface RevisionConfigOptions {
  readonly source: ConfigMapSource;
  readonly namespace: string;
  readonly revision: string;
  readonly clock: Clock;
  /** How long a change takes to be served; the first configuration is served at once. */
  readonly delayMs: () => number;
  readonly changed: () => void;
}

/** Follows `istio-sidecar-injector[-REV]` and `istio[-REV]`. A configuration with mistakes is not taken. */
export function followConfig(options: RevisionConfigOptions): RevisionConfig {
  const { source, namespace, revision, clock, delayMs, changed } = options;
  let injector: JsonObject | undefined;
  let mesh: JsonObject | undefined;
  let current: InjectionConfig | undefined;
  let problem: string | undefined;
  let isReady = false;
  const pending = new Set<() => void>();
  const take = (): void => {
    if (injector === undefined) {
      // As an istiod that is running: it goes on with what it had.
      problem = `no ConfigMap istio-sidecar-injector${suffix(revision)}`;
      return;
    }
    const read = readInjectionConfig(injector, mesh);
    problem = read.kind === "invalid" ? read.message : undefined;
    if (read.kind === "config") {
      current = read;
      changed();
    }
  };
  const update = (): void => {
    if (!isReady) return;
    const delay = current === undefined ? 0 : delayMs();
    if (delay <= 0) return take();
    const [seenInjector, seenMesh] = [injector, mesh];
    const cancel = clock.after(delay, () => {
      pending.delete(cancel);
      const [latestInjector, latestMesh] = [injector, mesh];
      [injector, mesh] = [seenInjector, seenMesh];
      take();
      [injector, mesh] = [latestInjector, latestMesh];
    });
    pending.add(cancel);
  };
  const ends = [
    source.watch(namespace, `istio${suffix(revision)}`, (found) => {
      mesh = found;
      update();
    }),
    source.watch(namespace, `istio-sidecar-injector${suffix(revision)}`, (found) => {
      injector = found;
      update();
    }),
  ];
  isReady = true;
  update();
  return {
    current: () => current,
    problem: () => problem,
    stop: () => {
      for (const end of ends) end();
      for (const cancel of pending) cancel();
      pending.clear();
    },
  };
}
