import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { listText, settle } from "../../test/informer/fake-client.ts";
import { fine, type Weather } from "../../test/informer/faulty-server.ts";
import { type Schedule, schedules } from "../../test/informer/schedule.ts";
import { byKey, view } from "../../test/informer/view.ts";
import { isKubeError, KubeError } from "../errors.ts";
import type { InformerStatus } from "./informer.ts";
import { changeText, nameOf, names, pieces, resource, scope, setUp } from "../../test/informer/set-up.ts";

test("resolves waitForSync with the first complete list, for those who wait and those who come later", async () => {
  const { informers, advance } = setUp("abc");
  const informer = informers.informer(scope);
  let synced = false;
  const waiting = informer.waitForSync().then(() => (synced = true));
  await settle();
  assert.deepEqual([synced, informer.store.size, informer.status().synced], [false, 0, false]);
  await advance(20);
  await waiting;
  await informer.waitForSync();
  assert.equal(names(informer.store.values()), "abc");
  assert.equal(nameOf(informer.store.get({ namespace: "n", name: "b" })!), "b");
  assert.equal(informer.store.get({ name: "b" }), undefined);
  await informers.stop();
});

test("rejects waitForSync when its signal aborts, and when the informer is stopped", async () => {
  const { informers } = setUp("a", [{ kind: "silent", after: 0 }]);
  const informer = informers.informer(scope);
  const controller = new AbortController();
  const first = informer.waitForSync(controller.signal);
  const second = informer.waitForSync();
  controller.abort();
  await assert.rejects(first, (error) => isKubeError(error, "aborted"));
  await assert.rejects(informer.waitForSync(controller.signal), (error) => isKubeError(error, "aborted"));
  const stopped = informers.stop();
  await assert.rejects(second, (error) => isKubeError(error, "closed"));
  await stopped;
  await assert.rejects(informer.waitForSync(), (error) => isKubeError(error, "closed"));
});

test("tells listeners of changes in order, and a new one of what is there", async () => {
  const { informers, model, server, advance } = setUp("ab");
  const informer = informers.informer(scope);
  const early: string[] = [];
  informer.listen((change) => early.push(changeText(change)));
  await advance(20);
  model.put("c");
  model.put("a");
  model.delete("b");
  server.flush();
  await advance(20);
  assert.deepEqual(early, ["added a", "added b", "added c", "updated a", "deleted b"]);
  const late: string[] = [];
  const remove = informer.listen((change) => late.push(changeText(change)));
  assert.deepEqual(late.sort(), ["added a", "added c"]);
  remove();
  model.put("d");
  server.flush();
  await advance(20);
  assert.deepEqual([late.length, early.at(-1)], [2, "added d"]);
  await informers.stop();
});

test("keeps going when a listener throws, and says so", async () => {
  const errors: unknown[] = [];
  const { informers, model, server, advance } = setUp("a", [], { onError: (error) => errors.push(error) });
  const informer = informers.informer(scope);
  informer.listen(() => {
    throw new Error("listener");
  });
  informer.onStatus(() => {
    throw new Error("status");
  });
  const seen: string[] = [];
  informer.listen((change) => seen.push(changeText(change)));
  await advance(20);
  model.put("b");
  server.flush();
  await advance(20);
  assert.deepEqual(seen, ["added a", "added b"]);
  assert.deepEqual(new Set(errors.map(String)), new Set(["Error: listener", "Error: status"]));
  await informers.stop();
});

test("survives an onError that throws itself", async () => {
  const fail = (): never => {
    throw new Error("nothing works");
  };
  const { informers, advance } = setUp("a", [], { onError: fail });
  const informer = informers.informer(scope, { strip: fail, indexes: { any: fail } });
  informer.listen(fail);
  await advance(20);
  assert.deepEqual([names(informer.store.values()), informer.store.by("any", "x")], ["a", []]);
  await informers.stop();
});

test("lets a listener listen, remove another one and give the informer back while it is told", async () => {
  const { informers, advance, open } = setUp("abc");
  const informer = informers.informer(scope);
  const inner: string[] = [];
  const seen: string[] = [];
  const removed: string[] = [];
  let remove = (): void => {};
  let first = true;
  informer.listen((change) => {
    seen.push(changeText(change));
    if (!first) return;
    first = false;
    remove();
    informer.listen((one) => inner.push(changeText(one)));
    informers.release(informer);
  });
  remove = informer.listen((change) => removed.push(changeText(change)));
  await advance(20);
  // All three were in the store when it came, so it is told of each once; then the informer stopped.
  assert.deepEqual([seen, inner, removed], [["added a"], ["added a", "added b", "added c"], []]);
  await advance(1000);
  assert.deepEqual([informers.all().length, open()], [0, 0]);
});

