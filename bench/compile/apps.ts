import { createWriteStream } from "node:fs";
import { once } from "node:events";

/** The App of the comparison: one container, http and grpc, a config, two secrets, three scaling triggers. */
export function appText(index: number): string {
  const name = `app-${String(index).padStart(5, "0")}`;
  return `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: ${name}, namespace: shop}
spec:
  partOf: shop
  containers:
    - name: ${name}
      image: registry.example/${name}:1.0.0
      command: [python, server.py]
      http: {port: 8000, path: /healthz}
      grpc: {port: 5000}
      configs: [shared]
      secrets: [db, ${name}]
      resources:
        requests: {cpu: 100m, memory: 128Mi}
        limits: {memory: 256Mi}
  scaling:
    min: 1
    max: 10
    cpu: 60
    memory: 80
    pubsub: [{subscription: ${name}, size: 1000}]
`;
}

/** Writes `count` Apps as one stream of documents. */
export async function writeApps(file: string, count: number): Promise<void> {
  const out = createWriteStream(file);
  for (let index = 0; index < count; index++) {
    if (!out.write(`---\n${appText(index)}`)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
}
