/** Informers over a server in memory that has faults, on a clock that the test moves. */
import { type VirtualClock, virtualClock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { fakeClient, settle } from "./fake-client.ts";
import { faultyServer, type FaultyServer, fine, type Weather } from "./faulty-server.ts";
import { modelServer, type ModelServer } from "./model-server.ts";
import { configMapList } from "./protobuf.ts";
import type { ObjectList } from "../../src/client/client.ts";
import type { Resource } from "../../src/resource.ts";
import type { Change, InformerScope } from "../../src/informer/informer.ts";
import { createInformers, type Informers, type InformersOptions } from "../../src/informer/informers.ts";

export const resource: Resource = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};
export const scope: InformerScope = { resource };

export interface Setup {
  readonly clock: VirtualClock;
  readonly model: ModelServer;
  readonly server: FaultyServer;
  readonly informers: Informers;
  readonly open: () => number;
  /** Moves the clock in small steps, so that answers and what they lead to alternate. */
  advance(ms: number): Promise<void>;
}

export function setUp(
  names = "ab",
  weather: Weather[] = [],
  options: Partial<InformersOptions> = {},
  write?: Parameters<typeof fakeClient>[1],
  messages?: Parameters<typeof fakeClient>[2],
): Setup {
  const clock = virtualClock(1_000_000);
  const model = modelServer();
  for (const name of names) model.put(name);
  const server = faultyServer(model, clock, { streaming: "knows", weather: () => weather.shift() ?? fine });
  const client = fakeClient(server, write, messages);
  const timings = { streaming: true, ...options.timings };
  const informers = createInformers(client, { clock, random: () => 0.5, ...options, timings });
  return {
    clock,
    model,
    server,
    informers,
    open: () => client.open,
    async advance(ms) {
      for (let left = ms; left > 0; left -= 20) {
        clock.advance(Math.min(20, left));
        await settle();
      }
    },
  };
}

export const nameOf = (object: KrmObject): string => object.metadata.name!;
export const names = (objects: Iterable<KrmObject>): string => [...objects].map(nameOf).sort().join("");
export const changeText = (change: Change): string =>
  `${change.kind} ${nameOf(change.kind === "deleted" ? change.previous : change.object)}`;

/** A list in Protobuf, in pieces. */
export function pieces(list: ObjectList): Buffer[] {
  return inThree(configMapList(list));
}

export function inThree(bytes: Buffer): Buffer[] {
  const size = Math.ceil(bytes.length / 3);
  return [0, 1, 2].map((i) => bytes.subarray(i * size, (i + 1) * size));
}
