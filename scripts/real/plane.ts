import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { kubeconfigText, type PlaneAccess } from "./access.ts";
import { ensureTool } from "./ensure-tool.ts";
import { RealPlaneError } from "./errors.ts";
import { startGuard, type Guard } from "./guarded.ts";
import { request } from "./request.ts";
import { kubernetesRelease } from "./versions.ts";

export interface Plane extends PlaneAccess {
  /** Temporary; removed by `stop` and when this process dies. */
  readonly folder: string;
  /** By program name. */
  readonly processes: Readonly<Record<"etcd" | "kube-apiserver", number>>;
  stop(): Promise<void>;
}

export interface PlaneOptions {
  readonly kubernetes?: string;
  /** How long the API server may take until it is ready. */
  readonly readyTimeoutMs?: number;
}

/**
 * An etcd and an API server on free ports of the loopback interface, ready. Both end with `stop`, and also when this
 * process goes away in any other manner. Throws `tool-unavailable` or `plane-failed`, the latter with the log's end.
 */
export async function startPlane(options: PlaneOptions = {}): Promise<Plane> {
  const release = kubernetesRelease(options.kubernetes);
  const apiServer = await ensureTool("kube-apiserver", { kubernetes: release });
  const etcd = await ensureTool("etcd");
  const guard = startGuard();
  try {
    return await start(guard, { apiServer, etcd, release, timeoutMs: options.readyTimeoutMs ?? 60_000 });
  } catch (error) {
    await guard.stop();
    throw error;
  }
}

interface Start {
  readonly apiServer: string;
  readonly etcd: string;
  readonly release: string;
  readonly timeoutMs: number;
}

async function start(guard: Guard, { apiServer, etcd, release, timeoutMs }: Start): Promise<Plane> {
  const [client, peer, secure] = (await freePorts(3)) as [number, number, number];
  const token = randomBytes(24).toString("hex");
  const file = (name: string): string => path.join(guard.folder, name);
  writeFileSync(file("tokens.csv"), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(file("sa.key"), privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });

  const etcdPid = await guard.start("etcd", etcd, etcdFlags(guard.folder, client, peer));
  const serverPid = await guard.start("kube-apiserver", apiServer, apiServerFlags(guard.folder, client, secure));
  const url = `https://127.0.0.1:${secure}`;
  const certificate = await waitUntilReady(guard, url, token, timeoutMs);
  writeFileSync(file("kubeconfig"), kubeconfigText(url, token, certificate), { mode: 0o600 });
  return {
    url,
    token,
    certificate,
    kubeconfig: file("kubeconfig"),
    kubernetes: release,
    folder: guard.folder,
    processes: { etcd: etcdPid, "kube-apiserver": serverPid },
    stop: () => guard.stop(),
  };
}

function etcdFlags(folder: string, client: number, peer: number): string[] {
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  return [
    "--unsafe-no-fsync",
    `--data-dir=${path.join(folder, "etcd")}`,
    `--listen-client-urls=${at(client)}`,
    `--advertise-client-urls=${at(client)}`,
    `--listen-peer-urls=${at(peer)}`,
    `--initial-advertise-peer-urls=${at(peer)}`,
    `--initial-cluster=default=${at(peer)}`,
    "--log-level=warn",
  ];
}

function apiServerFlags(folder: string, etcdPort: number, port: number): string[] {
  const file = (name: string): string => path.join(folder, name);
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--secure-port=${port}`,
    "--bind-address=127.0.0.1",
    // Otherwise the server looks for the machine's default route, which a machine without network lacks.
    "--advertise-address=192.0.2.1",
    `--cert-dir=${file("certs")}`,
    `--service-account-key-file=${file("sa.key")}`,
    `--service-account-signing-key-file=${file("sa.key")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    "--authorization-mode=RBAC",
    // As every cluster has it: agents of nodes need it.
    "--allow-privileged=true",
    `--token-auth-file=${file("tokens.csv")}`,
    "--service-cluster-ip-range=10.96.0.0/16",
    // No controller makes the default service account here, and this plugin refuses pods without it.
    "--disable-admission-plugins=ServiceAccount",
  ];
}

/** Resolves to the server's certificate once /readyz says ok. */
async function waitUntilReady(guard: Guard, url: string, token: string, timeoutMs: number): Promise<string> {
  const deadline = performance.now() + timeoutMs;
  let last = "no answer yet";
  while (performance.now() < deadline) {
    for (const name of ["etcd", "kube-apiserver"]) {
      const ended = guard.ended(name);
      if (ended !== undefined) throw new RealPlaneError("plane-failed", `${name} ended: ${ended}`);
    }
    try {
      const certificate = readFileSync(path.join(guard.folder, "certs", "apiserver.crt"), "utf8");
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

/** Asked for all at once, so that none is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listenAnywhere(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
