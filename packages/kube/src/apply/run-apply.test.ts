import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { codesOf, object, setOptions, setParent } from "../../test/apply-fixtures.ts";
import { fakeClient, type FakeClient, type FakeClientOptions, type FakeRequest } from "../../test/fake-client.ts";
import { kubeError } from "../../test/fake-store.ts";
import type { ApplySetOptions } from "./apply-set.ts";
import { deleteApplySet } from "./delete-apply-set.ts";
import { planFor } from "./plan-for.ts";
import { resourcesOfCrd } from "./plan/custom-resource.ts";
import { applySetId, kindsAnnotation, partOfLabel } from "./plan/parent.ts";
import { runApply, type RunOptions, type RunResult } from "./run-apply.ts";

const shop = object("v1 Namespace shop");
const web = object("apps/v1 Deployment shop/web", {
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1", resources: { limits: { cpu: "1000m" } } }] },
    },
  },
});
const config = object("v1 ConfigMap shop/config", { data: { a: "1" } });
const secret = object("v1 Secret shop/token", { stringData: { token: "hunter2" } });

/** It holds something of somebody else, which must stay as it is. */
const theirs = object("v1 ConfigMap shop/theirs", { data: { their: "own" } });

function cluster(options: FakeClientOptions = {}): FakeClient {
  return fakeClient({ ...options, objects: [shop, theirs, ...(options.objects ?? [])] });
}

async function apply(
  client: FakeClient,
  desired: readonly KrmObject[],
  options: Partial<ApplySetOptions> = {},
  run: RunOptions = {},
): Promise<RunResult> {
  client.requests.length = 0;
  const plan = await planFor(client, desired, setOptions(options));
  return runApply(client, plan, run);
}

const outcomes = ({ steps }: RunResult): string[] =>
  steps.map(({ step, outcome }) => `${outcome} ${step.object.kind} ${step.object.name}`);

test("applies a set, and writes nothing the second time", async () => {
  const client = cluster();
  const first = await apply(client, [web, config, secret]);
  assert.deepEqual([first.ok, first.findings], [true, []]);
  assert.deepEqual(client.writes(), [
    "create ConfigMap shop/shop-set",
    "apply ConfigMap shop/config",
    "apply Secret shop/token",
    "apply Deployment shop/web",
  ]);
  assert.equal(first.writes, 4);
  const second = await apply(client, [secret, config, web]);
  assert.deepEqual([second.ok, second.writes, client.writes()], [true, 0, []]);
  assert.deepEqual(
    client.requests.filter(({ verb }) => verb !== "get" && verb !== "list"),
    [],
  );
});

test("writes exactly what changed", async () => {
  const client = cluster();
  await apply(client, [web, config]);
  const image = structuredClone(web) as typeof web & {
    spec: { template: { spec: { containers: { image: string }[] } } };
  };
  image.spec.template.spec.containers[0]!.image = "web:2";
  const result = await apply(client, [image, config]);
  assert.deepEqual(client.writes(), ["apply Deployment shop/web"]);
  assert.deepEqual(outcomes(result), ["unchanged ConfigMap config", "changed Deployment web"]);
});

test("prunes what is no longer declared, and then shrinks the parent", async () => {
  const client = cluster();
  await apply(client, [web, config]);
  const result = await apply(client, [config]);
  assert.deepEqual(outcomes(result), ["unchanged ConfigMap config", "deleted Deployment web"]);
  assert.deepEqual(client.writes(), ["delete Deployment shop/web", "patch ConfigMap shop/shop-set"]);
  const parent = client.store.find(client.resource("ConfigMap"), setParent.key);
  assert.equal(parent!.metadata.annotations![kindsAnnotation], "ConfigMap");
});

test("leaves a member that was changed or taken out of the set between reading and deleting", async () => {
  for (const [change, survives] of [
    ["touched", false],
    ["taken out", true],
  ] as const) {
    let done = false;
    const client: FakeClient = cluster({
      before: ({ verb, resource }) => {
        if (verb !== "delete" || done) return;
        done = true;
        const live = client.store.find(resource, { namespace: "shop", name: "web" })!;
        const labels = change === "touched" ? { ...live.metadata.labels, x: "y" } : { x: "y" };
        client.store.update(resource, { ...live, metadata: { ...live.metadata, labels } }, { manager: "somebody" });
      },
    });
    await apply(client, [web]);
    const result = await apply(client, []);
    assert.equal(result.ok, true);
    assert.equal(
      client.store.find(client.resource("Deployment"), { namespace: "shop", name: "web" }) !== undefined,
      survives,
    );
  }
});

