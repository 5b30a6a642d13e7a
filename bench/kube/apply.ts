/**
 * An apply set of 2,000 objects against a real API server: applied, applied again, changed in one place, deleted.
 *
 *   node scripts/with-node.mjs bench/kube/apply.ts [--short]
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import type { KrmObject } from "@fairlead/krm";
import {
  accessOf,
  createClient,
  deleteApplySet,
  diffApplySet,
  planFor,
  runApply,
  type ApplySetOptions,
  type Client,
} from "@fairlead/kube";
import { startPlane } from "../../scripts/real/plane.ts";

const namespaceCount = 5;

/** Services as people have them: four objects each, in a few namespaces that come with the set. */
export function benchObjects(count: number): KrmObject[] {
  const objects: KrmObject[] = Array.from({ length: namespaceCount }, (_, index) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: `team-${index}` },
  }));
  for (let i = 0; objects.length < count; i++) objects.push(...service(i).slice(0, count - objects.length));
  return objects;
}

function service(index: number): KrmObject[] {
  const labels = { "app.kubernetes.io/name": `svc-${index}`, "app.kubernetes.io/managed-by": "fairlead" };
  const metadata = { name: `svc-${index}`, namespace: `team-${index % namespaceCount}`, labels };
  const env = Array.from({ length: 20 }, (_, at) => ({ name: `SETTING_${at}`, value: `value ${at} of ${index}` }));
  const container = {
    name: "main",
    image: `registry.example/svc-${index}:1.0.0`,
    env,
    ports: [{ name: "http", containerPort: 8080 }],
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "1000m", memory: "256Mi" } },
    readinessProbe: { httpGet: { path: "/healthz", port: "http" } },
    securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
  const spec = { serviceAccountName: metadata.name, containers: [container] };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: Object.fromEntries(env.map(({ name, value }) => [name, value])),
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
  ];
}

const options: ApplySetOptions = {
  parent: {
    resource: { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true },
    key: { namespace: "default", name: "bench" },
  },
  fieldManager: "fairlead/bench",
  tooling: "fairlead/v0.1.0",
  prune: true,
  adopt: false,
  complete: true,
  allow: ["delete-namespace"],
};

export interface ApplyFigures {
  readonly objects: number;
  readonly concurrency: number;
  /** Seconds: of observing and planning, and of writing. */
  readonly first: { readonly plan: number; readonly run: number; readonly writes: number };
  readonly second: { readonly plan: number; readonly run: number; readonly writes: number };
  readonly oneChanged: { readonly plan: number; readonly run: number; readonly writes: number };
  /** Seconds of a diff that finds nothing. */
  readonly diff: number;
  readonly deletion: number;
}

/** Applies to a cluster that has none of it, and leaves none of it (namespaces need controllers to go). */
export async function benchApply(client: Client, count: number, concurrency: number): Promise<ApplyFigures> {
  const objects = benchObjects(count);
  const apply = async (desired: readonly KrmObject[]): Promise<ApplyFigures["first"]> => {
    const start = performance.now();
    const plan = await planFor(client, desired, options, { concurrency });
    const planned = performance.now();
    const result = await runApply(client, plan, { concurrency });
    assert.deepEqual([result.ok, result.findings], [true, []]);
    return { plan: (planned - start) / 1000, run: (performance.now() - planned) / 1000, writes: result.writes };
  };
  const first = await apply(objects);
  const second = await apply(objects);
  const at = objects.findLastIndex(({ kind }) => kind === "Deployment");
  const text = JSON.stringify(objects[at]).replace(":1.0.0", ":1.0.1");
  const oneChanged = await apply(objects.with(at, JSON.parse(text) as KrmObject));
  assert.deepEqual([second.writes, oneChanged.writes], [0, 1]);
  const startDiff = performance.now();
  await diffApplySet(client, objects, options, { concurrency });
  const startDeletion = performance.now();
  const deleted = await deleteApplySet(client, options, { concurrency });
  assert.ok(deleted.ok);
  return {
    objects: count,
    concurrency,
    first,
    second,
    oneChanged,
    diff: (startDeletion - startDiff) / 1000,
    deletion: (performance.now() - startDeletion) / 1000,
  };
}

/** User and system time so far: this process, and those of the plane where /proc tells. */
function cpuSeconds(processes: Readonly<Record<string, number>>): Map<string, number> {
  const { user, system } = process.cpuUsage();
  const seconds = new Map([["this process", (user + system) / 1e6]]);
  for (const [name, pid] of Object.entries(processes)) {
    if (!existsSync(`/proc/${pid}/stat`)) continue;
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    seconds.set(name, (Number(fields[11]) + Number(fields[12])) / 100);
  }
  return seconds;
}

if (import.meta.main) {
  const plane = await startPlane();
  const client = createClient(
    accessOf({ name: "bench", server: plane.url, ca: plane.certificate, token: plane.token }),
  );
  try {
    const before = cpuSeconds(plane.processes);
    const count = process.argv.includes("--short") ? 500 : 2000;
    const figures = await benchApply(client, count, 32);
    const after = cpuSeconds(plane.processes);
    const seconds = (value: number): string => `${value.toFixed(2)} s`.padStart(9);
    process.stdout.write(`${figures.objects} objects, ${figures.concurrency} requests at once\n`);
    process.stdout.write(`${"".padEnd(16)}   observe+plan     write   writes\n`);
    for (const name of ["first", "second", "oneChanged"] as const) {
      const { plan, run, writes } = figures[name];
      process.stdout.write(
        `${name.padEnd(16)}  ${seconds(plan).padStart(13)} ${seconds(run)} ${String(writes).padStart(8)}\n`,
      );
    }
    process.stdout.write(`diff    ${seconds(figures.diff)}\ndelete  ${seconds(figures.deletion)}\n`);
    // What a busy machine does not change.
    for (const [name, used] of after) {
      process.stdout.write(`CPU of all of it, ${name.padEnd(16)} ${seconds(used - (before.get(name) ?? 0))}\n`);
    }
  } finally {
    await client.close();
    await plane.stop();
  }
}
