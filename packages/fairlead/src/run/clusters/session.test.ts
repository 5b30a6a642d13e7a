import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { KubeError } from "@fairlead/kube";
import { fakeClient, type FakeRequest } from "../../../../kube/test/fake-client.ts";
import { pass, until } from "../../../test/run/fake-cluster.ts";
import { memoryLog } from "../../../test/run/memory-log.ts";
import { defaultRegistry } from "../../plan/mesh/config/registry-settings.ts";
import { openSession } from "./session.ts";

const hour = 3_600_000;
const widgets = { apiVersion: "example.dev/v1", kind: "Widget", optional: true };

function definition(...versions: readonly string[]): KrmObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.dev" },
    spec: {
      group: "example.dev",
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets" },
      versions: versions.map((name) => ({ name, served: true, storage: name === versions[0] })),
    },
  };
}

function widget(name: string): KrmObject {
  return { apiVersion: widgets.apiVersion, kind: "Widget", metadata: { name, namespace: "shop" } };
}

/** A session that reads Widgets of a cluster that does not serve them; `refused`: what may not be asked. */
function world(t: TestContext, refused: (request: FakeRequest) => boolean = () => false) {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const client = fakeClient({
    anyNamespace: true,
    before(request) {
      if (refused(request)) throw new KubeError("forbidden", "no", { httpStatus: 403 });
    },
  });
  let lookUps = 0;
  const discovery = Object.assign(Object.create(client.discovery) as typeof client.discovery, {
    find: (kind: typeof widgets) => (lookUps++, client.discovery.find(kind)),
  });
  const names: string[] = [];
  const session = openSession({
    name: "east",
    client: Object.assign(Object.create(client) as typeof client, { discovery }),
    kinds: [widgets],
    limits: defaultRegistry.limits,
    clock,
    random: () => 0,
    log: memoryLog().log,
    onChange: (_kind, change) =>
      void names.push(
        change.kind === "deleted" ? `-${change.previous.metadata.name!}` : `+${change.object.metadata.name!}`,
      ),
    onListed: () => {},
    onStatus: () => {},
  });
  t.after(() => session.close());
  const put = async (object: KrmObject) => {
    await client.create(await client.discovery.resource(object), object);
  };
  return {
    clock,
    client,
    session,
    names,
    put,
    /** Requests besides watches so far. */
    asked: () => lookUps + client.requests.filter(({ verb }) => verb !== "watch").length,
    came: (name: string) => until(clock, () => names.includes(name), name),
  };
}

test("a cluster without an optional kind is complete, and is asked nothing more", async (t) => {
  const { clock, session, asked } = world(t);
  await until(clock, () => session.isReady());
  await pass(clock, 5_000);
  const before = asked();
  await pass(clock, hour);
  assert.equal(asked(), before);
  assert.equal(session.problem(), undefined);
  assert.equal(session.staleSince(), undefined);
});

test("an optional kind is read as soon as its definition serves it", async (t) => {
  const { session, put, came, clock } = world(t);
  await until(clock, () => session.isReady());
  await put(definition("v1"));
  await put(widget("a"));
  const from = clock.now();
  await came("+a");
  assert.ok(clock.now() - from < 2_000, String(clock.now() - from));
});

test("a definition without the version that is read brings nothing, and nothing is asked because of it", async (t) => {
  const { clock, client, session, put, asked, came } = world(t);
  await until(clock, () => session.isReady());
  await put(definition("v2"));
  await pass(clock, 5_000);
  const before = asked();
  await pass(clock, hour);
  assert.equal(asked(), before);
  const crds = client.resource("CustomResourceDefinition");
  const found = await client.get(crds, { name: "widgets.example.dev" });
  await client.update(crds, { ...found, spec: definition("v2", "v1")["spec"]! });
  await put(widget("a"));
  await came("+a");
});

test("a kind whose definition goes loses its objects, and is read again when it comes back", async (t) => {
  const { clock, client, session, names, put, asked, came } = world(t);
  await put(definition("v1"));
  await put(widget("a"));
  await came("+a");
  await client.delete(client.resource("CustomResourceDefinition"), { name: "widgets.example.dev" });
  await came("-a");
  await until(clock, () => session.isReady());
  await pass(clock, 30_000);
  const before = asked();
  await pass(clock, hour);
  assert.equal(asked(), before);
  await put(definition("v1"));
  await put(widget("b"));
  await came("+b");
  assert.deepEqual(names, ["+a", "-a", "+b"]);
});

test("without the right to watch definitions, the cluster is asked again every minute", async (t) => {
  const { clock, session, put, came, asked } = world(t, ({ resource, verb }) => {
    return resource.plural === "customresourcedefinitions" && (verb === "list" || verb === "watch");
  });
  await until(clock, () => session.isReady());
  await pass(clock, 5_000);
  const before = asked();
  await pass(clock, hour);
  assert.ok(asked() - before <= 3 * 60, String(asked() - before));
  assert.equal(session.problem(), undefined);
  await put(definition("v1"));
  await put(widget("a"));
  await pass(clock, 61_000);
  await came("+a");
});
