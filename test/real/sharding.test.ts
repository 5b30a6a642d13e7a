/** Keys shared by Leases of a real API server, and Events that it accepts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { get } from "@fairlead/apimachinery";
import {
  accessOf,
  createClient,
  createEventRecorder,
  createSharding,
  systemClock,
  type Resource,
} from "@fairlead/kube";
import { readAccess } from "../../scripts/real/access.ts";
import { until } from "../../scripts/real/until.ts";

const { plane } = readAccess();
const client = createClient(accessOf({ name: "real", server: plane.url, ca: plane.certificate, token: plane.token }));
const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };
const events: Resource = { group: "events.k8s.io", version: "v1", kind: "Event", plural: "events", namespaced: true };
const namespace = `sharding-${process.pid}`;
const keys = Array.from({ length: 60 }, (_, index) => `one/App/shop/app-${index}`);
const timings = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 300 };

before(async () => {
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
});

after(async () => {
  await client.delete(namespaces, { name: namespace });
  await client.close();
});

test("members find each other, share all keys, never one key twice, and take over what others leave", async () => {
  const join = (identity: string) => {
    const stop = new AbortController();
    const sharding = createSharding(client, { namespace, group: "test", identity, timings, clock: systemClock });
    const ended = sharding.run(stop.signal);
    return { sharding, stop, ended, owned: () => keys.filter((key) => sharding.owns(key)) };
  };
  const members = [join("a"), join("b"), join("c")];
  const twice = () => {
    const all = members.flatMap(({ owned }) => owned());
    return all.filter((key, index) => all.indexOf(key) !== index);
  };
  const shared = (count: number) => () => {
    assert.deepEqual(twice(), []);
    const sizes = members.map(({ owned }) => owned().length);
    return sizes.reduce((a, b) => a + b) === keys.length && sizes.filter((size) => size > 0).length === count;
  };
  await until("three to share", shared(3));
  members[2]!.stop.abort();
  await members[2]!.ended;
  await until("two to share", shared(2));
  for (const { stop } of members) stop.abort();
  await Promise.all(members.map(({ ended }) => ended));
});

test("events are accepted, and repetitions become a series", async () => {
  const recorder = createEventRecorder(client, { component: "fairlead.dev/test", instance: "one", clock: systemClock });
  const about = { apiVersion: "v1", kind: "Namespace", name: namespace };
  const message = "ü".repeat(2_000);
  for (let count = 0; count < 5; count++) {
    recorder.record({ ...about, namespace }, { type: "Warning", reason: "Repeated", message });
  }
  recorder.record(about, { type: "Normal", reason: "Once", message: "of a cluster-scoped object" });
  await recorder.flush();
  assert.equal(recorder.dropped, 0);
  const { items } = await client.list(events, { namespace });
  assert.deepEqual(
    items.map((event) => [event["reason"], get(event["series"], "count")]),
    [["Repeated", 5]],
  );
  const inDefault = await client.list(events, { namespace: "default" });
  assert.ok(inDefault.items.some((event) => get(event["regarding"], "name") === namespace));
});
