import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { accessOf, createClient } from "@fairlead/kube";
import { createCluster, type Cluster, type ClusterOptions } from "../../src/cluster/create-cluster.ts";
import type { ProcessOptions } from "../../src/cluster/processes.ts";

export const fixtures = path.join(import.meta.dirname, "fixtures");

export interface ProcessCluster {
  readonly cluster: Cluster;
  readonly client: ReturnType<typeof createClient>;
  /** Holds everything that the cluster keeps. */
  readonly folder: string;
  create(collection: string, object: JsonObject): Promise<JsonObject>;
  /** Before the test ends. */
  stop(): Promise<void>;
  pod(name: string): JsonObject | undefined;
  pods(label: string): readonly JsonObject[];
}

/** A cluster with real processes, stopped when the test ends. */
export async function processCluster(
  t: TestContext,
  processes: Partial<ProcessOptions> = {},
  options: ClusterOptions = {},
): Promise<ProcessCluster> {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-processes-"));
  const invalid: string[] = [];
  const cluster = await createCluster({
    nodes: [{ name: "node-1", capacity: { pods: "10000" } }],
    processes: { directory: fixtures, folder, ...processes },
    onError: (error) => t.diagnostic(String(error)),
    onRetry: ({ controller, key, error }) => {
      if ((error as { readonly code?: number }).code === 422) invalid.push(`${controller} of ${key}: ${String(error)}`);
    },
    ...options,
  });
  const client = createClient(accessOf({ server: cluster.url, ca: cluster.certificate, token: cluster.token }));
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= cluster.stop());
  t.after(async () => {
    await client.close();
    await stop();
    rmSync(folder, { recursive: true, force: true });
    // Nothing that a control loop writes may be invalid: it would try in vain for ever.
    assert.deepEqual(invalid, []);
  });
  const account = { namespace: "default", name: "default" };
  await until(() => cluster.api.get("serviceaccounts", account) !== undefined, "pods may be created");
  return {
    cluster,
    client,
    folder,
    stop,
    create: (collection, object) => cluster.api.create(collection, object),
    pod: (name) => cluster.api.get("pods", { namespace: "default", name }),
    pods: (app) =>
      cluster.api.list("pods", "default").filter((pod) => get(get(pod["metadata"], "labels"), "app") === app),
  };
}

export function isReady(pod: JsonObject | undefined): boolean {
  const conditions = get(pod?.["status"], "conditions");
  return (
    Array.isArray(conditions) && conditions.some((one) => get(one, "type") === "Ready" && get(one, "status") === "True")
  );
}

export function phaseOf(pod: JsonObject | undefined): JsonValue | undefined {
  return get(pod?.["status"], "phase");
}

export function processPod(
  name: string,
  command: JsonValue,
  container: JsonObject = {},
  spec: JsonObject = {},
): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      labels: { app: name },
      annotations: { "fairlead.dev/process": JSON.stringify(command) },
    },
    spec: {
      terminationGracePeriodSeconds: 5,
      containers: [{ name: "app", image: `${name}:1`, ...container }],
      ...spec,
    },
  };
}

/** Processes of this machine that have a text in their environment; the process itself left out. */
export function processesWith(text: string): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && environmentOf(pid).includes(text));
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}

/** Polls, because nobody tells when the other side has seen something. A busy machine may take its time. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
