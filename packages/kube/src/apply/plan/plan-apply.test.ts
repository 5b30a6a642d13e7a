import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { refKey, refOf, type KrmObject } from "@fairlead/krm";
import { runs } from "../../../../../scripts/runs.ts";
import {
  applied,
  builtinResources,
  codesOf,
  compareWhole,
  lookup,
  memberOf,
  object,
  setOptions,
  setParent,
  stepLines,
} from "../../../test/apply-fixtures.ts";
import type { ApplyPlan, ApplySetOptions } from "../apply-set.ts";
import { applySetId, parentObject, parentState, partOfLabel } from "./parent.ts";
import type { Compare } from "./plan-object.ts";
import { isNoop, planApply, type PlanInput } from "./plan-apply.ts";

interface Scene extends Partial<Omit<PlanInput, "options">> {
  readonly options?: Partial<ApplySetOptions>;
}

function plan({ options, ...scene }: Scene): ApplyPlan {
  return planApply({
    desired: [],
    observed: [],
    members: [],
    resources: lookup(),
    compare: compareWhole,
    ...scene,
    options: setOptions(options),
  });
}

const web = object("apps/v1 Deployment shop/web", { spec: { replicas: 2 } });
const config = object("v1 ConfigMap shop/config", { data: { a: "1" } });
const old = object("v1 ConfigMap shop/old");

test("applies namespaces, definitions, access, configuration, workloads, then what intercepts requests", () => {
  const desired = [
    object("admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration hook"),
    web,
    object("autoscaling/v2 HorizontalPodAutoscaler shop/web"),
    object("v1 Service shop/web"),
    object("rbac.authorization.k8s.io/v1 RoleBinding shop/web"),
    object("rbac.authorization.k8s.io/v1 Role shop/web"),
    object("v1 ServiceAccount shop/web"),
    object("apiextensions.k8s.io/v1 CustomResourceDefinition widgets.example.org"),
    object("v1 Namespace shop"),
  ];
  const planned = plan({ desired });
  assert.deepEqual(stepLines(planned), [
    "create Namespace shop",
    "create CustomResourceDefinition widgets.example.org",
    "create Role shop/web",
    "create ServiceAccount shop/web",
    "create RoleBinding shop/web",
    "create Service shop/web",
    "create Deployment shop/web",
    "create HorizontalPodAutoscaler shop/web",
    "create ValidatingWebhookConfiguration hook",
  ]);
  assert.deepEqual(
    planned.steps.map(({ phase }) => phase),
    ["namespaces", "crds", "access", "access", "access", "config", "workloads", "workloads", "webhooks"],
  );
  const members = desired.map((one) => memberOf(one));
  const removal = plan({ members, options: { allow: ["delete-namespace", "delete-crd"] } });
  assert.deepEqual(
    stepLines(removal),
    stepLines(planned)
      .map((line) => line.replace("create", "delete"))
      .reverse(),
  );
});

test("updates what differs, leaves what does not, and prunes what is no longer declared", () => {
  const members = [memberOf(web), memberOf(config), memberOf(old)];
  const planned = plan({ desired: [{ ...web, spec: { replicas: 3 } }, config], members });
  assert.deepEqual(stepLines(planned), [
    "unchanged ConfigMap shop/config",
    "update Deployment shop/web",
    "delete ConfigMap shop/old",
  ]);
  assert.deepEqual(codesOf(planned), []);
  assert.equal(planned.steps[1]!.desired!.metadata.labels![partOfLabel], applySetId(setParent));
});

test("deletes nothing without being asked to", () => {
  const planned = plan({ desired: [config], members: [memberOf(config), memberOf(old)], options: { prune: false } });
  assert.deepEqual(stepLines(planned), ["unchanged ConfigMap shop/config"]);
  assert.deepEqual(codesOf(planned), []);
});

test("deletes nothing while the view is incomplete, and forgets no kind or namespace", () => {
  const options = setOptions();
  const parent = parentObject(setParent, options.tooling, {
    kinds: ["ConfigMap", "Gizmo.example.org"],
    namespaces: ["shop", "far"],
  });
  const planned = plan({ members: [memberOf(old)], parent, options: { complete: false } });
  assert.deepEqual(stepLines(planned), ["refused ConfigMap shop/old"]);
  assert.deepEqual(codesOf(planned), ["FL708 warning"]);
  assert.match(planned.findings[0]!.message, /ConfigMap shop\/old is not declared, and kept/);
  assert.ok(isNoop(planned));
});

