import { randomBytes } from "node:crypto";
import type { Clock } from "@fairlead/apimachinery";
import type { AuthenticationConfiguration } from "../authn/oidc/authentication-configuration.ts";
import type { Api } from "../controllers/controller.ts";
import { startControllers, type ControllerProblem } from "../controllers/runtime.ts";
import type { PodMetrics } from "../controllers/autoscaler/pod-metrics.ts";
import { ApiError } from "../errors.ts";
import type { NamedPlace } from "../network/names.ts";
import type { ReachableAddress } from "../network/pod-network.ts";
import type { NodeOptions } from "../node/nodes.ts";
import { createClusterCertificates } from "../serve/certificates/cluster-certificates.ts";
import type { Faults } from "../serve/faults.ts";
import { nextTurn } from "../serve/next-turn.ts";
import { startServer, type RunningServer, type ServerOptions } from "../serve/server.ts";
import { systemClock } from "../serve/system-clock.ts";
import type { OpenReport } from "../store/log/open-store.ts";
import { createStore } from "../store/memory-store.ts";
import type { Store } from "../store/store.ts";
import { announceServer } from "./announce-server.ts";
import { newIdentity, openClusterFolder } from "./cluster-folder.ts";
import { clusterControllers } from "./controllers.ts";
import { flowHeaders } from "./flow-headers.ts";
import { furnish } from "./furnish.ts";
import { createCore, type Core } from "./core.ts";
import { startProcesses, type Processes, type ProcessOptions } from "./processes.ts";
import { seededRandom } from "./random.ts";

export interface ClusterOptions {
  /** How contexts call it; `fairlead` unless told. */
  readonly name?: string;
  /** Drives every timer of the cluster; the machine's unless told. */
  readonly clock?: Clock;
  /** The same seed gives the same names and uids; a random one unless told. */
  readonly seed?: number;
  /** 0 or absent: the port of the last time, or any that is free. Loopback only. */
  readonly port?: number;
  /** Keeps everything in a folder: the next start goes on where this one ended, whatever ended it. */
  readonly dataDir?: string;
  /** What is stored already, in place of a folder; an empty store unless told. */
  readonly store?: Store;
  /** What goes wrong on purpose. */
  readonly faults?: Faults;
  /** What went wrong that should not have; a warning of the process unless told. */
  readonly onError?: (error: unknown) => void;
  /** What the API server refused a control loop, which tries again: what kube-controller-manager logs. Nobody unless told. */
  readonly onRetry?: (problem: ControllerProblem) => void;
  /** Runs the control loops, the scheduler and the nodes; true unless told. */
  readonly controllers?: boolean;
  /** What the cluster has to run pods; one node unless told. */
  readonly nodes?: readonly NodeOptions[];
  readonly disabledAdmission?: readonly string[];
  /** What pods use, for autoscalers; what their annotations say (`sim.fairlead.dev/cpu: 50m`) unless told. */
  readonly metrics?: PodMetrics;
  /** Who else issues tokens, and who may send requests without any: see `readAuthenticationConfiguration`. */
  readonly authentication?: AuthenticationConfiguration;
  /** Runs pods with local commands (`fairlead.dev/process`) as processes of this machine; off unless told. */
  readonly processes?: ProcessOptions;
}

/** An embedded cluster that listens. */
export interface Cluster {
  readonly name: string;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** PEM, of the authority that signs the server's certificate. */
  readonly certificate: string;
  /** Of `admin`, who may do everything. */
  readonly token: string;
  readonly core: Core;
  /** The API server in process, as kube-controller-manager. */
  readonly api: Api;
  /** What was found in `dataDir`. */
  readonly report: OpenReport | undefined;
  /** Cuts all connections, as a crash of the API server does. */
  disconnect(): void;
  /** Resolves when no control loop has anything to do at the present moment of the clock. */
  settled(): Promise<void>;
  /** Where the Services of process pods can be reached from this machine. */
  addresses(): readonly ReachableAddress[];
  /** Calls back whenever they have changed. */
  onAddresses(callback: () => void): void;
  /**
   * Names that process pods find besides their cluster's own, with where they lead to: those of other clusters. In
   * place of those that the same source gave before.
   */
  setNames(names: ReadonlyMap<string, NamedPlace>, source?: string): void;
  stop(): Promise<void>;
}

const controllerManager = { name: "system:kube-controller-manager", groups: ["system:authenticated"] };
const administrator = { name: "admin", groups: ["system:masters"] };

