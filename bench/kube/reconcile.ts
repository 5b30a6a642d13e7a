/**
 * How long it takes from a watch event to the reconcile that it causes, with a real API server: 2,000 changes of 200
 * objects, one after the other. Measured are the way from the event (as it comes out of the connection) to the first
 * line of the reconcile, and the whole way from the sending of the change.
 *
 *   npm run bench -- kube [--short]
 */
import { accessOf, createClient, createInformers, systemClock, type Client, type Resource } from "@fairlead/kube";
import { defineController } from "../../packages/fairlead/src/run/controller.ts";
import { createLog } from "../../packages/fairlead/src/run/log.ts";
import { startManager } from "../../packages/fairlead/src/run/manager.ts";
import { done } from "../../packages/fairlead/src/run/outcome.ts";
import { readAccess, accessVariable, type PlaneAccess } from "../../scripts/real/access.ts";
import { startPlane } from "../../scripts/real/plane.ts";

const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const objects = 200;

interface Timing {
  sentAt: number;
  eventAt: number;
  reconciledAt: number;
}

async function measure(plane: PlaneAccess, changes: number): Promise<readonly Timing[]> {
  const access = accessOf({ name: "bench", server: plane.url, ca: plane.certificate, token: plane.token });
  const writer = createClient(access);
  const client = createClient(access);
  const timings: Timing[] = [];
  let current: { name: string; timing: Timing; resolve: () => void } | undefined;
  const labels = { bench: "reconcile" };
  const nameOf = (index: number) => `reconcile-${index % objects}`;
  const keyOf = (name: string) => ({ namespace: "default", name });

  const watched = Object.assign(Object.create(client) as Client, {
    async *watch(...given: Parameters<Client["watch"]>) {
      for await (const event of client.watch(...given)) {
        if (event.type === "MODIFIED" && current?.name === event.object.metadata.name) {
          current!.timing.eventAt ||= performance.now();
        }
        yield event;
      }
    },
  });
  for (let index = 0; index < objects; index++) {
    const metadata = { ...keyOf(nameOf(index)), labels };
    await writer.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { count: "0" } });
  }
  const controller = defineController({
    name: "bench",
    watches: [
      {
        kind: { apiVersion: "v1", kind: "ConfigMap" },
        labelSelector: "bench=reconcile",
        keys: ({ metadata }) => [metadata.name ?? ""],
      },
    ],
    async reconcile(key) {
      if (current?.name === key && current.timing.eventAt > 0) {
        current.timing.reconciledAt = performance.now();
        current.resolve();
      }
      return done;
    },
  });
  const manager = await startManager({
    clusters: [{ name: "bench", client, informers: createInformers(watched, { clock: systemClock }) }],
    controllers: [controller],
    clock: systemClock,
    random: Math.random,
    log: createLog({ level: "silent" }),
    instance: "bench",
  });
  while (!manager.synced("bench")) await new Promise((resolve) => setTimeout(resolve, 20));
  for (let index = 0; index < changes; index++) {
    const name = nameOf(index);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timing = { sentAt: performance.now(), eventAt: 0, reconciledAt: 0 };
    current = { name, timing, resolve };
    const patch = { data: { count: String(index + 1) } };
    await Promise.all([promise, writer.patch(configMaps, keyOf(name), patch, { type: "merge" })]);
    timings.push(timing);
  }
  await manager.stop();
  for (let index = 0; index < objects; index++) await writer.delete(configMaps, keyOf(nameOf(index)));
  await writer.close();
  return timings;
}

function percentiles(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(2);
  return `p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms, slowest ${at(1)} ms`;
}

async function main(): Promise<void> {
  const changes = process.argv.includes("--short") ? 400 : 2_000;
  const served = process.env[accessVariable] !== undefined;
  const own = served ? undefined : await startPlane();
  try {
    const timings = await measure(served ? readAccess().plane : own!, changes);
    const toReconcile = timings.map(({ eventAt, reconciledAt }) => reconciledAt - eventAt);
    const whole = timings.map(({ sentAt, reconciledAt }) => reconciledAt - sentAt);
    process.stdout.write(`watch to reconcile   ${percentiles(toReconcile)}\n`);
    process.stdout.write(`change to reconcile  ${percentiles(whole)}\n`);
    const p99 = toReconcile.toSorted((a, b) => a - b)[Math.floor(toReconcile.length * 0.99)]!;
    if (p99 >= 5) {
      process.stdout.write("p99 of watch to reconcile is not below 5 ms\n");
      process.exitCode = 1;
    }
  } finally {
    await own?.stop();
  }
}

if (import.meta.main) await main();