test("takes no destructive step without its own opt-in", () => {
  const cases: [KrmObject, string | undefined][] = [
    [object("v1 Namespace shop"), "delete-namespace"],
    [object("apiextensions.k8s.io/v1 CustomResourceDefinition widgets.example.org"), "delete-crd"],
    [object("v1 PersistentVolumeClaim shop/data"), "delete-volume-claim"],
    [object("v1 PersistentVolume data", { spec: { persistentVolumeReclaimPolicy: "Delete" } }), "delete-volume-claim"],
    [object("v1 PersistentVolume data", { spec: { persistentVolumeReclaimPolicy: "Retain" } }), undefined],
    [object("apps/v1 StatefulSet shop/db"), undefined],
    [
      object("apps/v1 StatefulSet shop/db", {
        spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } },
      }),
      "delete-volume-claim",
    ],
  ];
  for (const [one, step] of cases) {
    const members = [memberOf(one)];
    const [refused] = plan({ members }).steps;
    assert.equal(refused!.kind, step === undefined ? "delete" : "refused", JSON.stringify(one));
    if (step === undefined) continue;
    assert.deepEqual(codesOf(plan({ members })), ["FL707 warning"]);
    assert.equal(plan({ members, options: { allow: [step as "delete-crd"] } }).steps[0]!.kind, "delete");
    const others = (["delete-namespace", "delete-crd", "delete-volume-claim"] as const).filter((it) => it !== step);
    assert.equal(plan({ members, options: { allow: others } }).steps[0]!.kind, "refused");
  }
});

test("keeps what it refuses to delete in the set", () => {
  const planned = plan({ desired: [config], members: [memberOf(object("v1 PersistentVolumeClaim far/data"))] });
  assert.deepEqual(parentState(planned.parent.before!), {
    id: applySetId(setParent),
    tooling: "fairlead/v0.1.0",
    kinds: ["ConfigMap", "PersistentVolumeClaim"],
    namespaces: ["far", "shop"],
  });
  assert.equal(planned.parent.after, undefined);
});

