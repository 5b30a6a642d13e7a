import { generateKeyPairSync } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { kubeconfigText, type PlaneAccess } from "./access.ts";
import { apiServerFlags, etcdFlags, type EtcdAccess } from "./api-server.ts";
import { startCluster, systemUsers, volumeFolders } from "./cluster.ts";
import { ensureTool } from "./ensure-tool.ts";
import { RealPlaneError } from "./errors.ts";
import { startGuard } from "./guarded.ts";
import { freePorts } from "./ports.ts";
import { supervise, type Supervisor } from "./programs.ts";
import { request } from "./request.ts";
import type { ToolName } from "./tools.ts";
import { addUser, type PlaneUser } from "./users.ts";
import { kubernetesRelease } from "./versions.ts";

export interface PlaneOptions {
  /** `1.36` (default), `1.30`, or a full release. */
  readonly kubernetes?: string;
  /**
   * Starts kube-controller-manager and kube-scheduler; pods get service accounts, and volume claims get volumes from a
   * default StorageClass.
   */
  readonly controllers?: boolean;
  /** Nodes that kwok plays, in three zones. With nodes come controllers. */
  readonly nodes?: number;
  /** Users besides `admin`, each with a token (`plane.users`). */
  readonly users?: readonly PlaneUser[];
  /** An etcd that runs elsewhere, to be shared. */
  readonly etcd?: EtcdAccess;
  /** How contexts and clusters in kubeconfigs are called; `real` unless told. */
  readonly name?: string;
  /** Further flags of the API server. */
  readonly apiServerFlags?: readonly string[];
  /** How long each part may take until it is ready; a minute unless told. */
  readonly readyTimeoutMs?: number;
}

/** Programs of a running plane, which may be killed, paused and restarted by name. */
export interface Plane extends PlaneAccess, Pick<Supervisor, "processes" | "kill" | "pause" | "resume"> {
  /** The token of each user. */
  readonly users: Readonly<Record<string, string>>;
  /** Ends the program if it runs, starts it with the same flags (ports included) and waits until it is ready. */
  restart(name: ToolName): Promise<void>;
  /** Ends all programs and removes the folder. */
  stop(): Promise<void>;
}

/**
 * An etcd and an API server on free ports of the loopback interface, and what else is asked for, all ready. They end
 * with `stop`, and also when this process goes away in any other manner. Throws `tool-unavailable` or `plane-failed`,
 * the latter with the log's end.
 */
export async function startPlane(options: PlaneOptions = {}): Promise<Plane> {
  const kubernetes = kubernetesRelease(options.kubernetes);
  await ensureTool("kube-apiserver", { kubernetes });
  const guard = startGuard();
  try {
    return await start(supervise(guard, kubernetes), kubernetes, options);
  } catch (error) {
    await guard.stop();
    throw error;
  }
}

async function start(programs: Supervisor, kubernetes: string, options: PlaneOptions): Promise<Plane> {
  const { folder } = programs;
  const timeoutMs = options.readyTimeoutMs ?? 60_000;
  const nodes = options.nodes ?? 0;
  const controllers = options.controllers ?? nodes > 0;
  const admin = addUser(folder, { name: "admin", groups: ["system:masters"] });
  const users = Object.fromEntries((options.users ?? []).map((user) => [user.name, addUser(folder, user)]));
  const tokens = Object.fromEntries(
    systemUsers.map((name) => [name, addUser(folder, { name, groups: ["system:masters"] })]),
  );
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(path.join(folder, "sa.key"), privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });

  const [port] = (await freePorts(1)) as [number];
  const etcd = options.etcd ?? (await startEtcd(programs));
  const settings = { folder, etcd, port, controllers, flags: options.apiServerFlags ?? [] };
  await programs.start("kube-apiserver", apiServerFlags(settings));
  const url = `https://127.0.0.1:${port}`;
  const certificate = await waitUntilReady(programs, url, admin, timeoutMs);
  const kubeconfig = path.join(folder, "kubeconfig");
  const access: PlaneAccess = {
    name: options.name ?? "real",
    url,
    token: admin,
    certificate,
    kubeconfig,
    kubernetes,
    folder,
  };
  writeFileSync(kubeconfig, kubeconfigText(access), { mode: 0o600 });
  if (controllers) await startCluster(programs, access, { nodes, tokens, timeoutMs });
  return {
    ...access,
    users,
    get processes() {
      return programs.processes;
    },
    kill: programs.kill,
    pause: programs.pause,
    resume: programs.resume,
    restart: async (name) => {
      await programs.restart(name);
      await waitUntilReady(programs, url, admin, timeoutMs);
    },
    stop: async () => {
      const volumes = controllers ? await volumeFolders(access) : [];
      await programs.stop();
      for (const volume of volumes) rmSync(volume, { recursive: true, force: true });
    },
  };
}

/** Starts an etcd of the guard's own. */
export async function startEtcd(programs: Supervisor): Promise<EtcdAccess> {
  const [client, peer] = (await freePorts(2)) as [number, number];
  await programs.start("etcd", etcdFlags(programs.folder, client, peer));
  return { url: `http://127.0.0.1:${client}` };
}

/** Resolves to the server's certificate once /readyz says ok. */
async function waitUntilReady(programs: Supervisor, url: string, token: string, timeoutMs: number): Promise<string> {
  const deadline = performance.now() + timeoutMs;
  let last = "no answer yet";
  while (performance.now() < deadline) {
    programs.assertRunning();
    try {
      const certificate = readFileSync(path.join(programs.folder, "certs", "apiserver.crt"), "utf8");
      const answer = await request({ url, token, certificate }, { path: "/readyz", timeoutMs: 5000 });
      if (answer.status === 200) return certificate;
      last = `/readyz answered ${answer.status}: ${answer.text.slice(0, 500)}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await sleep(50);
  }
  throw new RealPlaneError("plane-failed", `the API server was not ready after ${timeoutMs / 1000} s: ${last}`);
}
