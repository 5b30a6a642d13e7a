import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { admiralSettings, defaultSettings } from "../model/presets.ts";
import type { AddressSettings } from "../model/settings.ts";
import { allocateAddresses, readStores, releaseAddresses } from "./allocate.ts";
import type { AddressStore, Allocation } from "./store.ts";

const hash = defaultSettings.addresses;
const counter = admiralSettings.addresses;
const start = Date.parse("2026-01-01T00:00:00Z");
const day = 86_400_000;

function applied(stores: readonly AddressStore[], { changed }: Allocation): readonly AddressStore[] {
  return [...stores.filter(({ name }) => changed.every((one) => one.name !== name)), ...changed];
}

test("gives a host the same address again", () => {
  for (const settings of [hash, counter]) {
    const first = allocateAddresses([], ["prd.orders.global"], settings, start);
    const again = allocateAddresses(first.changed, ["prd.Orders.global"], settings, start);
    assert.deepEqual(again.addresses, first.addresses);
    assert.deepEqual(again.changed, []);
  }
});

test("counts as the predecessor does and writes its ConfigMap", () => {
  const { changed, addresses } = allocateAddresses([], ["prd.orders.global", "prd.cart.global"], counter, start);
  assert.deepEqual(changed, [
    {
      name: "se-address-configmap",
      data: {
        serviceEntryAddressStore:
          "entry-addresses:\n  prd.cart.global-se: 240.0.10.1\n  prd.orders.global-se: 240.0.10.2\naddresses: [240.0.10.1, 240.0.10.2]\n",
      },
    },
  ]);
  assert.deepEqual(addresses.get("prd.orders.global"), ["240.0.10.2"]);
});

test("keeps the predecessor's list in the way it is written, and its order", () => {
  const text = "entry-addresses:\n  b-se: 240.0.10.1\n  a-se: 240.0.10.2\naddresses:\n- 240.0.10.2\n- 240.0.10.1\n";
  const store = { name: "se-address-configmap", data: { serviceEntryAddressStore: text, other: "kept" } };
  const { changed } = allocateAddresses([store], ["c"], counter, start);
  assert.deepEqual(changed[0]!.data, {
    serviceEntryAddressStore:
      "entry-addresses:\n  a-se: 240.0.10.2\n  b-se: 240.0.10.1\n  c-se: 240.0.10.3\naddresses:\n- 240.0.10.2\n- 240.0.10.1\n- 240.0.10.3\n",
    other: "kept",
  });
});

test("goes on with .0 of the next block after .255, and starts each block by the count", () => {
  const many = Array.from({ length: 520 }, (_, at) => `h${at}`);
  const { addresses } = allocateAddresses([], many, counter, start);
  const inOrder = many.toSorted().map((host) => addresses.get(host)![0]);
  assert.equal(inOrder[254], "240.0.10.255");
  assert.equal(inOrder[255], "240.0.11.1");
  const taken = "entry-addresses:\n  a-se: 240.0.11.1\n  b-se: 240.0.10.3\naddresses: [240.0.11.1, 240.0.10.3]\n";
  const store = { name: counter.store, data: { serviceEntryAddressStore: taken } };
  assert.deepEqual(allocateAddresses([store], ["c"], counter, start).addresses.get("c"), ["240.0.10.4"]);
});

test("takes nothing from a store that is broken, and keeps what can be read of it", () => {
  const broken: readonly (readonly [AddressSettings, AddressStore])[] = [
    [
      counter,
      {
        name: counter.store,
        data: { serviceEntryAddressStore: "entry-addresses: {a-se: 240.0.10.1}\naddresses: []\n" },
      },
    ],
    [counter, { name: counter.store, data: { serviceEntryAddressStore: "entry-addresses: [" } }],
    [
      { ...hash, shards: 1 },
      { name: `${hash.store}-0`, data: { a: "240.0.3.4", b: "who knows" } },
    ],
  ];
  for (const [settings, store] of broken) {
    const result = allocateAddresses([store], ["new", "b"], settings, start);
    assert.deepEqual([result.changed, result.addresses.size], [[], 0], JSON.stringify(store));
    assert.ok(result.findings.some(({ code }) => code === "FL811"));
    assert.ok(readStores([store], settings).findings.length > 0);
  }
  assert.deepEqual(readStores([broken[2]![1]], broken[2]![0]).addresses.get("a"), ["240.0.3.4"]);
});