test("does not take what controllers copied the set's label to for members", () => {
  const [web1, slice] = ["v1 Endpoints shop/web", "discovery.k8s.io/v1 EndpointSlice shop/web-x"].map((text) =>
    object(text),
  );
  const hpa = object("autoscaling/v2 HorizontalPodAutoscaler shop/keda");
  const resources = lookup([
    ...builtinResources,
    { group: "", version: "v1", kind: "Endpoints", plural: "endpoints", namespaced: true },
    { group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice", plural: "endpointslices", namespaced: true },
  ]);
  const madeBy = (one: KrmObject, manager: string, operation: string, more = {}): KrmObject => {
    const copy = memberOf(one);
    const managedFields = manager === "" ? [] : [applied(manager, operation, partOfLabel)];
    return { ...copy, metadata: { ...copy.metadata, managedFields, ...more } };
  };
  const controlled = {
    ownerReferences: [{ apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", name: "x", uid: "1", controller: true }],
  };
  const cases: [KrmObject, boolean][] = [
    [madeBy(web1!, "kube-controller-manager", "Update"), false],
    [madeBy(slice!, "kube-controller-manager", "Update"), false],
    [madeBy(hpa, "keda", "Update", controlled), false],
    [madeBy(web1!, "", ""), false],
    [madeBy(hpa, "", "", controlled), false],
    [madeBy(hpa, "", ""), true],
    [madeBy(web1!, "fairlead/apply", "Apply"), true],
    [madeBy(hpa, "fairlead/workloads", "Apply", controlled), true],
    [madeBy(hpa, "kubectl-client-side-apply", "Update"), true],
  ];
  for (const [one, isMember] of cases) {
    const planned = plan({ members: [one], resources });
    assert.deepEqual(stepLines(planned), isMember ? [`delete ${one.kind} shop/${one.metadata.name}`] : []);
    const wanted = plan({
      desired: [object(`${one.apiVersion} ${one.kind} shop/${one.metadata.name}`)],
      members: [one],
      resources,
    });
    assert.deepEqual(codesOf(wanted), isMember ? [] : ["FL702 error"]);
  }
});

test("leaves alone what exists and is not ours, and says whose it is", () => {
  const owners: [KrmObject, RegExp][] = [
    [
      { ...config, metadata: { ...config.metadata, managedFields: [applied("kubectl-client-side-apply", "Update")] } },
      /field manager kubectl-client-side-apply/,
    ],
    [
      {
        ...config,
        metadata: {
          ...config.metadata,
          labels: { "app.kubernetes.io/managed-by": "Helm" },
          annotations: { "meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop" },
        },
      },
      /Helm release shop\/web, Helm/,
    ],
    [
      {
        ...config,
        metadata: {
          ...config.metadata,
          annotations: { "argocd.argoproj.io/tracking-id": "orders:/ConfigMap:shop/config" },
        },
      },
      /Argo CD application orders/,
    ],
    [
      {
        ...config,
        metadata: { ...config.metadata, ownerReferences: [{ apiVersion: "v1", kind: "Widget", name: "w", uid: "1" }] },
      },
      /its owner Widget w/,
    ],
    [config, /nobody says who made it/],
  ];
  for (const [observed, pattern] of owners) {
    const planned = plan({ desired: [config], observed: [observed] });
    assert.deepEqual(stepLines(planned), ["conflict ConfigMap shop/config"]);
    assert.deepEqual(codesOf(planned), ["FL702 error"]);
    assert.match(planned.findings[0]!.message, pattern);
    const adopted = plan({ desired: [config], observed: [observed], options: { adopt: true } });
    assert.deepEqual(stepLines(adopted), ["update ConfigMap shop/config"]);
    assert.deepEqual(codesOf(adopted), ["FL719 info"]);
  }
});

test("takes back an object of ours whose label is gone", () => {
  const observed = { ...config, metadata: { ...config.metadata, managedFields: [applied("fairlead/apply")] } };
  assert.deepEqual(stepLines(plan({ desired: [config], observed: [observed] })), ["update ConfigMap shop/config"]);
});

const other = setOptions({ parent: { ...setParent, key: { namespace: "shop", name: "default" } } });

test("names the set that an object is a member of", () => {
  const observed = [memberOf(config, other)];
  const id = applySetId(other.parent);
  const unnamed = plan({ desired: [config], observed });
  assert.deepEqual(codesOf(unnamed), ["FL703 error"]);
  assert.ok(unnamed.findings[0]!.message.includes(id));
  const parent = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "default" };
  const named = plan({ desired: [config], observed, sets: new Map([[id, { parent, tooling: "fairlead/v0.1.0" }]]) });
  assert.match(named.findings[0]!.message, /another apply set, ConfigMap shop\/default of fairlead\/v0\.1\.0/);
  assert.deepEqual(codesOf(plan({ desired: [config], observed, options: { adopt: true } })), ["FL719 info"]);
});

test("takes members of the sets that it absorbs without being told to adopt", () => {
  const absorbs = [applySetId(other.parent)];
  const label: Compare = () => ({ needed: true, conflicts: [{ manager: "fairlead/workloads", fields: ["x"] }] });
  const moved = plan({ desired: [config], observed: [memberOf(config, other)], options: { absorbs }, compare: label });
  assert.deepEqual([stepLines(moved), codesOf(moved)], [["update ConfigMap shop/config"], []]);
  assert.equal(moved.steps[0]!.force, true);
  const foreign: Compare = () => ({ needed: true, conflicts: [{ manager: "kubectl", fields: ["x"] }] });
  const refused = plan({
    desired: [config],
    observed: [memberOf(config, other)],
    options: { absorbs },
    compare: foreign,
  });
  assert.deepEqual(codesOf(refused), ["FL704 error"]);
});

test("names the manager and the fields of a conflict, and forces only what is adopted", () => {
  const compare: Compare = () => ({
    needed: true,
    conflicts: [{ manager: "kubectl-edit", fields: ["spec.replicas", "spec.paused"] }],
  });
  const scene = { desired: [web], observed: [memberOf(web)], compare };
  const planned = plan(scene);
  assert.deepEqual([stepLines(planned), codesOf(planned)], [["conflict Deployment shop/web"], ["FL704 error"]]);
  assert.match(planned.findings[0]!.message, /spec\.replicas, spec\.paused set to another value by kubectl-edit/);
  const adopted = plan({ ...scene, options: { adopt: true } });
  assert.deepEqual([adopted.steps[0]!.kind, adopted.steps[0]!.force], ["update", true]);
  const free = plan({ ...scene, compare: () => ({ needed: true, conflicts: [] }), options: { adopt: true } });
  assert.equal(free.steps[0]!.force, undefined);
});

test("refuses the set of another tool, and rewrites it when it is adopted", () => {
  const parent = parentObject(setParent, "kubectl/v1.36.3", { kinds: ["ConfigMap"], namespaces: [] });
  const refused = plan({ desired: [config], members: [memberOf(config)], parent });
  assert.deepEqual(codesOf(refused), ["FL705 error"]);
  assert.match(refused.findings[0]!.message, /is an apply set of kubectl\/v1\.36\.3, not of fairlead/);
  const adopted = plan({ desired: [config], members: [memberOf(config)], parent, options: { adopt: true } });
  assert.deepEqual(codesOf(adopted), ["FL719 info"]);
  assert.equal(parentState(adopted.parent.before!).tooling, "fairlead/v0.1.0");
  const newer = parentObject(setParent, "fairlead/v9.9.9", { kinds: ["ConfigMap"], namespaces: [] });
  assert.ok(isNoop(plan({ desired: [config], members: [memberOf(config)], parent: newer })));
});

test("refuses an object that is no parent, that stands for another set, or that was never declared", () => {
  const plain = object("v1 ConfigMap shop/shop-set", { data: { theirs: "yes" } });
  assert.deepEqual(codesOf(plan({ desired: [config], parent: plain })), ["FL706 error"]);
  const copied = parentObject(other.parent, "fairlead/v0.1.0", { kinds: [], namespaces: [] });
  copied.metadata.name = "shop-set";
  assert.deepEqual(codesOf(plan({ desired: [config], parent: copied })), ["FL706 error"]);
  const declared = { ...setParent, declared: true };
  assert.deepEqual(codesOf(plan({ desired: [config], options: { parent: declared } })), ["FL706 error"]);
  assert.deepEqual(codesOf(plan({ desired: [config], parent: plain, options: { parent: declared } })), []);
  const itself = plan({ desired: [object("v1 ConfigMap shop/shop-set")] });
  assert.deepEqual(codesOf(itself), ["FL706 error"]);
});

test("writes the parent before the members, and shrinks it after the last deletion", () => {
  const parent = parentObject(setParent, "fairlead/v0.1.0", { kinds: ["Secret"], namespaces: ["far"] });
  const gone = object("v1 Secret far/token");
  const planned = plan({ desired: [config], members: [memberOf(gone)], parent });
  const { before, after } = planned.parent;
  assert.deepEqual(before!.metadata.annotations, {
    "applyset.kubernetes.io/tooling": "fairlead/v0.1.0",
    "applyset.kubernetes.io/contains-group-kinds": "ConfigMap,Secret",
    "applyset.kubernetes.io/additional-namespaces": "far",
  });
  assert.deepEqual(parentState(after!).kinds, ["ConfigMap"]);
  assert.deepEqual(parentState(after!).namespaces, ["shop"]);
  const next = plan({ desired: [config], members: [memberOf(config)], parent: after! });
  assert.ok(isNoop(next));
});

test("applies an object and the definition of its kind together", () => {
  const crd = object("apiextensions.k8s.io/v1 CustomResourceDefinition widgets.example.org", {
    spec: {
      group: "example.org",
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets" },
      versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} } }],
    },
  });
  const widget = object("example.org/v1 Widget shop/w", { status: { ready: true } });
  const planned = plan({ desired: [widget, crd] });
  assert.deepEqual(codesOf(planned), []);
  assert.equal(planned.steps[1]!.resource.plural, "widgets");
  assert.equal(planned.steps[1]!.desired!["status"], undefined);
  const unserved = plan({ desired: [object("example.org/v2 Widget shop/w"), crd] });
  assert.deepEqual(codesOf(unserved), ["FL701 error"]);
  assert.deepEqual(codesOf(plan({ desired: [widget] })), ["FL701 error"]);
});

