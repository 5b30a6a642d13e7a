import type { KrmObject } from "@fairlead/krm";

/** How the pods of the benchmark are spread, as in a cluster of many small services. */
export const podsPerWorkload = 20;
export const namespaces = 25;

const restarted = "2026-11-21T10:00:00Z";

/**
 * One pod as its ReplicaSet would make it and its kubelet report on it: what replicas have in common is equal, names,
 * node and environment of a workload differ. The server adds defaults, uid, versions and managedFields: then it is
 * 3.2 KB of JSON. It has a node already: no scheduler is needed, and none touches it.
 */
export function benchPod(index: number): KrmObject {
  const workload = Math.floor(index / podsPerWorkload);
  const app = `service-${workload}`;
  const hash = (workload * 7919 + 100_000).toString(36);
  const image = `registry.example.com/team-${workload % namespaces}/${app}:1.${workload % 40}.${workload % 7}`;
  const labels = {
    app,
    "app.kubernetes.io/name": app,
    "app.kubernetes.io/part-of": `system-${workload % 60}`,
    "pod-template-hash": hash,
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${app}-${hash}-${index.toString(36).padStart(5, "0")}`,
      namespace: podNamespace(index),
      labels,
      annotations: { "kubectl.kubernetes.io/restartedAt": restarted, "prometheus.io/port": "9090" },
    },
    spec: {
      nodeName: `node-${index % 400}`,
      serviceAccountName: app,
      automountServiceAccountToken: false,
      containers: [
        {
          name: "app",
          image,
          ports: [{ name: "http", containerPort: 8080 }],
          env: ["DATABASE", "BROKER", "CACHE"].map((name) => ({
            name: `${name}_URL`,
            value: `${name.toLowerCase()}.system-${workload % 60}.svc:5432/${app}`,
          })),
          resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
          readinessProbe: { httpGet: { path: "/ready", port: 8080 } },
        },
      ],
    },
  };
}

export function podNamespace(index: number): string {
  return `team-${Math.floor(index / podsPerWorkload) % namespaces}`;
}
