import { equal, type Clock, type JsonValue } from "@fairlead/apimachinery";
import { hasErrors, type Finding, type KrmObject } from "@fairlead/krm";
import {
  createLeaderElection,
  createSharding,
  dropManagedFields,
  type Client,
  type ClientOptions,
  type ClusterAccess,
  type Sharding,
} from "@fairlead/kube";
import { Registry } from "prom-client";
import { apiVersion } from "../../kinds/group.ts";
import { chooseMeshConfig } from "../../plan/mesh/config/read-mesh-config.ts";
import { defaultRegistry } from "../../plan/mesh/config/registry-settings.ts";
import type { MeshConfiguration } from "../../plan/mesh/config/settings-of.ts";
import { serveHealth, type Health } from "../health.ts";
import { errorFields, type Log } from "../log.ts";
import { openSession, type WatchedKind } from "./clusters/session.ts";
import { writeConfigStatus } from "./config-status.ts";
import { startMesh, type Mesh } from "./mesh.ts";
import { createProblems } from "./problems.ts";

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

/** Changes of a MeshConfig that come together are one. */
const quietMs = 250;
const group = "fairlead-mesh";

/** Runs the mesh by the MeshConfig of the home cluster, from now on and through its changes. Rejects only if it cannot listen. */
export async function runMesh(options: RunMeshOptions): Promise<RunningMesh> {
  const { home, clock, random, log, instance, replicas, configure } = options;
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const leaving = new AbortController();
  const problems = createProblems();
  let current: { readonly mesh: Mesh; readonly configuration: MeshConfiguration } | undefined;
  let problem: string | undefined = "the configuration is being read";
  let turning: Promise<void> = Promise.resolve();
  let cancelQuiet = (): void => {};
  let isStopping = false;

  const notReady = (): readonly string[] =>
    current === undefined ? [problem ?? "there is no configuration"] : current.mesh.notReady();
  const metrics = new Registry();
  metrics.metrics = () => current?.mesh.metrics.metrics() ?? Promise.resolve("");
  const health =
    options.health === undefined ? undefined : await serveHealth({ ...options.health, registry: metrics, notReady });

  const sharding: Sharding | undefined =
    replicas.kind === "shards"
      ? createSharding(home, {
          namespace: replicas.namespace,
          group,
          identity: instance,
          clock,
          drained: () => current?.mesh.drained() ?? Promise.resolve(),
        })
      : undefined;
  const shared = sharding?.run(leaving.signal);

  function begin(configuration: MeshConfiguration): void {
    const { settings, registry } = configuration;
    const election =
      replicas.kind === "leader"
        ? createLeaderElection(home, { name: group, namespace: replicas.namespace, identity: instance, clock, random })
        : undefined;
    const mesh = startMesh({
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
    current = { mesh, configuration };
    mesh.ended.catch((error: unknown) => {
      void stop();
      reject(error as Error);
    });
  }

  /** Takes what the MeshConfigs say now. What is wrong with them changes nothing of what runs. */
  async function take(configs: readonly KrmObject[]): Promise<void> {
    const { chosen, findings: others } = chooseMeshConfig(configs);
    const { findings: own, ...configuration } = await configure(chosen);
    const findings = [...others, ...own];
    for (const finding of problems.set("configuration", findings)) log.warn({ finding }, "a finding");
    if (chosen !== undefined) await writeConfigStatus(home, chosen, own, clock.now(), log);
    if (isStopping) return;
    if (hasErrors(own)) {
      problem = own.find(({ severity }) => severity === "error")!.message;
      return;
    }
    problem = undefined;
    if (current !== undefined && equal(plain(current.configuration), plain(configuration))) return;
    if (current !== undefined) {
      log.info({}, "the configuration has changed");
      await current.mesh.stop();
      if (isStopping) return;
    }
    begin(configuration);
  }

  const config: WatchedKind = {
    apiVersion,
    kind: "MeshConfig",
    optional: true,
    namespace: options.configNamespace ?? "",
    strip: dropManagedFields,
  };
  const session =
    options.configNamespace === undefined
      ? undefined
      : openSession({
          name: "",
          client: home,
          kinds: [config],
          limits: defaultRegistry.limits,
          clock,
          random,
          log,
          onChange: () => due(),
          onListed: () => {},
          onStatus: () => (current === undefined ? due() : undefined),
        });

  function due(): void {
    cancelQuiet();
    cancelQuiet = clock.after(quietMs, () => {
      if (isStopping || session?.isReady() === false) return;
      const configs = [...(session?.objects() ?? [])].map(([, object]) => object);
      const failed = (error: unknown): void =>
        log.error({ error: errorFields(error) }, "the configuration could not be taken");
      turning = turning.then(() => take(configs)).catch(failed);
    });
  }
  due();

  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= end());
  async function end(): Promise<void> {
    isStopping = true;
    cancelQuiet();
    await session?.close();
    await turning;
    await current?.mesh.stop();
    // Others get the keys only when nothing of ours writes any more.
    leaving.abort();
    await shared;
    await health?.close();
    resolve();
  }

  return { mesh: () => current?.mesh, notReady, health, stop, ended };
}

function plain(configuration: MeshConfiguration): JsonValue {
  return JSON.parse(JSON.stringify(configuration)) as JsonValue;
}