test("does not prune what is declared and cannot be applied", () => {
  const resources = lookup();
  const widget = object("v2 ConfigMap shop/old");
  const planned = plan({ desired: [widget], members: [memberOf(old)], resources });
  assert.deepEqual([stepLines(planned), codesOf(planned)], [[], ["FL701 error"]]);
});

test("refuses what is declared twice, unless both say the same", () => {
  const same = plan({ desired: [config, structuredClone(config)] });
  assert.deepEqual([stepLines(same), codesOf(same)], [["create ConfigMap shop/config"], ["FL700 warning"]]);
  assert.deepEqual(codesOf(plan({ desired: [config, { ...config, data: { a: "2" } }] })), ["FL700 error"]);
});

test("refuses objects without a name or namespace, and puts those without one where it is told", () => {
  const generated: KrmObject = { apiVersion: "v1", kind: "Pod", metadata: { generateName: "x-", namespace: "shop" } };
  assert.deepEqual(codesOf(plan({ desired: [generated] })), ["FL709 error"]);
  const homeless = object("v1 ConfigMap config");
  assert.deepEqual(codesOf(plan({ desired: [homeless] })), ["FL709 error"]);
  assert.deepEqual(stepLines(plan({ desired: [homeless], options: { namespace: "here" } })), [
    "create ConfigMap here/config",
  ]);
  const misplaced = object("v1 Namespace shop/far");
  assert.deepEqual(stepLines(plan({ desired: [misplaced] })), ["create Namespace far"]);
});

