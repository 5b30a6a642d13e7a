import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isError, refKey, refOf, type KrmObject } from "@fairlead/krm";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { compile } from "./compile.ts";
import { createIncremental, type Incremental, type ObservedObjects } from "./incremental.ts";
import type { Resource } from "./resource.ts";

type Spec = { readonly [field: string]: unknown };

function ours(kind: string, namespace: string, name: string, spec: Spec = {}): KrmObject {
  const metadata = { name, namespace };
  return { apiVersion: "fairlead.dev/v1alpha1", kind, metadata, spec } as unknown as KrmObject;
}

function app(namespace: string, name: string, spec: Spec = {}): KrmObject {
  const containers = [{ name, image: "registry.example/x:1", http: { port: 8080 }, resources: "unlimited" }];
  return ours("App", namespace, name, { containers, ...spec });
}

function configMap(namespace: string, name: string, value: string): KrmObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: { value } };
}

function emptyStore(): ObservedObjects & { readonly objects: Map<string, KrmObject> } {
  const objects = new Map<string, KrmObject>();
  return {
    objects,
    object: (kind, namespace, name) => objects.get(`${kind}|${namespace ?? ""}|${name}`),
    all: (kind, namespace) =>
      [...objects]
        .filter(([key]) => key.startsWith(`${kind}|${namespace ?? ""}|`))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object),
  };
}