const widgets = object("apiextensions.k8s.io/v1 CustomResourceDefinition widgets.example.org", {
  spec: {
    group: "example.org",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
});
const widget = object("example.org/v1 Widget shop/w", { spec: { size: 1 } });

test("waits until a definition is established before it applies objects of its kind", async () => {
  const client: FakeClient = cluster({
    establishAtOnce: false,
    before: ({ verb }) => {
      if (verb === "watch" || verb === "list") queueMicrotask(() => client.store.establish("widgets.example.org"));
    },
  });
  const result = await apply(client, [widget, widgets]);
  assert.deepEqual([result.ok, result.findings], [true, []]);
  assert.deepEqual(outcomes(result), ["created CustomResourceDefinition widgets.example.org", "created Widget w"]);
  const again = await apply(client, [widget, widgets]);
  assert.deepEqual([again.writes, again.ok], [0, true]);
});

test("says why a definition is not established, and applies none of its objects", async () => {
  const client: FakeClient = cluster({ establishAtOnce: false });
  const plan = await planFor(client, [widget, widgets], setOptions());
  const crds = client.resource("CustomResourceDefinition");
  const client2 = fakeClient({
    store: client.store,
    after: ({ verb, resource, object: sent }) => {
      if (verb !== "apply" || resource.kind !== crds.kind) return;
      const live = client.store.find(crds, { name: sent!.metadata.name! })!;
      const conditions = [{ type: "NamesAccepted", status: "False", message: '"widgets" is already in use' }];
      client.store.update(
        crds,
        { ...live, status: { conditions } },
        { manager: "apiextensions", subresource: "status" },
      );
    },
  });
  const result = await runApply(client2, plan);
  assert.equal(result.ok, false);
  assert.deepEqual(codesOf(result), ["FL714 error", "FL715 error"]);
  assert.match(result.findings[0]!.message, /"widgets" is already in use/);
  assert.deepEqual(outcomes(result), ["created CustomResourceDefinition widgets.example.org", "skipped Widget w"]);
});

test("brings a namespace, what is in it, and the set's own parent in it", async () => {
  const client = fakeClient();
  const result = await apply(client, [shop, config, web]);
  assert.equal(result.ok, true);
  assert.deepEqual(client.writes(), [
    "apply Namespace shop",
    "create ConfigMap shop/shop-set",
    "apply ConfigMap shop/config",
    "apply Deployment shop/web",
  ]);
  assert.equal((await apply(client, [shop, config, web])).writes, 0);
});

test("tries the rest of a phase when an object fails, nothing after it, and prunes nothing", async () => {
  const client: FakeClient = cluster({
    before: ({ verb, object: sent }) => {
      if (verb === "apply" && sent?.metadata.name === "bad") throw kubeError("forbidden", 403, "Forbidden", "no");
    },
  });
  await apply(client, [object("v1 ConfigMap shop/old")]);
  const bad = object("v1 ConfigMap shop/bad");
  const result = await apply(client, [bad, config, web]);
  assert.deepEqual(outcomes(result), [
    "failed ConfigMap bad",
    "created ConfigMap config",
    "skipped Deployment web",
    "skipped ConfigMap old",
  ]);
  assert.deepEqual(codesOf(result), ["FL711 error", "FL715 error"]);
  assert.equal(result.ok, false);
});

test("begins nothing while the plan has errors", async () => {
  const client = cluster({ objects: [object("v1 ConfigMap shop/config", { data: { theirs: "x" } })] });
  const result = await apply(client, [config, web]);
  assert.deepEqual([result.ok, result.writes, client.writes()], [false, 0, []]);
  assert.deepEqual(codesOf(result), ["FL702 error"]);
  assert.match(result.findings[0]!.message, /field manager someone/);
  assert.deepEqual(outcomes(result), ["refused ConfigMap config", "skipped Deployment web"]);
});

test("takes over what it is told to adopt", async () => {
  const former = object("v1 ConfigMap shop/config", { data: { a: "theirs", b: "theirs" } });
  const client = cluster({ objects: [former] });
  const result = await apply(client, [config], { adopt: true });
  assert.equal(result.ok, true);
  const live = client.store.find(client.resource("ConfigMap"), { namespace: "shop", name: "config" })!;
  assert.deepEqual(live["data"], { a: "1", b: "theirs" });
  assert.equal(live.metadata.labels![partOfLabel], applySetId(setParent));
  assert.deepEqual(client.writes(), ["create ConfigMap shop/shop-set", "apply ConfigMap shop/config"]);
  assert.equal((await apply(client, [config])).writes, 0);
});

test("removes from an adopted object what is no longer declared, though its former owner had declared it too", async () => {
  const former = object("v1 ConfigMap shop/config", { data: { a: "1", b: "2", c: "3" } });
  const client = cluster({ objects: [former] });
  const both = { ...config, data: { a: "1", b: "2" } };
  assert.ok((await apply(client, [both], { adopt: true })).ok);
  assert.deepEqual(client.writes().slice(1), ["apply ConfigMap shop/config", "patch ConfigMap shop/config"]);
  assert.equal((await apply(client, [both], { adopt: true })).writes, 0);
  assert.ok((await apply(client, [config])).ok);
  const live = client.store.find(client.resource("ConfigMap"), { namespace: "shop", name: "config" })!;
  // What only the former owner had declared stays.
  assert.deepEqual(live["data"], { a: "1", c: "3" });
});

test("goes on with an adoption that was killed between its two writes", async () => {
  const former = object("v1 ConfigMap shop/config", { data: { a: "1" } });
  const client = cluster({ objects: [former] });
  await apply(mortal(client, 2, false), [config], { adopt: true });
  assert.equal(client.writes().length, 0);
  assert.ok((await apply(client, [config], { adopt: true })).ok);
  assert.deepEqual(client.writes(), ["patch ConfigMap shop/config"]);
  assert.equal((await apply(client, [config], { adopt: true })).writes, 0);
});

test("names the manager that owns a field with another value", async () => {
  const client = cluster();
  await apply(client, [web]);
  const deployments = client.resource("Deployment");
  const live = client.store.find(deployments, { namespace: "shop", name: "web" })!;
  const scaled = { ...live, spec: { ...(live["spec"] as object), replicas: 5 } } as KrmObject;
  client.store.update(deployments, scaled, { manager: "kubectl-scale" });
  const refused = await apply(client, [web]);
  assert.deepEqual([codesOf(refused), client.writes()], [["FL704 error"], []]);
  assert.match(refused.findings[0]!.message, /spec\.replicas set to another value by kubectl-scale/);
  const forced = await apply(client, [web], { adopt: true });
  assert.deepEqual([forced.ok, client.writes()], [true, ["apply Deployment shop/web"]]);
  assert.equal((await apply(client, [web])).writes, 0);
});

test("reports a conflict that arose after the plan was made", async () => {
  const client = cluster();
  await apply(client, [config]);
  const plan = await planFor(client, [{ ...config, data: { a: "2" } }], setOptions());
  const maps = client.resource("ConfigMap");
  const live = client.store.find(maps, { namespace: "shop", name: "config" })!;
  client.store.update(maps, { ...live, data: { a: "3" } }, { manager: "kubectl-edit" });
  const result = await runApply(client, plan);
  assert.deepEqual(codesOf(result), ["FL704 error"]);
  assert.match(result.findings[0]!.message, /data\.a set to another value by kubectl-edit/);
});

test("does not write what a dry run shows to change nothing", async () => {
  const client = cluster();
  await apply(client, [config]);
  const plan = await planFor(client, [config], setOptions());
  const update = { ...plan, steps: plan.steps.map((step) => ({ ...step, kind: "update" as const })) };
  client.requests.length = 0;
  const result = await runApply(client, update);
  assert.deepEqual([client.writes(), outcomes(result)], [[], ["unchanged ConfigMap config"]]);
});

test("repeats what the network failed, and gives up on what the server refuses", async () => {
  let failures = 2;
  const flaky = cluster({
    before: ({ verb, object: sent }) => {
      if (verb === "apply" && sent?.metadata.name === "config" && failures-- > 0) {
        throw kubeError("unavailable", 503, "ServiceUnavailable", "try again");
      }
    },
  });
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    after: (_: number, call: () => void) => (queueMicrotask(call), () => {}),
  };
  const result = await apply(flaky, [config], {}, { clock });
  assert.deepEqual([result.ok, outcomes(result)], [true, ["created ConfigMap config"]]);
});

