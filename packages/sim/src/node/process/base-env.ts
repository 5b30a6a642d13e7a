import path from "node:path";
import type { PodNetwork } from "../../network/pod-network.ts";
import type { ContainerSpec, ProcessPod } from "./pod-types.ts";

/** What programs need of the machine; the rest of the environment stays with the cluster: it may hold secrets. */
const inherited = ["HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "SHELL", "SystemRoot"];

const nodePrograms = new Set(["node", "npm", "npx"]);

export interface BaseEnvInput {
  readonly pod: ProcessPod;
  readonly container: ContainerSpec;
  readonly command: readonly string[];
  readonly address: string;
  /** In which the container's mounts lie. */
  readonly root: string;
  readonly network: PodNetwork;
  /** Files of the cluster. */
  readonly files: { readonly hook: string; readonly names: string };
}

/** What a node and an image set for a container. */
export function baseEnv({
  pod,
  container,
  command,
  address,
  root,
  network,
  files,
}: BaseEnvInput): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  const port = container.ports?.find(({ protocol = "TCP" }) => protocol === "TCP")?.containerPort;
  const { namespace, name, uid } = pod.metadata;
  const ports = network.places.podPorts(uid);
  Object.assign(env, {
    PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env["PATH"] ?? ""}`,
    HOSTNAME: pod.spec.hostname ?? name,
    TMPDIR: path.join(root, "tmp"),
    POD_IP: address,
    ...(port === undefined ? {} : { PORT: String(network.places.podPort(pod.metadata.uid, port)) }),
    FAIRLEAD_ROOT: root,
    FAIRLEAD_NAMESPACE: namespace,
    FAIRLEAD_NAMES: files.names,
    FAIRLEAD_FIRST_PORT: String(network.places.firstFree),
    ...(ports.size === 0 ? {} : { FAIRLEAD_PORTS: [...ports].map((pair) => pair.join("=")).join(",") }),
    NODE_OPTIONS: hookOption(files.hook),
  });
  if (!isNode(command)) {
    const proxy = network.proxyUrl(namespace);
    Object.assign(env, {
      HTTP_PROXY: proxy,
      http_proxy: proxy,
      NO_PROXY: "127.0.0.1,localhost",
      no_proxy: "127.0.0.1,localhost",
    });
  }
  return env;
}

/** The container's own options for Node come first, and ours stay. */
export function withHook(env: Readonly<Record<string, string>>, hook: string): Record<string, string> {
  const own = env["NODE_OPTIONS"] ?? "";
  const option = hookOption(hook);
  return own.includes(option) ? { ...env } : { ...env, NODE_OPTIONS: `${own} ${option}`.trim() };
}

function hookOption(hook: string): string {
  return `--import=${hook}`;
}

export function isNode([program = ""]: readonly string[]): boolean {
  return program === process.execPath || nodePrograms.has(path.basename(program));
}