async function world(options: { sharedNamespace?: string; environment?: string } = {}) {
  const store = emptyStore();
  const incremental = await createIncremental({ ...options, observed: store });
  const put = (...objects: KrmObject[]) => objects.forEach((object) => incremental.put(object));
  const changed = () => incremental.takeChanged().map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`);
  const observe = (object: KrmObject) => {
    store.objects.set(`${object.kind}|${object.metadata.namespace ?? ""}|${object.metadata.name}`, object);
    incremental.touch(object.kind, object.metadata.namespace, object.metadata.name!);
  };
  return { incremental, put, changed, observe, store };
}

const made = (incremental: Incremental, kind: string, namespace: string, name: string) =>
  incremental.plan({ kind, namespace, name })?.generated.map(({ object }) => `${object.kind}/${object.metadata.name}`);

describe("what has to be planned anew", () => {
  test("is a declaration that changed, and none that did not", async () => {
    const { incremental, put, changed } = await world();
    put(app("shop", "orders"), app("shop", "basket"));
    assert.deepEqual(changed(), ["App/shop/basket", "App/shop/orders"]);
    assert.ok(made(incremental, "App", "shop", "orders")?.includes("Deployment/orders"));
    made(incremental, "App", "shop", "basket");
    put({ ...app("shop", "orders"), status: { conditions: [] } });
    assert.deepEqual(changed(), [], "a status is nobody's declaration");
    put(app("shop", "orders", { replicas: 3 }));
    assert.deepEqual(changed(), ["App/shop/orders"]);
  });

  test("is what extends a template that changed", async () => {
    const { incremental, put, changed } = await world();
    const template = (image: string) => ours("ContainerTemplate", "shop", "base", { image });
    put(
      template("a:1"),
      app("shop", "orders", { containers: [{ name: "orders", extends: "base", resources: "unlimited" }] }),
      app("shop", "other"),
    );
    changed();
    made(incremental, "App", "shop", "orders");
    made(incremental, "App", "shop", "other");
    put(template("a:2"));
    assert.deepEqual(changed(), ["App/shop/orders", "ContainerTemplate/shop/base"]);
    const [deployment] = incremental
      .plan({ kind: "App", namespace: "shop", name: "orders" })!
      .generated.filter(({ object }) => object.kind === "Deployment");
    assert.match(JSON.stringify(deployment), /"a:2"/);
  });

  test("is what looked for something that was not there", async () => {
    const { incremental, put, changed } = await world();
    put(ours("Route", "shop", "web", { app: "orders", hosts: ["shop.example"] }));
    changed();
    const before = incremental.plan({ kind: "Route", namespace: "shop", name: "web" })!;
    assert.match(before.findings.map(({ message }) => message).join(), /orders/);
    put(app("elsewhere", "orders"));
    assert.deepEqual(changed(), ["App/elsewhere/orders"], "another namespace does not matter");
    put(app("shop", "orders"));
    assert.deepEqual(changed(), ["App/shop/orders", "Route/shop/web"]);
    assert.deepEqual(incremental.plan({ kind: "Route", namespace: "shop", name: "web" })!.findings, []);
  });

  test("is what reads a ConfigMap whose content changed, and it says that it reads ConfigMaps", async () => {
    const { incremental, put, changed, observe } = await world();
    const envFrom = [{ configMapRef: { name: "settings" } }];
    put(
      app("shop", "orders", {
        reload: true,
        containers: [{ name: "orders", image: "a:1", envFrom, resources: "unlimited" }],
      }),
    );
    changed();
    const key = { kind: "App", namespace: "shop", name: "orders" };
    const [before] = [incremental.plan(key)!];
    assert.ok(before.asked.includes("ConfigMap"));
    observe(configMap("shop", "unrelated", "x"));
    assert.deepEqual(changed(), []);
    observe(configMap("shop", "settings", "x"));
    assert.deepEqual(changed(), ["App/shop/orders"]);
    assert.notDeepEqual(incremental.plan(key)!.generated, before.generated);
  });

  test("is all of a namespace when its environment changes, and others that fall back on it", async () => {
    const { incremental, put, changed } = await world({ sharedNamespace: "system" });
    put(
      app("shop", "orders", { environments: { prod: { replicas: 7 } } }),
      app("own", "orders"),
      ours("Environment", "own", "dev"),
    );
    changed();
    made(incremental, "App", "shop", "orders");
    made(incremental, "App", "own", "orders");
    put(ours("Environment", "system", "prod"));
    assert.deepEqual(changed(), ["App/shop/orders", "Environment/system/prod"]);
    assert.match(JSON.stringify(incremental.plan({ kind: "App", namespace: "shop", name: "orders" })), /"replicas":7/);
  });

  test("is the other one of two that claim the same, when one of them goes", async () => {
    const { incremental, put, changed } = await world();
    const topic = (name: string) => ours("Topic", "shop", name, { name: "same" });
    put(topic("a"), topic("b"));
    changed();
    assert.deepEqual(made(incremental, "Topic", "shop", "b"), []);
    incremental.remove(refOf(topic("a")));
    assert.deepEqual(changed(), ["Topic/shop/a", "Topic/shop/b"]);
    assert.notDeepEqual(made(incremental, "Topic", "shop", "b"), []);
  });
});

test("what tools remember on a declaration does not go onto what it makes", async () => {
  const { incremental, put } = await world();
  const object = app("shop", "orders");
  const labels = { team: "a", "applyset.kubernetes.io/id": "x", "argocd.argoproj.io/instance": "y" };
  const annotations = { note: "b", "applyset.kubernetes.io/tooling": "fairlead/v1", "meta.helm.sh/release-name": "z" };
  put({ ...object, metadata: { ...object.metadata, labels, annotations } });
  const text = JSON.stringify(incremental.plan({ kind: "App", namespace: "shop", name: "orders" })!.generated);
  assert.match(text, /"team":"a"/);
  assert.match(text, /"note":"b"/);
  assert.doesNotMatch(text, /applyset|argocd|meta\.helm/);
});

/** Objects of two namespaces in a few versions each, which refer to one another. */
const pool: readonly (readonly KrmObject[])[] = ["shop", "own"].flatMap((namespace) => [
  [1, 2].map((replicas) => app(namespace, "orders", { replicas, environments: { prod: { replicas: 9 } } })),
  [
    app(namespace, "web", {
      extends: "orders",
      containers: [{ name: "web", extends: "base", resources: "unlimited" }],
    }),
    app(namespace, "web", {
      reload: true,
      containers: [{ name: "web", image: "a:1", envFrom: [{ configMapRef: { name: "c" } }], resources: "unlimited" }],
    }),
    app(namespace, "web", { replicas: -1 }),
  ],
  ["a:1", "a:2"].map((image) => ours("ContainerTemplate", namespace, "base", { image })),
  [
    ours("Route", namespace, "r1", { app: "orders", hosts: ["a.example"] }),
    ours("Route", namespace, "r1", { app: "web", hosts: ["a.example", "b.example"] }),
  ],
  [ours("Route", namespace, "r2", { app: "orders", hosts: ["a.example"] })],
  [ours("Topic", namespace, "t1"), ours("Topic", namespace, "t1", { name: "t2" })],
  [ours("Topic", namespace, "t2")],
  [ours("Subscription", namespace, "s1", { topic: "t1" }), ours("Subscription", namespace, "s1", { topic: "t2" })],
  [ours("Environment", namespace, "prod"), ours("Environment", namespace, "dev", { routes: { target: "gateway" } })],
  ["x", "y"].map((value) => configMap(namespace, "c", value)),
]);

const change = fc.record({ slot: fc.nat(pool.length - 1), version: fc.option(fc.nat(2), { nil: undefined }) });

test("after any changes each declaration is planned as compile plans it among its namespace", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 25 }), async (changes) => {
      const { incremental, observe, store } = await world();
      const current = new Map<string, KrmObject>();
      const kept = new Map<string, ReturnType<Incremental["plan"]>>();
      const settle = () => {
        for (const ref of incremental.takeChanged()) kept.set(refKey(ref), incremental.plan(ref));
      };
      const remove = (object: KrmObject) => {
        if (!current.delete(refKey(refOf(object)))) return;
        if (object.kind !== "ConfigMap") return incremental.remove(refOf(object));
        store.objects.delete(`${object.kind}|${object.metadata.namespace}|${object.metadata.name}`);
        incremental.touch(object.kind, object.metadata.namespace, object.metadata.name!);
      };
      for (const { slot, version } of changes) {
        const versions = pool[slot]!;
        const object = version === undefined ? undefined : versions[version % versions.length]!;
        for (const other of versions)
          if (object === undefined || refKey(refOf(other)) !== refKey(refOf(object))) remove(other);
        if (object !== undefined) {
          current.set(refKey(refOf(object)), object);
          if (object.kind === "ConfigMap") observe(object);
          else incremental.put(object);
        }
        settle();
      }
      for (const namespace of ["shop", "own"]) {
        const resources = [...current.values()]
          .filter(({ metadata }) => metadata.namespace === namespace)
          .map((value): Resource => ({ value, source: { file: "f", locator: () => () => ({ file: "f" }) } }));
        const whole = await compile(resources);
        for (const { value } of resources) {
          const ref = refOf(value as KrmObject);
          if (ref.kind === "ConfigMap") continue;
          const plan = kept.get(refKey(ref))!;
          const wanted = whole.findings.filter(({ object }) => object !== undefined && refKey(object) === refKey(ref));
          const codes = (findings: readonly { code: string; message: string }[]) =>
            findings.map(({ code, message }) => `${code} ${message}`).sort();
          assert.deepEqual(codes(plan.findings), codes(wanted), refKey(ref));
          if (wanted.some(isError)) assert.deepEqual(plan.generated, []);
          else {
            const expected = whole.generated.filter(({ owner }) => refKey(owner) === refKey(ref));
            assert.deepEqual(
              new Set(plan.generated.map(({ object }) => object)),
              new Set(expected.map(({ object }) => object)),
            );
          }
        }
      }
    }),
    runs(60),
  );
});