test("says that a namespace is missing before anything is written", () => {
  const namespaces = new Map([["shop", "absent" as const]]);
  const planned = plan({ desired: [web, config], namespaces });
  assert.deepEqual(codesOf(planned), ["FL712 error"]);
  assert.match(planned.findings[0]!.message, /namespace shop, which does not exist/);
  assert.deepEqual(codesOf(plan({ desired: [web, config, object("v1 Namespace shop")], namespaces })), []);
});

test("does not prune a declared object that it also sees through another group", () => {
  const ours = memberOf(object("events.k8s.io/v1 Event shop/e", { metadata: { uid: "1" } }));
  const same = { ...ours, apiVersion: "v1" };
  const event = { group: "events.k8s.io", version: "v1", kind: "Event", plural: "events", namespaced: true };
  const resources = lookup([event, { ...event, group: "" }]);
  const desired = [object("events.k8s.io/v1 Event shop/e")];
  assert.deepEqual(stepLines(plan({ desired, members: [ours, same], resources })), ["unchanged Event shop/e"]);
});

test("creates again what is being deleted, and does not delete it twice", () => {
  const dying = (one: KrmObject): KrmObject => ({
    ...one,
    metadata: { ...one.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
  });
  const planned = plan({ desired: [config], members: [dying(memberOf(config)), dying(memberOf(old))] });
  assert.deepEqual(stepLines(planned), ["create ConfigMap shop/config"]);
  assert.match(planned.steps[0]!.reason!, /being deleted/);
  const namespaces = new Map([["shop", "terminating" as const]]);
  const content = plan({ desired: [config, object("v1 Namespace shop")], members: [memberOf(config)], namespaces });
  assert.deepEqual(stepLines(content), ["create Namespace shop", "create ConfigMap shop/config"]);
});

test("sends what the server stores: no fields of its own, a Secret's texts as data", () => {
  const secret = object("v1 Secret shop/s", {
    metadata: { uid: "1", resourceVersion: "7", creationTimestamp: null, managedFields: [], annotations: { a: "b" } },
    stringData: { user: "ada", __proto__x: "y" },
    data: { user: "b2xk", other: "eA==" },
    status: {},
  });
  const [step] = plan({ desired: [secret] }).steps;
  assert.deepEqual(step!.desired, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "s",
      annotations: { a: "b" },
      namespace: "shop",
      labels: { [partOfLabel]: applySetId(setParent) },
    },
    data: { user: "YWRh", other: "eA==", __proto__x: "eQ==" },
  });
});

