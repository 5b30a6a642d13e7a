import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { KubeError, type Client } from "@fairlead/kube";
import { fakeClient, type FakeClient, type FakeRequest } from "../../../../../kube/test/fake-client.ts";
import { act, type ActContext, type Change, type SentWrite } from "./act.ts";

const key = { namespace: "shop", name: "web" };

function web(): KrmObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...key },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: {} },
    },
  } as unknown as KrmObject;
}

interface Scene {
  readonly client: FakeClient;
  readonly sent: SentWrite[];
  readonly change: Change;
  run(context?: Partial<ActContext>): ReturnType<typeof act>;
  stored(): KrmObject;
  template(): unknown;
}

function scene(
  before?: (request: FakeRequest, client: FakeClient) => void,
  after?: (request: FakeRequest) => void,
): Scene {
  const client: FakeClient = fakeClient({
    anyNamespace: true,
    objects: [web()],
    before: (request) => before?.(request, client),
    after: (request) => after?.(request),
  });
  const resource = client.resource("Deployment");
  const stored = (): KrmObject => client.store.find(resource, key)!;
  const seen = stored();
  const sent: SentWrite[] = [];
  const change: Change = {
    kind: "restart",
    marked: false,
    id: "1",
    workload: {
      ...key,
      cluster: "east",
      key: "k",
      apiVersion: "apps/v1",
      kind: "Deployment",
      uid: seen.metadata["uid"] as string,
    },
    way: { kind: "annotate" },
    target: "abc",
    at: "2026-01-01T00:00:00Z",
    differences: [],
  };
  return {
    client,
    sent,
    change,
    stored,
    template: () => get(get(get(stored()["spec"], "template"), "metadata"), "annotations"),
    run: (context = {}) =>
      act(change, {
        client,
        mode: "default",
        dryRun: false,
        signal: new AbortController().signal,
        timeoutMs: 1_000,
        find: () => seen,
        isNeeded: () => Promise.resolve(true),
        mayStill: () => true,
        isSame: (_change, object) => get(get(get(object["spec"], "template"), "metadata"), "labels") !== undefined,
        wrote: () => {},
        pause: () => Promise.resolve(),
        onSend: (write) => void sent.push(write),
        ...context,
      }),
  };
}

const edit = async (client: FakeClient, change: (object: KrmObject) => KrmObject): Promise<void> => {
  const resource = client.resource("Deployment");
  const object = client.store.find(resource, key)!;
  client.store.update(resource, change(structuredClone(object)), { manager: "somebody", dryRun: false });
};

