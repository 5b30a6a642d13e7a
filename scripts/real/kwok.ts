import { writeFileSync } from "node:fs";
import path from "node:path";
import type { JsonObject } from "@fairlead/apimachinery";
import { podStages } from "./pod-stages.ts";

const apiVersion = "kwok.x-k8s.io/v1alpha1";

/**
 * Writes kwok's configuration and returns its path. A command that is executed in any container runs on this machine,
 * in the plane's folder; a connection that is forwarded to any port is answered with what it sends (`cat`); every
 * container's log is the file `container.log` of the plane's folder, in the format of the container runtime interface.
 */
export function writeKwokConfiguration(folder: string): string {
  const log = path.join(folder, "container.log");
  writeFileSync(log, containerLog(["started", "ready"]));
  const documents: JsonObject[] = [
    ...podStages,
    loadBalancerStage,
    named("ClusterExec", { execs: [{ local: { workDir: folder } }] }),
    named("ClusterAttach", { attaches: [{ logsFile: log }] }),
    named("ClusterPortForward", { forwards: [{ command: ["cat"] }] }),
    named("ClusterLogs", { logs: [{ logsFile: log, previousLogsFile: log, follow: true }] }),
  ];
  const file = path.join(folder, "kwok.yaml");
  writeFileSync(file, documents.map((one) => `${JSON.stringify(one)}\n---\n`).join(""));
  return file;
}

function named(kind: string, spec: JsonObject): JsonObject {
  return { apiVersion, kind, metadata: { name: "all" }, spec };
}

/** Lines as a container runtime writes them: time, stream, `F` for a full line, text. */
export function containerLog(lines: readonly string[]): string {
  return lines.map((line) => `${new Date().toISOString().replace("Z", "000000Z")} stdout F ${line}\n`).join("");
}

/** No cloud gives an address to a Service of type LoadBalancer here: the harness does, one of TEST-NET-3 (RFC 5737). */
const loadBalancerStage: JsonObject = {
  apiVersion,
  kind: "Stage",
  metadata: { name: "load-balancer-of-the-harness" },
  spec: {
    resourceRef: { apiGroup: "v1", kind: "Service" },
    selector: {
      matchExpressions: [
        { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" },
        { key: ".spec.type", operator: "In", values: ["LoadBalancer"] },
        { key: ".status.loadBalancer.ingress", operator: "DoesNotExist" },
      ],
    },
    next: { statusTemplate: 'loadBalancer:\n  ingress:\n  - ip: "203.0.113.10"\n' },
  },
};