/** Starts a cluster on a free port of the loopback interface; its API server is ready when this resolves. */
export async function createCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const ends: (() => Promise<void> | void)[] = [];
  const end = async (): Promise<void> => {
    for (const one of ends.splice(0).reverse()) await one();
  };
  try {
    return await startCluster(options, ends, end);
  } catch (error) {
    // A start that fails leaves the folder and the port to others.
    await end();
    throw error;
  }
}

/** `ends` gets what undoes each step; the last one is undone first. */
async function startCluster(
  options: ClusterOptions,
  ends: (() => Promise<void> | void)[],
  end: () => Promise<void>,
): Promise<Cluster> {
  const { name = "fairlead", clock = systemClock, seed = randomBytes(4).readUInt32LE() } = options;
  const onError = options.onError ?? warn;
  const random = seededRandom(seed);
  const folder = options.dataDir === undefined ? undefined : openClusterFolder(options.dataDir);
  const store = folder?.store ?? options.store ?? createStore();
  ends.push(() => store.close());
  const identity = folder?.identity ?? newIdentity();
  const certificates = createClusterCertificates({
    clock: systemClock,
    ...(identity.authority === undefined ? {} : { authority: identity.authority }),
  });
  let port = 0;
  let processes: Processes | undefined;
  const core = createCore({
    store,
    clock,
    random,
    onError,
    tokens: new Map([[identity.token, administrator]]),
    signingKey: identity.signingKey,
    address: () => `127.0.0.1:${port}`,
    pods: () => processes?.access,
    loopbackPods: options.processes !== undefined,
    ...(options.disabledAdmission === undefined ? {} : { disabledAdmission: options.disabledAdmission }),
    ...(options.authentication === undefined ? {} : { authentication: options.authentication }),
  });
  ends.push(core.close);
  const server = await listen(options.port ?? identity.port, options.port !== undefined, {
    handle: core.handle,
    authenticator: core.authenticator,
    certificates,
    clock,
    random,
    onError,
    headers: (user, asked) => flowHeaders(core.store, user, asked),
    ...(options.faults === undefined ? {} : { faults: options.faults }),
  });
  ends.push(() => server.close());
  const { url } = server;
  port = server.port;
  const { certificate } = certificates.authority;
  folder?.remember(certificates.authority, port);
  const announced = announceServer(core.server, { address: "127.0.0.1", port, clientAuthority: certificate });
  ends.push(announced.close);
  await announced.ready;
  const api = core.apiFor(controllerManager, "kube-controller-manager");
  if (options.processes !== undefined && options.controllers !== false) {
    processes = await startProcesses(
      { ...(options.dataDir === undefined ? {} : { claims: claimsIn(options.dataDir) }), ...options.processes },
      { name, clock, api, apiPort: () => port },
    );
    ends.push(processes.close);
  }
  const running =
    options.controllers === false
      ? undefined
      : startControllers(
          clusterControllers({
            table: core.table,
            certificate: () => certificate,
            keys: core.keys,
            // On a clock that somebody moves, nothing happens by itself.
            heartbeats: options.clock === undefined,
            ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
            ...(processes === undefined
              ? {}
              : { processes: { controllers: processes.controllers, runs: processes.node.runs } }),
          }),
          {
            store: core.store,
            api,
            clock,
            random,
            defer: nextTurn,
            onError: (problem) => {
              if (!(problem.error instanceof ApiError)) onError(problem.error);
              else options.onRetry?.(problem);
            },
          },
        );
  if (running !== undefined) ends.push(running.stop);
  if (options.controllers !== false) await furnish(api, options.nodes ?? [{ name: "node-1" }], clock.now());
  let stopping: Promise<void> | undefined;
  return {
    name,
    url,
    certificate,
    token: identity.token,
    core,
    api,
    report: folder?.report,
    disconnect: server.disconnect,
    addresses: () => processes?.addresses() ?? [],
    onAddresses: (callback) => processes?.onAddresses(callback),
    setNames: (names, source = "") => processes?.setNames(names, source),
    settled: async () => running?.settled(),
    stop: () => (stopping ??= end()),
  };
}

/** Where persistent volumes of a cluster that is kept are kept. */
function claimsIn(dataDir: string): string {
  return `${dataDir}/claims`;
}

/** On the port of the last time if it is free; any other will do unless it was asked for. */
async function listen(port: number, isAsked: boolean, options: ServerOptions): Promise<RunningServer> {
  try {
    return await startServer({ ...options, port });
  } catch (error) {
    if (isAsked || port === 0 || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return await startServer({ ...options, port: 0 });
  }
}

/** Nobody asked to hear of it, and it must not be lost. */
function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error), { cause: error }));
}
