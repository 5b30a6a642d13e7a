import path from "node:path";
import { createInformers, createClient, accessOf, systemClock, type Client } from "@fairlead/kube";
import { createCluster, joinMesh, joinNames, writeKubeconfig, type Cluster } from "@fairlead/sim";
import { createLog } from "../../run/log.ts";
import { startManager, type Manager } from "../../run/manager.ts";
import { workloadsController } from "../../run/workloads/controller.ts";
import { version } from "../../version.ts";
import type { Fleet } from "./fleet.ts";

export interface StartFleetOptions {
  readonly fleet: Fleet;
  /** Keeps the clusters; undefined keeps nothing. */
  readonly folder: string | undefined;
  readonly kubeconfig: string;
  readonly environment: string | undefined;
  /** Where commands of process pods are run; undefined: pods are only played. */
  readonly processes: string | undefined;
  readonly onError: (text: string) => void;
}

export interface FleetMember {
  readonly name: string;
  readonly cluster: Cluster;
  readonly client: Client;
}

export interface RunningFleet {
  readonly members: readonly FleetMember[];
  readonly kubeconfig: string;
  /** Starts the controllers, once the kinds that they watch are there. */
  startControllers(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the clusters side by side and writes a kubeconfig with a context for each. */
export async function startFleet(options: StartFleetOptions): Promise<RunningFleet> {
  const { fleet, folder, kubeconfig, environment, processes, onError } = options;
  const started = await Promise.allSettled(
    fleet.clusters.map(async ({ name, nodes }) => {
      const cluster = await createCluster({
        name,
        nodes,
        ...(folder === undefined ? {} : { dataDir: path.join(folder, "clusters", name) }),
        ...(processes === undefined ? {} : { processes: { directory: processes } }),
        onError: (error) =>
          onError(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
      });
      const { url: server, certificate: ca, token } = cluster;
      return {
        name,
        cluster,
        client: createClient(accessOf({ name, server, ca, token }), { userAgent: `fairlead/${version}` }),
      };
    }),
  );
  const members = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const stopMembers = async (): Promise<void> => {
    await Promise.all(members.map(({ client }) => client.close()));
    await Promise.all(members.map(({ cluster }) => cluster.stop()));
  };
  const failed = started.find((one) => one.status === "rejected");
  if (failed !== undefined) {
    await stopMembers();
    throw failed.reason;
  }
  try {
    writeKubeconfig(
      kubeconfig,
      members.map(({ name, cluster: { url, certificate, token } }) => ({
        name,
        url,
        certificate,
        credentials: { kind: "token", token },
      })),
    );
  } catch (error) {
    await stopMembers();
    throw error;
  }
  const clusters = members.map(({ cluster }) => cluster);
  joinNames(clusters);
  // Without processes nobody sends requests.
  const mesh =
    processes === undefined
      ? undefined
      : joinMesh(clusters, {
          onError: (error) => onError(`mesh: ${error instanceof Error ? error.message : String(error)}`),
          now: () => performance.now(),
          random: Math.random,
        });
  let manager: Manager | undefined;
  return {
    members,
    kubeconfig,
    async startControllers() {
      const log = createLog({ level: "error", destination: { write: (line: string) => onError(line.trimEnd()) } });
      const random = Math.random;
      manager = await startManager({
        clusters: members.map(({ name, cluster: { url: server, certificate: ca, token } }) => {
          const client = createClient(accessOf({ name, server, ca, token }), { userAgent: `fairlead/${version}` });
          const failure = (error: unknown): void => log.error({ error }, "a listener of an informer failed");
          return { name, client, informers: createInformers(client, { clock: systemClock, random, onError: failure }) };
        }),
        controllers: [workloadsController({ environment })],
        clock: systemClock,
        random,
        log,
        instance: `up-${process.pid}`,
      });
    },
    async stop() {
      await manager?.stop();
      await mesh?.stop();
      await stopMembers();
    },
  };
}