// Properties

const pool: readonly KrmObject[] = [
  object("v1 Namespace shop"),
  object("v1 ServiceAccount shop/web"),
  object("v1 ConfigMap shop/a"),
  object("v1 ConfigMap far/a"),
  object("v1 Secret shop/a"),
  object("v1 PersistentVolumeClaim shop/a"),
  object("apps/v1 Deployment shop/a"),
  object("apps/v1 StatefulSet far/a"),
  object("v1 Service shop/a"),
];

const someOf = fc.subarray([...pool]);
const versioned = someOf.chain((objects) =>
  fc
    .array(fc.nat(2), { minLength: objects.length, maxLength: objects.length })
    .map((versions) =>
      objects.map((one, index): KrmObject => ({ ...one, data: { version: String(versions[index]) } })),
    ),
);
const anyOptions = fc.record({
  prune: fc.boolean(),
  complete: fc.boolean(),
  adopt: fc.boolean(),
  allow: fc.subarray<"delete-namespace" | "delete-volume-claim">(["delete-namespace", "delete-volume-claim"]),
});

const scenes = fc.record({ desired: versioned, members: versioned, foreign: versioned, options: anyOptions });

function sceneOf({
  desired,
  members,
  foreign,
  options,
}: typeof scenes extends fc.Arbitrary<infer T> ? T : never): Scene {
  const labelled = members.map((one) => memberOf(one));
  const known = new Set(labelled.map((one) => refKey(refOf(one))));
  return { desired, members: labelled, observed: foreign.filter((one) => !known.has(refKey(refOf(one)))), options };
}

test("the order of what is declared and observed does not matter", () => {
  fc.assert(
    fc.property(scenes, (raw) => {
      const scene = sceneOf(raw);
      const backwards = {
        ...scene,
        desired: scene.desired!.toReversed(),
        members: scene.members!.toReversed(),
        observed: scene.observed!.toReversed(),
      };
      assert.equal(JSON.stringify(plan(scene)), JSON.stringify(plan(backwards)));
    }),
    runs(150),
  );
});

test("touches no object that is neither declared nor a member, and destroys nothing without opt-in", () => {
  fc.assert(
    fc.property(scenes, (raw) => {
      const scene = sceneOf(raw);
      const planned = plan(scene);
      const members = new Set(scene.members!.map((one) => refKey(refOf(one))));
      const desired = new Set(scene.desired!.map((one) => refKey(refOf(one))));
      for (const { kind, object: ref } of planned.steps) {
        if (kind !== "delete") continue;
        assert.ok(members.has(refKey(ref)) && !desired.has(refKey(ref)));
        assert.ok(raw.options.prune && raw.options.complete);
        if (ref.kind === "Namespace") assert.ok(raw.options.allow.includes("delete-namespace"));
        if (ref.kind === "PersistentVolumeClaim") assert.ok(raw.options.allow.includes("delete-volume-claim"));
      }
      const steps = planned.steps.map(({ object: ref }) => refKey(ref));
      assert.equal(new Set(steps).size, steps.length);
    }),
    runs(150),
  );
});

test("has nothing to do once a plan is carried out", () => {
  fc.assert(
    fc.property(scenes, (raw) => {
      const scene = sceneOf(raw);
      const first = plan(scene);
      if (first.findings.some(({ severity }) => severity === "error")) return;
      const gone = new Set(first.steps.filter(({ kind }) => kind === "delete").map(({ object: ref }) => refKey(ref)));
      const written = new Map(scene.members!.map((one) => [refKey(refOf(one)), one]));
      for (const step of first.steps) if (step.desired !== undefined) written.set(refKey(step.object), step.desired);
      const members = [...written].filter(([key]) => !gone.has(key)).map(([, one]) => one);
      const parent = first.parent.after ?? first.parent.before;
      const second = plan({ ...scene, members, observed: [], ...(parent === undefined ? {} : { parent }) });
      assert.ok(isNoop(second), JSON.stringify(stepLines(second)));
    }),
    runs(150),
  );
});
