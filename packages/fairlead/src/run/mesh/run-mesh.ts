import type { Clock } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import {
  createLeaderElection,
  createSharding,
  type Client,
  type ClientOptions,
  type ClusterAccess,
  type Sharding,
} from "@fairlead/kube";
import { chooseMeshConfig } from "../../plan/mesh/config/read-mesh-config.ts";
import type { MeshConfiguration } from "../../plan/mesh/config/settings-of.ts";
import { runConfigured, type RunningConfigured } from "../configured/run-configured.ts";
import type { Health } from "../health.ts";
import { logLease } from "../lease-log.ts";
import type { Log } from "../log.ts";
import { startMesh, type Mesh } from "./mesh.ts";
import { fieldManager } from "./write/take-step.ts";

export interface RunMeshOptions {
  /** It stays the caller's to close. */
  readonly home: Client;
  /** Where MeshConfigs are followed in the home cluster; undefined: `configure` is asked once, with none. */
  readonly configNamespace: string | undefined;
  /** What a MeshConfig says, together with flags and files. With errors nothing changes. */
  readonly configure: (
    config: KrmObject | undefined,
  ) => Promise<MeshConfiguration & { readonly findings: readonly Finding[] }>;
  readonly connect: (access: ClusterAccess, options: ClientOptions) => Client;
  /** `alone`: this process is the only one. `leader`: one of several works. `shards`: several share the identities. */
  readonly replicas: { readonly kind: "alone" } | { readonly kind: "leader" | "shards"; readonly namespace: string };
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** This process: lower-case letters, digits and dashes, and no other one's that ever runs at the same time. */
  readonly instance: string;
  /** Where /healthz, /readyz and /metrics are served; absent: nowhere. */
  readonly health?: { readonly host: string; readonly port: number };
}

export interface RunningMesh {
  /** The mesh at work; undefined while there is no usable configuration. Another one after each change of it. */
  mesh(): Mesh | undefined;
  /** Why the process is not ready. */
  notReady(): readonly string[];
  readonly health: Health | undefined;
  stop(): Promise<void>;
  /** Resolves when it has stopped, whoever stopped it; rejects if leading is impossible. */
  readonly ended: Promise<void>;
}

const group = "fairlead-mesh";

/** Runs the mesh by the MeshConfig of the home cluster, from now on and through its changes. Rejects only if it cannot listen. */
export async function runMesh(options: RunMeshOptions): Promise<RunningMesh> {
  const { home, clock, random, log, instance, replicas } = options;
  const leaving = new AbortController();
  const told = (namespace: string) => logLease(log, { namespace, name: group });
  const sharding: Sharding | undefined =
    replicas.kind === "shards"
      ? createSharding(home, {
          namespace: replicas.namespace,
          group,
          identity: instance,
          clock,
          onTrouble: told(replicas.namespace),
          drained: () => running?.current()?.drained() ?? Promise.resolve(),
        })
      : undefined;
  const shared = sharding?.run(leaving.signal);

  function begin({ settings, registry }: MeshConfiguration): Mesh {
    const election =
      replicas.kind === "leader"
        ? createLeaderElection(home, {
            name: group,
            namespace: replicas.namespace,
            identity: instance,
            clock,
            random,
            onChange: told(replicas.namespace),
          })
        : undefined;
    return startMesh({
      home,
      settings,
      registry,
      connect: options.connect,
      clock,
      random,
      log,
      instance,
      ...(election !== undefined && { election }),
      ...(sharding !== undefined && { partition: sharding }),
    });
  }

  /** Others get the keys only when nothing of ours writes any more. */
  async function finish(): Promise<void> {
    leaving.abort();
    await shared;
  }

  let running: RunningConfigured<Mesh> | undefined;
  try {
    running = await runConfigured<MeshConfiguration, Mesh>({
      home,
      kind: "MeshConfig",
      namespace: options.configNamespace,
      fieldManager,
      choose: chooseMeshConfig,
      configure: async (config) => {
        const { findings, ...configuration } = await options.configure(config);
        return { configuration, findings };
      },
      begin,
      finish,
      health: options.health === undefined ? [] : [options.health],
      clock,
      random,
      log,
    });
  } catch (error) {
    await finish();
    throw error;
  }
  const { current, notReady, health, stop, ended } = running;
  return { mesh: current, notReady, health: health[0], stop, ended };
}