describe("a restart", () => {
  test("is one annotation for what it is for, and kubectl's for when", async () => {
    const { run, template, sent } = scene();
    assert.deepEqual(await run(), { kind: "written" });
    assert.deepEqual(template(), {
      "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z",
      "sidecars.fairlead.dev/restarted-for": "abc",
    });
    assert.equal(sent.length, 1);
  });

  test("carries the predecessor's annotation, too, where its rules hold", async () => {
    const { run, template } = scene();
    await run({ mode: "fortsa" });
    assert.equal(get(template() as never, "fortsa.scaffidi.net/restartedAt"), "2026-01-01T00:00:00Z");
  });

  test("of a Rollout is restartAt, and nothing in its template", async () => {
    const { run, change, sent } = scene();
    Object.assign(change, { way: { kind: "restart-at", after: 0 } });
    await run();
    const { metadata, ...rest } = sent[0]!.body;
    assert.deepEqual(rest, { spec: { restartAt: "2026-01-01T00:00:00Z" } });
    assert.deepEqual(get(metadata, "annotations"), { "sidecars.fairlead.dev/restarted-for": "abc" });
  });

  test("is sent for the newest version when only its status moved", async () => {
    const { run, client, sent, template } = scene();
    await edit(client, (object) => ({
      ...object,
      status: { replicas: 2 },
      metadata: { ...object.metadata, labels: { a: "b" } },
    }));
    assert.deepEqual(await run(), { kind: "written" });
    assert.equal(sent.length, 2);
    assert.equal(get(template() as never, "sidecars.fairlead.dev/restarted-for"), "abc");
  });

  test("is not sent when somebody changed the template meanwhile", async () => {
    const { run, client, template } = scene();
    await edit(client, (object) => ({
      ...object,
      spec: { ...(object["spec"] as object), template: { metadata: {}, spec: {} } },
    }));
    assert.deepEqual(await run(), { kind: "changed" });
    assert.equal(template(), undefined);
  });

  test("counts as written where its mark is, unless it is known that the mark is older: then by its time", async () => {
    const marks = (restartedAt: string) => ({
      "kubectl.kubernetes.io/restartedAt": restartedAt,
      "sidecars.fairlead.dev/restarted-for": "abc",
    });
    const older = "2025-12-31T00:00:00Z";
    for (const [marked, restartedAt, count] of [
      [false, older, 0],
      [true, older, 1],
      [true, "2026-01-01T00:00:00Z", 0],
    ] as const) {
      const { run, client, change, sent, template, stored } = scene();
      Object.assign(change, { marked });
      await edit(client, (object) => {
        const spec = object["spec"] as JsonObject;
        const before = spec["template"] as JsonObject;
        const metadata = { ...(before["metadata"] as JsonObject), annotations: marks(restartedAt) };
        return { ...object, spec: { ...spec, template: { ...before, metadata } } };
      });
      assert.deepEqual(await run({ find: stored }), { kind: "written" });
      assert.equal(sent.length, count, `${marked} ${restartedAt}`);
      if (count > 0) assert.deepEqual(template(), marks("2026-01-01T00:00:00Z"));
    }
  });

  test("is not sent where the pods for which it was decided are gone, whatever a watch still shows", async () => {
    const { run, sent } = scene();
    assert.deepEqual(await run({ isNeeded: () => Promise.resolve(false) }), { kind: "changed" });
    assert.deepEqual(sent, []);
  });

  test("is not sent for an object that somebody restarted before anything was decided about it", async () => {
    const { run, sent } = scene();
    assert.deepEqual(await run({ isSame: () => false }), { kind: "changed" });
    assert.deepEqual(sent, []);
  });

  test("is looked at anew before it is sent again", async () => {
    const { run, client, sent } = scene();
    let looks = 0;
    await edit(client, (object) => ({ ...object, status: { replicas: 2 } }));
    assert.deepEqual(await run({ isNeeded: () => Promise.resolve(++looks === 1) }), { kind: "changed" });
    assert.deepEqual([looks, sent.length], [2, 1]);
  });

  test("before which nothing could be read was not written, and is unsure only once it was sent", async () => {
    const fails = (): Promise<never> => Promise.reject(new KubeError("connection", "it broke"));
    const { run, sent } = scene();
    assert.deepEqual(await run({ isNeeded: fails }), { kind: "changed", message: "it broke" });
    assert.deepEqual(sent, []);
    const { run: again } = scene((request) => {
      if (request.verb === "patch") throw new KubeError("connection", "it broke, too");
    });
    let looks = 0;
    const result = await again({ isNeeded: () => (++looks === 1 ? Promise.resolve(true) : fails()) });
    assert.deepEqual(result, { kind: "unsure", message: "it broke" });
  });

  test("whose answer was lost is found, and not sent again", async () => {
    let lost = 0;
    const { run, sent } = scene(undefined, (request) => {
      if (request.verb === "patch" && lost++ === 0) throw new KubeError("connection", "it broke");
    });
    assert.deepEqual(await run(), { kind: "written" });
    assert.equal(sent.length, 1);
  });

  test("that a server keeps failing is unsure", async () => {
    const { run } = scene((request) => {
      if (request.verb === "patch") throw new KubeError("server-error", "broken");
    });
    assert.deepEqual(await run(), { kind: "unsure", message: "broken" });
  });

  test("that is refused says why", async () => {
    const { run } = scene((request) => {
      if (request.verb === "patch") throw new KubeError("forbidden", "a webhook\nsays no");
    });
    assert.deepEqual(await run(), { kind: "refused", message: "a webhook says no" });
  });

  test("that a server has no time for, or that never arrives, is tried later; a list that expired is no workload that is gone", async () => {
    const result = async (failure: KubeError, when: "read" | "patch"): Promise<unknown> => {
      const { run } = scene((request) => {
        if (request.verb === when) throw failure;
      });
      const isNeeded = (): Promise<boolean> => (when === "read" ? Promise.reject(failure) : Promise.resolve(true));
      const { kind } = await run({ isNeeded });
      return kind;
    };
    const unsent = new KubeError("connection", "refused", { unsent: true });
    const busy = new KubeError("too-many-requests", "later");
    const expired = new KubeError("gone", "too old resource version");
    assert.deepEqual([await result(unsent, "patch"), await result(busy, "patch")], ["changed", "changed"]);
    assert.deepEqual([await result(expired, "read"), await result(expired, "patch")], ["changed", "unsure"]);
    assert.equal(await result(new KubeError("not-found", "no"), "patch"), "gone");
  });

  test("is not sent without leave, of another object of this name, or a second time", async () => {
    const without = scene();
    assert.deepEqual(await without.run({ mayStill: () => false }), { kind: "changed" });
    const other = scene();
    Object.assign(other.change.workload, { uid: "another" });
    assert.deepEqual(await other.run(), { kind: "gone" });
    const twice = scene();
    await twice.run();
    assert.deepEqual(await twice.run({ find: () => twice.stored() }), { kind: "written" });
    assert.deepEqual([without.sent.length, other.sent.length, twice.sent.length], [0, 0, 1]);
  });

  test("in a dry run stores nothing", async () => {
    const { run, template } = scene();
    await run({ dryRun: true });
    assert.equal(template(), undefined);
  });
});

