import { randomBytes } from "node:crypto";
import type { Clock } from "@fairlead/apimachinery";
import { startControllers } from "../controllers/runtime.ts";
import { ApiError } from "../errors.ts";
import { nodeObject, type NodeOptions } from "../node/nodes.ts";
import { clusterControllers } from "./controllers.ts";
import type { Api } from "../controllers/controller.ts";
import { createClusterCertificates, type ClusterCertificates } from "../serve/certificates/cluster-certificates.ts";
import { startServer, type RunningServer } from "../serve/server.ts";
import { systemClock } from "../serve/system-clock.ts";
import { createStore } from "../store/memory-store.ts";
import type { Store } from "../store/store.ts";
import { createCore, type Core } from "./core.ts";
import { seededRandom } from "./random.ts";

export interface ClusterOptions {
  /** How contexts call it; `fairlead` unless told. */
  readonly name?: string;
  /** Drives every timer of the cluster; the machine's unless told. */
  readonly clock?: Clock;
  /** The same seed gives the same names and uids; a random one unless told. */
  readonly seed?: number;
  /** 0 or absent: any that is free. Loopback only. */
  readonly port?: number;
  /** What is stored already; an empty store unless told. */
  readonly store?: Store;
  readonly onError?: (error: unknown) => void;
  /** Runs the control loops, the scheduler and the nodes; true unless told. */
  readonly controllers?: boolean;
  /** What the cluster has to run pods; one node unless told. */
  readonly nodes?: readonly NodeOptions[];
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
  /** Resolves when no control loop has anything to do at the present moment of the clock. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

const controllerManager = { name: "system:kube-controller-manager", groups: ["system:authenticated"] };

/** Starts an API server on a free port of the loopback interface; it is ready when this resolves. */
export async function createCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { name = "fairlead", clock = systemClock, seed = randomBytes(4).readUInt32LE() } = options;
  const random = seededRandom(seed);
  const onError = options.onError ?? (() => {});
  const token = randomBytes(24).toString("base64url");
  const certificates: ClusterCertificates = createClusterCertificates({ clock: systemClock });
  let port = 0;
  const core = createCore({
    store: options.store ?? createStore(),
    clock,
    random,
    onError,
    tokens: new Map([[token, { name: "admin", groups: ["system:masters"] }]]),
    address: () => `127.0.0.1:${port}`,
  });
  const server: RunningServer = await startServer({
    handle: core.handle,
    authenticator: core.authenticator,
    certificates,
    clock,
    random,
    port: options.port ?? 0,
    onError,
  });
  const { url } = server;
  port = server.port;
  const api = core.apiFor(controllerManager, "kube-controller-manager");
  const running =
    options.controllers === false
      ? undefined
      : startControllers(
          clusterControllers({ table: core.table, certificate: () => certificates.authority.certificate }),
          {
            store: core.store,
            api,
            clock,
            random,
            onError: ({ error }) => {
              if (!(error instanceof ApiError)) onError(error);
            },
          },
        );
  for (const node of options.nodes ?? [{ name: "node-1" }]) {
    if (api.get("nodes", { namespace: "", name: node.name }) === undefined)
      await api.create("nodes", nodeObject(node, clock.now()));
  }
  return {
    name,
    url,
    certificate: certificates.authority.certificate,
    token,
    core,
    api,
    settled: async () => running?.settled(),
    stop: async () => {
      running?.stop();
      await server.close();
      core.close();
      core.store.close();
    },
  };
}
