import type { JsonObject } from "@fairlead/apimachinery";
import { timeText } from "../api/registry/metadata.ts";

export interface NodeOptions {
  readonly name: string;
  readonly region?: string;
  readonly zone?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** 110 pods, 32 processors and 256 GiB unless told. */
  readonly capacity?: Readonly<Record<string, string>>;
  readonly address?: string;
}

const defaultCapacity = { cpu: "32", memory: "256Gi", pods: "110", "ephemeral-storage": "1Ti" };

/** A Node as its kubelet registers it: ready, with its zone. */
export function nodeObject(options: NodeOptions, now: number): JsonObject {
  const { name, region, zone, labels = {}, address = "127.0.0.1" } = options;
  const capacity = { ...defaultCapacity, ...options.capacity };
  const time = timeText(now);
  const condition = (type: string, status: string, reason: string, message: string): JsonObject => ({
    type,
    status,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
    reason,
    message,
  });
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        ...(region === undefined ? {} : { "topology.kubernetes.io/region": region }),
        ...(zone === undefined ? {} : { "topology.kubernetes.io/zone": zone }),
        ...labels,
      },
    },
    spec: {},
    status: {
      capacity,
      allocatable: capacity,
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: name },
      ],
      conditions: [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
      ],
      nodeInfo: {
        architecture: "amd64",
        bootID: "",
        containerRuntimeVersion: "fairlead://1",
        kernelVersion: "",
        kubeProxyVersion: "",
        kubeletVersion: "v1.36.3",
        machineID: "",
        operatingSystem: "linux",
        osImage: "Fairlead",
        systemUUID: "",
      },
    },
  };
}