describe("an eviction", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "shop", name: "web-1", uid: "u1" },
  } as unknown as KrmObject;

  async function evict(
    post: (path: string, body: unknown) => Promise<never> | Promise<{ kind: "Status" }>,
    found: KrmObject | undefined = pod,
  ): Promise<[unknown, unknown[]]> {
    const { change, run } = scene();
    const calls: unknown[] = [];
    const evicted = {
      ...change,
      kind: "evict",
      pod: { name: "web-1", uid: "u1", node: "", zone: "", ready: true, createdAt: "" },
    };
    Object.assign(change, evicted);
    const client = {
      post: (path: string, body: unknown) => {
        calls.push([path, body]);
        return post(path, body);
      },
    } as unknown as Client;
    return [await run({ client, find: () => found }), calls];
  }

  test("is of this very pod", async () => {
    const [result, calls] = await evict(() => Promise.resolve({ kind: "Status" }));
    assert.deepEqual(result, { kind: "written" });
    assert.deepEqual(calls, [
      [
        "/api/v1/namespaces/shop/pods/web-1/eviction",
        {
          apiVersion: "policy/v1",
          kind: "Eviction",
          metadata: { namespace: "shop", name: "web-1" },
          deleteOptions: { preconditions: { uid: "u1" } },
        },
      ],
    ]);
  });

  test("of a pod that is gone, or replaced, is not sent", async () => {
    const other = { ...pod, metadata: { ...pod.metadata, uid: "u2" } } as KrmObject;
    for (const found of [undefined, other]) {
      const { change, run } = scene();
      Object.assign(change, { kind: "evict", pod: { name: "web-1", uid: "u1" } });
      assert.deepEqual(await run({ find: () => found }), { kind: "gone" });
    }
  });

  test("that a budget holds says by what", async () => {
    const [result] = await evict(() => Promise.reject(new KubeError("too-many-requests", "the budget needs 2 pods")));
    assert.deepEqual(result, { kind: "held", by: "the budget needs 2 pods" });
  });

  test("of a pod that was replaced meanwhile has nothing to do", async () => {
    const [result] = await evict(() => Promise.reject(new KubeError("conflict", "uid")));
    assert.deepEqual(result, { kind: "gone" });
  });
});
