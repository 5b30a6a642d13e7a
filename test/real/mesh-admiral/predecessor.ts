/** The real predecessor on two planes. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { canonicalJson, compareText, get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Client } from "@fairlead/kube";
import { ensureTool } from "../../../scripts/real/ensure-tool.ts";
import { startGuard } from "../../../scripts/real/guarded.ts";
import { until } from "../../../scripts/real/until.ts";
import { clusterNames, type ClusterName, type Planes } from "./planes.ts";

export interface Predecessor {
  /** Its log so far. */
  log(): string;
  stop(): Promise<void>;
}

export async function startPredecessor({ kubeconfig }: Planes, flags: readonly string[]): Promise<Predecessor> {
  const program = await ensureTool("admiral");
  const guard = startGuard();
  try {
    await guard.start("admiral", program, ["--kube_config", kubeconfig, ...flags]);
  } catch (error) {
    await guard.stop();
    throw error;
  }
  return { log: () => readFileSync(path.join(guard.folder, "admiral.log"), "utf8"), stop: guard.stop };
}

const written = ["ServiceEntry", "DestinationRule", "VirtualService", "Sidecar"];

/** What is written in each cluster, without what a server adds, by `KIND NAMESPACE/NAME`. */
export async function objectsOf(client: Client): Promise<ReadonlyMap<string, JsonObject>> {
  const found = new Map<string, JsonObject>();
  for (const kind of written) {
    const resource = await client.discovery.resource({ apiVersion: "networking.istio.io/v1", kind });
    const { items } = await client.list(resource);
    for (const { metadata, spec } of items as unknown as { metadata: JsonObject; spec: JsonObject }[]) {
      const { namespace, name, labels = {}, annotations = {} } = metadata;
      found.set(`${kind} ${String(namespace)}/${String(name)}`, { labels, annotations, spec });
    }
  }
  return found;
}

export type Written = { readonly [cluster in ClusterName]: ReadonlyMap<string, JsonObject> };

export async function writtenIn({ clients }: Planes): Promise<Written> {
  const [west, east] = await Promise.all(clusterNames.map((cluster) => objectsOf(clients[cluster])));
  return { west: west!, east: east! };
}

/**
 * Resolves when a condition holds and nothing has changed for `quietMs`, which should be several of its periods: with
 * each it goes through everything. The order of endpoints is no change: it comes from an unordered map each time.
 */
export async function untilQuiet(
  planes: Planes,
  what: string,
  condition: (written: Written) => boolean,
  quietMs: number,
): Promise<Written> {
  let before = "";
  let since = performance.now();
  return await until(
    what,
    async () => {
      // Looking costs the servers something, which the predecessor would have to wait for.
      await sleep(400);
      const now = await writtenIn(planes);
      const text = clusterNames.map((cluster) => textOf(now[cluster])).join("\n");
      if (text !== before || !condition(now)) since = performance.now();
      before = text;
      return performance.now() - since >= quietMs && now;
    },
    150_000,
  );
}

function textOf(objects: ReadonlyMap<string, JsonObject>): string {
  return canonicalJson([...objects].sort(([a], [b]) => compareText(a, b)).map(([key, one]) => [key, sorted(one)]));
}

function sorted(object: JsonObject): JsonObject {
  const endpoints = get(object["spec"], "endpoints");
  if (!Array.isArray(endpoints)) return object;
  const texts: JsonValue[] = endpoints.map(canonicalJson).sort(compareText);
  return { ...object, spec: { ...(object["spec"] as JsonObject), endpoints: texts } };
}