test("ends when it is interrupted, and says what was not begun", async () => {
  const stop = new AbortController();
  const client = cluster({
    after: ({ verb, object: sent }) => {
      if (verb === "apply" && sent?.kind === "Secret") stop.abort();
    },
  });
  const result = await apply(client, [web, config, secret], {}, { signal: stop.signal, concurrency: 1 });
  assert.equal(result.ok, false);
  assert.deepEqual(codesOf(result), ["FL715 error"]);
  assert.equal(outcomes(result).at(-1), "skipped Deployment web");
  const again = await apply(client, [web, config, secret]);
  assert.equal(again.ok, true);
});

test("waits for what a finalizer holds before it deletes what may have to release it", async () => {
  const held = { ...widget, metadata: { ...widget.metadata, finalizers: ["example.org/clean"] } };
  const widgetResource = resourcesOfCrd(widgets)[0]!;
  const order: string[] = [];
  const client: FakeClient = cluster({
    after: ({ verb, resource }) => {
      if (verb === "delete") order.push(`delete ${resource.kind}`);
      if (verb !== "watch" && verb !== "list") return;
      const live = client.store.find(widgetResource, { namespace: "shop", name: "w" });
      if (live?.metadata["deletionTimestamp"] === undefined) return;
      const { finalizers: _, ...metadata } = live.metadata;
      client.store.update(widgetResource, { ...live, metadata }, { manager: "operator" });
      order.push("released");
    },
  });
  await apply(client, [held, widgets, web]);
  const result = await apply(client, [], { allow: ["delete-crd"] });
  assert.equal(result.ok, true);
  assert.deepEqual(order.slice(0, 3), ["delete Widget", "released", "delete Deployment"]);
});

