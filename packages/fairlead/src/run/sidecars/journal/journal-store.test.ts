import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get } from "@fairlead/apimachinery";
import { KubeError } from "@fairlead/kube";
import { fakeClient, type FakeClient, type FakeClientOptions } from "../../../../../kube/test/fake-client.ts";
import { memoryLog } from "../../../../test/run/memory-log.ts";
import { commandsOf } from "./command.ts";
import { createJournalStore, type JournalStore } from "./journal-store.ts";
import { configMaps, readJournal, sendCommand } from "./place.ts";

const place = { namespace: "fairlead-system", name: "fairlead-sidecars" };
const cluster = (options: FakeClientOptions = {}): FakeClient => fakeClient({ anyNamespace: true, ...options });
const dataOf = (client: FakeClient): unknown => client.store.find(configMaps, place)?.["data"];

function storeOf(client: FakeClient, term?: number, mayWrite = () => true): JournalStore {
  const { log } = memoryLog();
  return createJournalStore({ client, place, log, term: () => term, mayWrite, signal: new AbortController().signal });
}

describe("a journal", () => {
  test("is made when it is written first, and read by whoever comes next", async () => {
    const client = cluster();
    const first = storeOf(client, 1);
    assert.equal(await first.read(), "");
    assert.equal(await first.write({ journal: "one", status: "s" }), "written");
    assert.equal(await storeOf(client, 2).read(), "one");
    assert.deepEqual(await readJournal(client, place), { journal: "one", status: "s" });
  });

  test("that another leader has written is not written over", async () => {
    const client = cluster();
    const [first, second] = [storeOf(client, 1), storeOf(client, 2)];
    await first.read();
    await first.write({ journal: "one" });
    await second.read();
    await second.write({ journal: "two" });
    assert.equal(await first.write({ journal: "three" }), "lost");
    assert.equal(get(dataOf(client) as never, "journal.json"), "two");
  });

  test("of a later leader counts even if it says the same", async () => {
    const client = cluster();
    const [first, second] = [storeOf(client, 1), storeOf(client, 2)];
    await first.read();
    await first.write({ journal: "one" });
    await second.read();
    await second.write({ status: "second" });
    assert.equal(await first.write({ journal: "one" }), "lost");
  });

  test("is written beside commands that come meanwhile, which stay until they are carried out", async () => {
    const client = cluster();
    const store = storeOf(client, 1);
    await store.read();
    await store.write({ journal: "one" });
    const pause = { kind: "pause", by: "ann", reason: "", scope: { kind: "all" } } as const;
    await sendCommand(client, place, pause, { now: 5, random: () => 0.5 });
    assert.equal(await store.write({ journal: "two" }), "written");
    const found = [...commandsOf(dataOf(client) as never)];
    assert.deepEqual(
      found.map(([, command]) => command),
      [pause],
    );
    assert.equal(await store.write({ consumed: found.map(([id]) => id) }), "written");
    assert.equal(commandsOf(dataOf(client) as never).size, 0);
    assert.equal(get(dataOf(client) as never, "journal.json"), "two");
  });

  test("whose answer was lost is ours all the same", async () => {
    let lost = false;
    const client = cluster({
      after(request) {
        if (request.verb !== "patch" || lost) return;
        lost = true;
        throw new KubeError("connection", "it broke");
      },
    });
    const store = storeOf(client, 1);
    await store.read();
    await store.write({ journal: "one" });
    assert.equal(await store.write({ journal: "two" }), "failed");
    assert.equal(await store.write({ journal: "three" }), "written");
    assert.equal(get(dataOf(client) as never, "journal.json"), "three");
  });

  test("that somebody deletes comes back whole", async () => {
    const client = cluster();
    const store = storeOf(client, 1);
    await store.read();
    await store.write({ journal: "one" });
    client.store.remove(configMaps, place);
    assert.equal(await store.write({ status: "s" }), "written");
    assert.deepEqual(dataOf(client), { "journal.json": "one", status: "s" });
  });

  test("is not written by who may not, nor by who has not read it", async () => {
    const client = cluster();
    const held = storeOf(client, 1, () => false);
    await held.read();
    assert.equal(await held.write({ journal: "x" }), "lost");
    assert.equal(await storeOf(client, 1).write({ journal: "x" }), "failed");
    assert.deepEqual(client.writes(), []);
  });
});

describe("commands", () => {
  const all = { kind: "all" };
  const cases: readonly (readonly [string, unknown, unknown])[] = [
    [
      "a pause",
      { kind: "pause", by: "ann", reason: "r", scope: all },
      { kind: "pause", by: "ann", reason: "r", scope: all },
    ],
    ["a resumption", { kind: "resume", by: "ann", scope: all, more: 1 }, { kind: "resume", by: "ann", scope: all }],
    [
      "of a namespace",
      { kind: "resume", by: "", scope: { kind: "namespace", cluster: "c", namespace: "n" } },
      { kind: "resume", by: "", scope: { kind: "namespace", cluster: "c", namespace: "n" } },
    ],
    ["of a cluster without name", { kind: "pause", by: "", reason: "", scope: { kind: "cluster" } }, undefined],
    ["of another kind", { kind: "done", action: "x" }, undefined],
    ["that are lists", [], undefined],
  ];
  for (const [what, written, read] of cases) {
    test(`${what}: ${read === undefined ? "refused" : "understood"}`, () => {
      assert.deepEqual([...commandsOf({ "command-1": JSON.stringify(written), other: "x" })], [["command-1", read]]);
    });
  }

  test("of any length and number are bounded", () => {
    const data = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`command-${index}`, "{".repeat(5_000)]),
    );
    const found = commandsOf(data);
    assert.equal(found.size, 100);
    assert.ok([...found.values()].every((command) => command === undefined));
  });
});
