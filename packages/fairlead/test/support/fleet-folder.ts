/** A fleet on files of two clusters, in a folder that is gone afterwards. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fairlead, inFolder, type CliResult } from "./cli.ts";

export type Files = { readonly [file: string]: string };

export interface Fleet {
  run(...args: readonly string[]): Promise<CliResult>;
  write(files: Files): void;
  read(file: string): string;
  has(file: string): boolean;
  remove(file: string): void;
}

export const injected = 'sidecar.istio.io/inject: "true"';

export function workload(name: string, namespace: string, identity = name): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata:
      annotations: { ${injected} }
      labels: { app: ${name}, ${identity === "" ? "" : `identity: ${identity}, `}env: prd }
    spec: { containers: [{ name: ${name}, image: "example/${name}:1" }] }
`;
}

export function service(name: string, namespace: string): string {
  return `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80 }] }
`;
}

export const fleetFile = `home: paris
clusters:
  - { name: paris, region: eu-west, gateway: paris.example.com }
  - { name: tokyo, region: ap-east, gateway: { address: tokyo.example.com, port: 15443 } }
`;
export const orders = workload("orders", "shop") + service("orders", "shop");
export const basic: Files = {
  "fleet.yaml": fleetFile,
  "paris/orders.yaml": orders,
  "tokyo/orders.yaml": orders,
  "tokyo/cart.yaml": workload("cart", "web"),
};
export const host = "prd.orders.global";

export async function inFleet(files: Files, work: (fleet: Fleet) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const at = (file: string): string => path.join(folder, "fleet", file);
    const fleet: Fleet = {
      run: (...args) => fairlead(args, { cwd: folder }),
      write(more) {
        for (const [file, text] of Object.entries(more)) {
          mkdirSync(path.dirname(at(file)), { recursive: true });
          writeFileSync(at(file), text);
        }
      },
      read: (file) => readFileSync(at(file), "utf8"),
      has: (file) => existsSync(at(file)),
      remove: (file) => rmSync(at(file), { recursive: true }),
    };
    fleet.write(files);
    await work(fleet);
  });
}