// A run that is killed

const pool: readonly KrmObject[] = [
  shop,
  object("v1 ServiceAccount shop/web"),
  object("v1 ConfigMap shop/a"),
  object("v1 ConfigMap shop/b"),
  object("v1 Secret shop/a"),
  object("v1 Service shop/a", { spec: { ports: [{ port: 80 }], selector: { app: "a" } } }),
  web,
  widgets,
  widget,
];

const declarations = fc.subarray(pool.slice(1)).chain((objects) =>
  fc.array(fc.constantFrom("1", "2"), { minLength: objects.length, maxLength: objects.length }).map((values) =>
    objects
      .map((one, index): KrmObject => ({
        ...one,
        metadata: { ...one.metadata, annotations: { version: values[index]! } },
      }))
      // A definition comes with its object, and the namespace with everything.
      .concat(objects.includes(widget) && !objects.includes(widgets) ? [widgets] : []),
  ),
);

class Killed extends Error {}

/** What lies in the cluster, without what tells when it came there. */
function stateOf(client: FakeClient): string[] {
  return client.store
    .all()
    .map(({ metadata, ...rest }) => {
      const { uid: _, resourceVersion: __, generation: ___, ...lasting } = metadata;
      return canonicalJson({ ...rest, metadata: lasting });
    })
    .sort();
}

/** A client of the same cluster that dies at the given write: before the server has seen it, or before its answer came. */
function mortal(client: FakeClient, writes: number, seen: boolean): FakeClient {
  let left = writes;
  let dead = false;
  const die = ({ verb, dryRun }: FakeRequest): void => {
    if (!dead && !["get", "list", "watch"].includes(verb) && !dryRun) dead = left-- <= 0;
    if (dead) throw new Killed("killed");
  };
  return fakeClient({ store: client.store, ...(seen ? { after: die } : { before: die }) });
}

test("a killed run that is repeated ends where an undisturbed one ends", async () => {
  const allow = ["delete-crd", "delete-namespace"] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.array(declarations, { minLength: 2, maxLength: 3 }),
      fc.array(fc.record({ at: fc.nat(12), seen: fc.boolean(), concurrency: fc.integer({ min: 1, max: 4 }) }), {
        minLength: 1,
        maxLength: 3,
      }),
      async (sets, kills) => {
        const smooth = cluster();
        for (const desired of sets) assert.ok((await apply(smooth, desired, { allow })).ok);

        const rough = cluster();
        for (const [index, desired] of sets.entries()) {
          const kill = kills[index % kills.length]!;
          const dying = mortal(rough, kill.at, kill.seen);
          await apply(dying, desired, { allow }, { concurrency: kill.concurrency });
          // Not every declaration is completed before the next one comes.
          if (index + 1 < sets.length && kill.at % 2 === 0) continue;
          const result = await apply(rough, desired, { allow });
          assert.ok(result.ok, JSON.stringify(result.findings));
        }
        const untouched = rough.store.find(rough.resource("ConfigMap"), { namespace: "shop", name: "theirs" })!;
        assert.equal(untouched.metadata["resourceVersion"], "2");
        const last = sets.at(-1)!;
        assert.ok((await apply(rough, last, { allow })).ok);
        assert.deepEqual(stateOf(rough), stateOf(smooth));
        assert.equal((await apply(rough, last, { allow })).writes, 0);
      },
    ),
    runs(60),
  );
});

test("a killed deletion that is repeated leaves nothing of the set, and everything else", async () => {
  const options = setOptions({ allow: ["delete-crd"] });
  await fc.assert(
    fc.asyncProperty(declarations, fc.nat(10), fc.boolean(), async (desired, at, seen) => {
      const client = cluster();
      const before = stateOf(client);
      assert.ok((await apply(client, desired, options)).ok);
      await deleteApplySet(mortal(client, at, seen), options).catch(() => undefined);
      const result = await deleteApplySet(client, options);
      assert.ok(result.ok, JSON.stringify(result.findings));
      assert.deepEqual(stateOf(client), before);
    }),
    runs(40),
  );
});