test("keeps an address in quarantine, and gives it back to its host", () => {
  const tiny = { ...hash, ranges: ["240.0.0.0/30"], shards: 1 };
  let stores = allocateAddresses([], ["a", "b"], tiny, start).changed;
  const of = (host: string) => readStores(stores, tiny).addresses.get(host);
  const before = of("a");
  stores = applied(stores, releaseAddresses(stores, ["a"], tiny, start));
  assert.equal(of("a"), undefined);
  assert.equal(allocateAddresses(stores, ["c"], tiny, start + day - 1).addresses.get("c"), undefined);
  assert.deepEqual(allocateAddresses(stores, ["a"], tiny, start + 10 * day).addresses.get("a"), before);
  stores = applied(stores, allocateAddresses(stores, ["c"], tiny, start + day));
  assert.deepEqual(of("c"), before);
  assert.equal(allocateAddresses(stores, ["a"], tiny, start + day).addresses.get("a"), undefined, "it is c's now");
});

test("gives one address of each family, IPv4 first", () => {
  const both = { ...hash, ranges: ["fd00:240::/96", "240.0.0.0/16"] };
  const { addresses } = allocateAddresses([], ["prd.orders.global"], both, start);
  const [four, six] = addresses.get("prd.orders.global")!;
  assert.match(four!, /^240\.0\.\d+\.\d+$/);
  assert.match(six!, /^fd00:240::/);
});

test("takes the address that is written already when the store has forgotten it", () => {
  for (const settings of [hash, counter]) {
    const written = new Map([["a", ["240.0.10.77"]]]);
    const { addresses } = allocateAddresses([], ["b", "a"], settings, start, written);
    assert.deepEqual(addresses.get("a"), ["240.0.10.77"]);
  }
});

type Step = { readonly hosts: readonly number[]; readonly free: readonly number[]; readonly days: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    hosts: fc.array(fc.nat(40), { maxLength: 12 }),
    free: fc.array(fc.nat(40), { maxLength: 4 }),
    days: fc.constantFrom(0, 0, 1, 2),
  }),
  { maxLength: 8 },
);

for (const [name, settings] of [
  ["hash", { ...hash, ranges: ["240.0.0.0/29"], shards: 1 }],
  ["counter", counter],
] as const) {
  test(`gives a new host no address that another has in its objects, whoever is asked for first (${name})`, () => {
    const first = allocateAddresses([], ["b"], settings, start).addresses.get("b")!;
    const lost = allocateAddresses([], ["a", "b", "c", "d"], settings, start, new Map([["b", first]]));
    assert.deepEqual(lost.addresses.get("b"), first);
    const alone = allocateAddresses([], ["a", "c", "d"], settings, start, new Map([["b", first]]));
    assert.equal(lost.addresses.size + alone.addresses.size, 7);
    for (const { addresses } of [lost, alone]) {
      const all = [...addresses].flatMap(([host, list]) => (host === "b" ? [] : [...list]));
      assert.ok(!all.includes(first[0]!), all.join());
    }
  });
}

for (const [name, settings] of [
  ["hash", { ...hash, ranges: ["240.0.0.0/25", "fd00::/120"], shards: 3 }],
  ["counter", counter],
] as const) {
  test(`never gives two addresses to a host or one to two, whatever comes and goes (${name})`, () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        let stores: readonly AddressStore[] = [];
        let now = start;
        const held = new Map<string, string>();
        for (const { hosts, free, days } of sequence) {
          now += days * day;
          const asked = hosts.map((host) => `h${host}`);
          const shuffled = allocateAddresses(stores.toReversed(), asked.toReversed(), settings, now);
          const result = allocateAddresses(stores, asked, settings, now);
          assert.deepEqual(shuffled, result, "the order of hosts and stores does not count");
          stores = applied(stores, result);
          assert.deepEqual(allocateAddresses(stores, asked, settings, now).changed, [], "once is enough");
          for (const host of asked) {
            const addresses = result.addresses.get(host)!.join(" ");
            assert.equal(held.get(host) ?? addresses, addresses, "a host keeps its address");
            held.set(host, addresses);
          }
          const known = readStores(stores, settings).addresses;
          const all = [...known.values()].flat();
          assert.equal(new Set(all).size, all.length, "no address has two hosts");
          const gone = free.map((host) => `h${host}`);
          stores = applied(stores, releaseAddresses(stores, gone, settings, now));
          if (settings.allocation === "hash") for (const host of gone) held.delete(host);
        }
      }),
      { numRuns: 80, seed: 811 },
    );
  });
}
