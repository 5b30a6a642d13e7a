import { clone, virtualClock, type VirtualClock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { createInformers, KubeError, type Client } from "@fairlead/kube";
import { fakeClient, type FakeClient, type FakeClientOptions } from "../../../kube/test/fake-client.ts";
import type { ClusterConnection } from "../../src/run/attach.ts";

/** Lets everything run that waits for nothing but its turn. */
export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Turns until it is so, moving the clock on in small steps; fails after a while. */
export async function until(clock: VirtualClock, condition: () => boolean, what = "the condition"): Promise<void> {
  for (let step = 0; step < 2_000; step++) {
    if (condition()) return;
    await turn();
    if (step % 5 === 4) clock.advance(50);
  }
  throw new Error(`${what} did not come true`);
}

/** Lets time pass, with turns in between. */
export async function pass(clock: VirtualClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 250) {
    clock.advance(Math.min(250, left));
    for (let turns = 0; turns < 4; turns++) await turn();
  }
}

export interface FakeCluster {
  readonly client: FakeClient;
  readonly connection: ClusterConnection;
  /** Breaks what is read of a kind, now and until what it returns is called. */
  readonly cut: (kind: string) => () => void;
}

/** A cluster in memory, with real informers. */
export function fakeCluster(name: string, clock: VirtualClock, options: FakeClientOptions = {}): FakeCluster {
  const client = fakeClient({ anyNamespace: true, ...options });
  const broken = new Map<string, AbortController>();
  const informers = createInformers(receiving(client, broken), { clock, random: () => 0 });
  function cut(kind: string): () => void {
    const wire = broken.get(kind) ?? new AbortController();
    broken.set(kind, wire);
    wire.abort();
    return () => void broken.delete(kind);
  }
  return { client, connection: { name, client, informers }, cut };
}

/** A client whose lists and watches give objects that are nobody else's, as what comes over a connection is. */
function receiving(client: FakeClient, broken: Map<string, AbortController>): Client {
  /** A watch or list of a kind goes over a wire that can be cut. */
  const wireOf = (kind: string): AbortSignal => {
    const wire = broken.get(kind) ?? new AbortController();
    broken.set(kind, wire);
    if (wire.signal.aborted) throw new KubeError("connection", `no way to ${kind}`);
    return wire.signal;
  };
  return Object.assign(Object.create(client) as Client, {
    async list(...given: Parameters<Client["list"]>) {
      wireOf(given[0].kind);
      const found = await client.list(...given);
      return { ...found, items: found.items.map(clone) };
    },
    async *pages(...given: Parameters<Client["pages"]>) {
      for await (const page of client.pages(...given)) yield { ...page, items: page.items.map(clone) };
    },
    async *watch(...[resource, options = {}]: Parameters<Client["watch"]>) {
      const wire = wireOf(resource.kind);
      const signal = options.signal === undefined ? wire : AbortSignal.any([options.signal, wire]);
      options.onOpen?.();
      for await (const event of client.watch(resource, { ...options, signal })) {
        yield event.type === "BOOKMARK" ? event : { ...event, object: clone(event.object) };
      }
      if (wire.aborted) throw new KubeError("connection", `the connection for ${resource.kind} was lost`);
    },
  });
}

export function create(client: FakeClient, object: KrmObject): Promise<KrmObject> {
  return client.create(client.resource(object.kind), object);
}

export { virtualClock };
export { type Line, memoryLog } from "./memory-log.ts";
