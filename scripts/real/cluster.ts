import { writeFileSync } from "node:fs";
import path from "node:path";
import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { kubeconfigText, type PlaneAccess } from "./access.ts";
import { RealPlaneError } from "./errors.ts";
import { writeKwokConfiguration } from "./kwok.ts";
import { nodeObject, storageClass } from "./nodes.ts";
import { freePorts } from "./ports.ts";
import type { Supervisor } from "./programs.ts";
import { request } from "./request.ts";
import { until } from "./until.ts";

/** The users that the programs of a cluster are, all of them administrators. */
export const systemUsers = ["system:kube-controller-manager", "system:kube-scheduler", "system:kwok"] as const;

export interface ClusterSettings {
  /** How many nodes kwok plays. */
  readonly nodes: number;
  /** The token of each of `systemUsers`. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/**
 * Makes a cluster of an API server: controllers, a scheduler, a default StorageClass, nodes. Resolves when pods can be
 * made: the default service account is there and every node is ready.
 */
export async function startCluster(
  programs: Supervisor,
  plane: PlaneAccess,
  { nodes, tokens, timeoutMs }: ClusterSettings,
): Promise<void> {
  const [kubelet] = (await freePorts(1)) as [number];
  const kubeconfig = (user: (typeof systemUsers)[number]): string => {
    const file = path.join(plane.folder, `${user.replace("system:", "")}.kubeconfig`);
    writeFileSync(file, kubeconfigText({ ...plane, token: tokens[user]! }), { mode: 0o600 });
    return file;
  };
  await Promise.all([
    programs.start("kube-controller-manager", [
      `--kubeconfig=${kubeconfig("system:kube-controller-manager")}`,
      `--service-account-private-key-file=${path.join(plane.folder, "sa.key")}`,
      `--root-ca-file=${path.join(plane.folder, "certs", "apiserver.crt")}`,
      "--use-service-account-credentials=false",
      // Its directories stay empty: no pod ever writes into them.
      "--enable-hostpath-provisioner=true",
      ...alone,
    ]),
    programs.start("kube-scheduler", [`--kubeconfig=${kubeconfig("system:kube-scheduler")}`, ...alone]),
    create(plane, "/apis/storage.k8s.io/v1/storageclasses", storageClass),
    ...Array.from({ length: nodes }, (_, index) => create(plane, "/api/v1/nodes", nodeObject(index))),
  ]);
  if (nodes > 0) {
    await programs.start("kwok", [
      `--kubeconfig=${kubeconfig("system:kwok")}`,
      `--config=${writeKwokConfiguration(plane.folder)}`,
      "--manage-all-nodes=true",
      "--node-lease-duration-seconds=40",
      // Room for the addresses of four million pods.
      "--cidr=10.64.0.1/10",
      "--node-ip=127.0.0.1",
      `--node-port=${kubelet}`,
      `--server-address=127.0.0.1:${kubelet}`,
      `--tls-cert-file=${path.join(plane.folder, "certs", "apiserver.crt")}`,
      `--tls-private-key-file=${path.join(plane.folder, "certs", "apiserver.key")}`,
    ]);
  }
  const wait = (what: string, condition: () => Promise<boolean>): Promise<unknown> =>
    until(what, () => (programs.assertRunning(), condition()), timeoutMs);
  const serviceAccount = "/api/v1/namespaces/default/serviceaccounts/default";
  await wait("the default service account", async () => (await read(plane, serviceAccount)) !== undefined);
  await wait(`${nodes} ready nodes`, async () => (await readyNodes(plane)) === nodes);
}

/** Where kube-controller-manager's provisioner makes directories; it cannot be told. */
const volumesRoot = "/tmp/hostpath_pv";

/** One of each is all there is, nobody scrapes its metrics, and it may ask as often as it likes. */
const alone = [
  "--leader-elect=false",
  "--bind-address=127.0.0.1",
  "--secure-port=0",
  "--kube-api-qps=1000",
  "--kube-api-burst=2000",
];

async function create(plane: PlaneAccess, collection: string, object: JsonObject): Promise<void> {
  const answer = await request(plane, { method: "POST", path: collection, body: JSON.stringify(object) });
  if (answer.status !== 201) {
    throw new RealPlaneError("unexpected-answer", `POST ${collection}: ${answer.status} ${answer.text.slice(0, 500)}`);
  }
}

async function read(plane: PlaneAccess, target: string): Promise<JsonObject | undefined> {
  const answer = await request(plane, { path: target });
  return answer.status === 200 ? (JSON.parse(answer.text) as JsonObject) : undefined;
}

async function readyNodes(plane: PlaneAccess): Promise<number> {
  const items = get(await read(plane, "/api/v1/nodes"), "items");
  return (Array.isArray(items) ? items : []).filter((node) => {
    const conditions = get(get(node, "status"), "conditions");
    const ready = (Array.isArray(conditions) ? conditions : []).find((one) => get(one, "type") === "Ready");
    // The scheduler leaves a node alone until the controller has removed the taint of its first moments.
    const taints = get(get(node, "spec"), "taints");
    return isObject(ready) && ready["status"] === "True" && (!Array.isArray(taints) || taints.length === 0);
  }).length;
}

/** The directories that the provisioner has made for volumes that are still there. */
export async function volumeFolders(plane: PlaneAccess): Promise<string[]> {
  // A server that was killed or paused says nothing; then empty directories stay behind.
  const answer = await request(plane, { path: "/api/v1/persistentvolumes", timeoutMs: 2000 }).catch(() => undefined);
  const items = answer?.status === 200 ? get(JSON.parse(answer.text) as JsonObject, "items") : [];
  return (Array.isArray(items) ? items : [])
    .map((volume) => get(get(get(volume, "spec"), "hostPath"), "path"))
    .filter((folder) => typeof folder === "string" && folder.startsWith(`${volumesRoot}/`)) as string[];
}
