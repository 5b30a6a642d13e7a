import assert from "node:assert/strict";
import { test } from "node:test";
import { get, virtualClock, type VirtualClock } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import { createInformers } from "@fairlead/kube";
import { fakeClient, type FakeClient, type FakeClientOptions } from "../../../../../kube/test/fake-client.ts";
import { memoryLog, until } from "../../../../test/run/fake-cluster.ts";
import { defaultSettings } from "../../../plan/mesh/model/presets.ts";
import type { AddressSettings } from "../../../plan/mesh/model/settings.ts";
import { openAddressBook } from "./book.ts";

const namespace = "fairlead-mesh";
const base: AddressSettings = { ...defaultSettings.addresses, shards: 4 };

function open(client: FakeClient, clock: VirtualClock, settings = base, written = new Map<string, string[]>()) {
  const stores = new Map<string, ReadonlyMap<string, readonly string[]>>();
  const findings = new Map<string, readonly Finding[]>();
  const counts: string[] = [];
  const informers = createInformers(client, { clock, random: () => 0 });
  const book = openAddressBook({
    client,
    informers,
    namespace,
    settings,
    clock,
    log: memoryLog().log,
    mayWrite: () => true,
    ensureNamespace: () => Promise.resolve(),
    written: () => written,
    onHosts: (store, hosts) => void stores.set(store, hosts),
    onFindings: (about, list) => void findings.set(about, list),
    count: (verb, outcome) => void counts.push(`${verb} ${outcome}`),
  });
  const address = (host: string) => [...stores.values()].map((hosts) => hosts.get(host)?.[0]).find(Boolean);
  const stop = async (): Promise<void> => {
    book.stop();
    await informers.stop();
  };
  return { book, address, counts, findings, stop };
}

const make = (options: FakeClientOptions = {}) => fakeClient({ anyNamespace: true, ...options });
const hosts = (count: number) => Array.from({ length: count }, (_, at) => `prd.s${at}.global`);

/** All hosts that stores hold, with their addresses. */
function stored(client: FakeClient): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const object of client.store.list(client.resource("ConfigMap"), namespace)) {
    for (const [host, text] of Object.entries((object["data"] ?? {}) as Record<string, string>)) {
      found.set(host, [...(found.get(host) ?? []), text.split(" ")[0]!]);
    }
  }
  return found;
}

test("stores the addresses of many hosts with one write for each store", async () => {
  const clock = virtualClock();
  const client = make();
  const { book, address, counts, stop } = open(client, clock);
  await until(clock, () => book.synced());
  book.allocate(hosts(200));
  await until(clock, () => book.isIdle());
  assert.equal(counts.length, 4);
  assert.equal(new Set(hosts(200).map(address)).size, 200);
  book.allocate(hosts(200));
  await until(clock, () => book.isIdle());
  assert.equal(counts.length, 4, "what is there is not written again");
  await stop();
});

for (const [what, settings] of Object.entries<AddressSettings>({
  shards: base,
  "the predecessor's ConfigMap": { ...base, allocation: "counter", store: "se-address-configmap" },
})) {
  test(`two controllers that race over ${what} never give a host two addresses`, async () => {
    const clock = virtualClock();
    const client = make();
    const other = make({ store: client.store });
    const [one, two] = [open(client, clock, settings), open(other, clock, settings)];
    await until(clock, () => one.book.synced() && two.book.synced());
    for (let round = 1; round <= 5; round++) {
      one.book.allocate(hosts(round * 40));
      two.book.allocate(hosts(round * 40 + 20).reverse());
    }
    await until(clock, () => one.book.isIdle() && two.book.isIdle());
    await until(clock, () => hosts(220).every((host) => one.address(host) !== undefined));
    for (const host of hosts(220)) assert.equal(one.address(host), two.address(host), host);
    assert.equal(new Set(hosts(220).map(one.address)).size, 220);
    if (settings.allocation === "hash") for (const [host, list] of stored(client)) assert.equal(list.length, 1, host);
    assert.ok(
      [...one.counts, ...two.counts].some((count) => count.endsWith("conflict")),
      "they met",
    );
    await one.stop();
    await two.stop();
  });
}

test("tells no address that is not stored, and tries again when the server is back", async () => {
  const clock = virtualClock();
  let isDown = true;
  const client = make({
    before({ verb }) {
      if (isDown && verb === "create") throw new Error("down");
    },
  });
  const { book, address, findings, stop } = open(client, clock);
  await until(clock, () => book.synced());
  book.allocate(hosts(1));
  await until(clock, () => (findings.get("addresses") ?? []).length > 0);
  assert.equal(findings.get("addresses")![0]!.code, "FL848");
  assert.equal(address("prd.s0.global"), undefined);
  isDown = false;
  await until(clock, () => address("prd.s0.global") !== undefined);
  assert.deepEqual(findings.get("addresses"), []);
  await stop();
});

test("a store that was deleted gets the addresses back that objects have", async () => {
  const clock = virtualClock();
  const client = make();
  const written = new Map<string, string[]>();
  const { book, address, stop } = open(client, clock, base, written);
  await until(clock, () => book.synced());
  book.allocate(["prd.a.global"]);
  await until(clock, () => address("prd.a.global") !== undefined);
  const before = address("prd.a.global")!;
  const [store] = client.store.list(client.resource("ConfigMap"), namespace) as KrmObject[];
  written.set("prd.a.global", [before]);
  client.store.remove(client.resource("ConfigMap"), { namespace, name: get(store!.metadata, "name") as string });
  await until(clock, () => address("prd.a.global") === undefined);
  book.allocate(["prd.a.global"]);
  await until(clock, () => address("prd.a.global") !== undefined);
  assert.equal(address("prd.a.global"), before);
  await stop();
});

test("gives back what is not in use", async () => {
  const clock = virtualClock();
  const client = make();
  const { book, address, stop } = open(client, clock);
  await until(clock, () => book.synced());
  book.allocate(hosts(3));
  await until(clock, () => hosts(3).every((host) => address(host) !== undefined));
  await book.release((host) => host !== "prd.s1.global");
  assert.equal(address("prd.s1.global"), undefined);
  assert.notEqual(address("prd.s0.global"), undefined);
  await stop();
});