test("watches a scope once however many ask, until the last has given it back", async () => {
  const { informers, server, advance, open } = setUp("a");
  const one = informers.informer(scope);
  const two = informers.informer({ resource: { ...resource }, labelSelector: "" });
  const other = informers.informer({ resource, namespace: "n" });
  assert.equal(one, two);
  assert.notEqual(one, other);
  await advance(20);
  assert.deepEqual([server.requests, open(), informers.all().length], [2, 2, 2]);
  informers.release(one);
  await settle();
  assert.equal(open(), 2);
  informers.release(one);
  informers.release(one);
  await settle();
  assert.deepEqual([open(), informers.all()], [1, [other]]);
  const again = informers.informer(scope);
  assert.notEqual(again, one);
  await informers.stop();
  assert.equal(open(), 0);
  assert.throws(
    () => informers.informer(scope),
    (error) => isKubeError(error, "closed"),
  );
});

test("strips by one function for each scope, and files by one function for each name", async () => {
  const { informers, advance } = setUp("ab");
  const strip = (object: KrmObject): KrmObject => {
    delete object["data"];
    return object;
  };
  const byName = (object: KrmObject): string[] => [nameOf(object)];
  const informer = informers.informer(scope, { strip });
  await advance(20);
  assert.equal(informer.store.get({ namespace: "n", name: "a" })!["data"], undefined);
  assert.throws(() => informers.informer(scope), RangeError);
  assert.throws(() => informers.informer(scope, { strip: (object) => object }), RangeError);
  assert.throws(() => informer.store.by("name", "a"), RangeError);
  informers.informer(scope, { strip, indexes: { name: byName } });
  assert.equal(names(informer.store.by("name", "a")), "a");
  informers.informer(scope, { strip, indexes: { name: byName } });
  assert.throws(() => informers.informer(scope, { strip, indexes: { name: () => [] } }), RangeError);
  await informers.stop();
});

test("shows since when it may be behind, and why, until events flow again", async () => {
  const error = new KubeError("server-error", "boom", { httpStatus: 500 });
  const weather: Weather[] = [fine, { kind: "refused", error }];
  const { informers, clock, advance, model, server } = setUp("a", weather);
  const informer = informers.informer(scope);
  const told: InformerStatus[] = [];
  informer.onStatus((status) => told.push(status));
  assert.deepEqual(informer.status(), { synced: false, staleSince: 1_000_000, lists: 1, watches: 0 });
  await advance(20);
  assert.deepEqual(informer.status(), { synced: true, resourceVersion: "101", lists: 1, watches: 1 });
  // The server ends the watch after its time, and refuses the next one.
  await advance(450_020);
  assert.equal(informer.status().error, error);
  assert.ok(informer.status().staleSince! >= 1_450_000 && informer.status().staleSince! <= clock.now());
  await advance(1000);
  assert.deepEqual(informer.status(), { synced: true, resourceVersion: "101", lists: 1, watches: 3 });
  const count = told.length;
  model.put("a");
  server.flush();
  await advance(20);
  assert.deepEqual([informer.status().resourceVersion, told.length], ["102", count]);
  assert.deepEqual(
    told.map(({ synced, staleSince, error: why }) => [synced, staleSince !== undefined, why?.code]),
    [
      [true, false, undefined],
      [true, false, undefined],
      [true, true, "server-error"],
      [true, true, "server-error"],
      [true, false, undefined],
    ],
  );
  await informers.stop();
});

/** The same schedules as those of the pure machine, through promises and iterators. */
async function follow(schedule: Schedule): Promise<void> {
  const weather = [...schedule.weather];
  let rolled = 0;
  const random = (): number => schedule.rolls[rolled++ % schedule.rolls.length]!;
  const timings = { firstPage: schedule.pageLimit, largestPage: 6, cutFromBytes: schedule.start % 4 === 0 ? 0 : 1e6 };
  const write = schedule.start % 2 === 0 ? listText : undefined;
  const messages = schedule.start % 3 === 0 ? pieces : undefined;
  const setup = setUp("", weather, { random, timings }, write, messages);
  const { informers, clock, model, server, open, advance } = setup;
  for (let i = 0; i < schedule.start; i++) model.put("abcdefgh"[i]!);
  const informer = informers.informer(scope);
  const listener = view();
  informer.listen(listener.take);
  for (const action of schedule.actions) {
    await advance(Math.min(action.afterMs, 100));
    if (action.kind === "put" || action.kind === "delete") model[action.kind](action.name);
    if (action.kind === "compact") model.compact();
    server.flush();
  }
  weather.length = 0;
  for (let i = 0; i < 400 && clock.next(); i++) await settle();
  await advance(100);
  assert.deepEqual(byKey(informer.store.values()), byKey(model.objects.values()));
  assert.deepEqual(byKey(listener.objects.values()), byKey(model.objects.values()));
  await informers.stop();
  assert.equal(open(), 0);
}

test("ends with the view of a fresh list through promises, too, and closes what it has opened", async () => {
  await fc.assert(fc.asyncProperty(schedules, follow), runs(40));
});
