import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { get, virtualClock, type JsonObject, type VirtualClock } from "@fairlead/apimachinery";
import { announceServer } from "../../src/cluster/announce-server.ts";
import { createCore, type Core } from "../../src/cluster/core.ts";
import { seededRandom } from "../../src/cluster/random.ts";
import { createStore } from "../../src/store/memory-store.ts";
import type { Store } from "../../src/store/store.ts";

const admin = { name: "admin", groups: ["system:masters"] };
const service = { namespace: "default", name: "kubernetes" };
const slices = "endpointslices.discovery.k8s.io";

interface Plane {
  readonly core: Core;
  readonly clock: VirtualClock;
  readonly api: ReturnType<Core["apiFor"]>;
  /** Lets what is written now be written. */
  settle(): Promise<void>;
}

async function start(t: TestContext, port: number, store: Store = createStore()): Promise<Plane> {
  const clock = virtualClock(Date.parse("2026-01-01T00:00:00Z"));
  const errors: unknown[] = [];
  const core = createCore({
    store,
    clock,
    random: seededRandom(1),
    address: () => `127.0.0.1:${port}`,
    onError: (error) => errors.push(error),
  });
  const announced = announceServer(core.server, { address: "127.0.0.1", port, clientAuthority: "PEM\n" });
  t.after(() => {
    announced.close();
    core.close();
    assert.deepEqual(errors, []);
  });
  await announced.ready;
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  };
  return { core, clock, api: core.apiFor(admin, "kubectl"), settle };
}

function portOf(slice: JsonObject | undefined): unknown {
  const ports = get(slice, "ports");
  return Array.isArray(ports) ? get(ports[0], "port") : undefined;
}

test("holds the first address of Services for the API server", async (t) => {
  const { api } = await start(t, 6443);
  assert.equal(get(api.get("services", service)?.["spec"], "clusterIP"), "10.96.0.1");
  const other = {
    metadata: { name: "other", namespace: "default" },
    spec: { clusterIP: "10.96.0.1", ports: [{ port: 1 }] },
  };
  await assert.rejects(
    api.create("services", other),
    /failed to allocate IP 10\.96\.0\.1: provided IP is already allocated/,
  );
});

test("tells after a restart where the server listens now, and leaves the Service as it is", async (t) => {
  const store = createStore();
  const { api } = await start(t, 6443, store);
  await api.patch("services", service, { metadata: { labels: { own: "yes" } } });
  const again = await start(t, 7443, store);
  assert.equal(portOf(again.api.get(slices, service)), 7443);
  assert.deepEqual(get(again.api.get("endpoints", service), "subsets"), [
    { addresses: [{ ip: "127.0.0.1" }], ports: [{ name: "https", port: 7443, protocol: "TCP" }] },
  ]);
  assert.equal(get(get(again.api.get("services", service)?.["metadata"], "labels"), "own"), "yes");
});

test("brings back at once what is watched, and the rest when the server looks", async (t) => {
  const { api, clock, settle } = await start(t, 6443);
  const tracking = { namespace: "kube-system", name: "kube-apiserver-legacy-service-account-token-tracking" };
  const trust = { namespace: "kube-system", name: "extension-apiserver-authentication" };
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  await api.patch("configmaps", tracking, { data: { since: "yesterday" } });
  await api.patch("configmaps", trust, { data: { "client-ca-file": "", mine: "1" } });
  await api.delete("services", service);
  await api.patch(slices, service, { endpoints: [], ports: [] });
  await pass(0);
  assert.deepEqual(get(api.get("configmaps", tracking), "data"), { since: "2026-01-01" });
  assert.deepEqual(get(api.get("configmaps", trust), "data"), { "client-ca-file": "PEM\n", mine: "1" });
  assert.equal(api.get("services", service), undefined);
  await pass(10_000);
  assert.equal(get(api.get("services", service)?.["spec"], "clusterIP"), "10.96.0.1");
  assert.equal(portOf(api.get(slices, service)), 6443);
  await api.delete("configmaps", trust);
  await api.delete("configmaps", tracking);
  await pass(0);
  assert.deepEqual(get(api.get("configmaps", trust), "data"), { "client-ca-file": "PEM\n" });
  assert.equal(api.get("configmaps", tracking), undefined);
  await pass(30 * 60_000);
  assert.deepEqual(get(api.get("configmaps", tracking), "data"), { since: "2026-01-01" });
});

test("waits for its address where somebody else has it", async (t) => {
  const store = createStore();
  const core = createCore({
    store,
    clock: virtualClock(0),
    random: seededRandom(1),
    address: () => "",
    onError: assert.ifError,
  });
  const squatter = {
    metadata: { name: "other", namespace: "default" },
    spec: { clusterIP: "10.96.0.1", ports: [{ port: 1 }] },
  };
  await core.apiFor(admin, "kubectl").create("services", squatter);
  core.close();
  const { api, clock, settle } = await start(t, 6443, store);
  assert.equal(api.get("services", service), undefined);
  assert.equal(portOf(api.get(slices, service)), 6443);
  await api.delete("services", { namespace: "default", name: "other" });
  clock.advance(10_000);
  await settle();
  assert.equal(get(api.get("services", service)?.["spec"], "clusterIP"), "10.96.0.1");
});

test("says what it wrote to nobody's rules: a quota of the namespace does not hide the server", async (t) => {
  const store = createStore();
  const core = createCore({
    store,
    clock: virtualClock(0),
    random: seededRandom(1),
    address: () => "",
    onError: assert.ifError,
  });
  const api = core.apiFor(admin, "kubectl");
  await api.create("resourcequotas", {
    metadata: { name: "none", namespace: "default" },
    spec: { hard: { services: "0" } },
  });
  core.close();
  const plane = await start(t, 6443, store);
  assert.notEqual(plane.api.get("services", service), undefined);
});
