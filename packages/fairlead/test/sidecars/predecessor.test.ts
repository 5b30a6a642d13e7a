/** Rows of docs/explanation/sidecars-predecessor.md that need no cluster. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import type { IstioOptions } from "@fairlead/sim";
import { sidecarRules } from "../../src/plan/sidecars/config/access.ts";
import { compareImages, parseImage } from "../../src/plan/sidecars/decide/image.ts";
import { injectionOf } from "../../src/plan/sidecars/decide/injection.ts";
import type { Decision } from "../../src/plan/sidecars/model/decision.ts";
import { defaultSettings } from "../../src/plan/sidecars/presets.ts";
import { answersBy, decideAll, istio, namespaceOf, viewOf, workload, type WorkloadOptions } from "./plan-world.ts";

const deploy = path.resolve(import.meta.dirname, "../../../../deploy");
const rev28: IstioOptions = { version: "1.28.0", revision: "1-28" };
const rev29: IstioOptions = { version: "1.29.0", revision: "1-29" };

function decided(space: JsonObject, planes: readonly IstioOptions[], options: WorkloadOptions): Decision | undefined {
  const view = viewOf([space, ...planes.flatMap(istio), ...workload("Deployment", "web", options)]);
  return decideAll(view, answersBy(planes)).get("east/shop/Deployment.apps/web");
}

test("a namespace that was moved is outdated whenever its pods were made: no time is compared", () => {
  // Younger than everything of both control planes: the predecessor passes over such pods for good.
  const podsCreatedAt = "2026-05-01T00:00:00Z";
  const moved = decided(namespaceOf("shop", { "istio.io/rev": "1-29" }), [rev28, rev29], {
    injectedBy: rev28,
    podsCreatedAt,
  });
  assert.equal(moved?.kind, "outdated");
  // Two revisions of one version: the images are the same.
  const twin: IstioOptions = { version: "1.28.0", revision: "twin" };
  const same = decided(namespaceOf("shop", { "istio.io/rev": "twin" }), [rev28, twin], {
    injectedBy: rev28,
    podsCreatedAt,
  });
  assert.equal(same?.kind, "outdated");
  assert.ok(same?.kind === "outdated" && same.differences.some(({ field }) => field === "revision"));
});

/** What new pods meet in a cluster with the default revision and `1-28`; empty: no injector. */
const labels: readonly (readonly [what: string, namespace: JsonObject, pod: JsonObject, revision: string])[] = [
  ["istio-injection before a revision", { "istio-injection": "enabled", "istio.io/rev": "1-28" }, {}, "default"],
  ["the namespace's revision before the pod's", { "istio.io/rev": "1-28" }, { "istio.io/rev": "default" }, "1-28"],
  ["the pod's revision where the namespace says nothing", {}, { "istio.io/rev": "1-28" }, "1-28"],
  ["a pod that asks for it, where the namespace says nothing", {}, { "sidecar.istio.io/inject": "true" }, "default"],
  [
    "a namespace that refuses, whatever revision it names",
    { "istio-injection": "disabled", "istio.io/rev": "1-28" },
    {},
    "",
  ],
  ["a pod that refuses", { "istio-injection": "enabled" }, { "sidecar.istio.io/inject": "false" }, ""],
];

for (const [what, namespace, pod, revision] of labels) {
  test(`labels are read as Istio's selectors do: ${what}`, () => {
    const view = viewOf([namespaceOf("shop", namespace), ...istio({ version: "1.29.0" }), ...istio(rev28)]);
    const found = injectionOf(view, "east", {
      namespace: "shop",
      labels: { app: "web", ...pod } as never,
      annotations: {},
    });
    assert.equal(found.kind === "one" ? found.injector.revision : "", revision, JSON.stringify(found));
  });
}

test("a mesh that injects by default, and selectors of one's own, are followed", () => {
  const view = viewOf([namespaceOf("shop"), ...istio({ version: "1.29.0", enableNamespacesByDefault: true })]);
  const pod = { namespace: "shop", labels: {}, annotations: {} };
  assert.equal(injectionOf(view, "east", pod).kind, "one");
  assert.equal(injectionOf(viewOf([namespaceOf("shop"), ...istio({ version: "1.29.0" })]), "east", pod).kind, "none");
});

test("an Istio elsewhere is asked where its webhook leads, and its own namespace's ConfigMap is read", () => {
  const view = viewOf([
    namespaceOf("shop", { "istio-injection": "enabled" }),
    ...istio({ version: "1.29.0", namespace: "mesh" }),
  ]);
  const found = injectionOf(view, "east", { namespace: "shop", labels: {}, annotations: {} });
  assert.equal(found.kind, "one");
  const client = found.kind === "one" ? found.injector.client : undefined;
  assert.equal(client?.kind === "service" && client.namespace, "mesh");
});

test("images that are pinned by other digests differ, and a port is no tag", () => {
  const pinned = (letter: string): string => `docker.io/istio/proxyv2@sha256:${letter.repeat(64)}`;
  for (const registry of [true, false]) {
    assert.equal(compareImages(pinned("a"), "", pinned("b"), registry), "other");
    assert.equal(compareImages(pinned("a"), "", pinned("a"), registry), "same");
  }
  assert.equal(parseImage("reg:5000/proxyv2").tag, "latest");
  assert.equal(compareImages("reg:5000/proxyv2", "", "reg:5001/proxyv2:latest", false), "same");
});

test("restarts are not sent all at once: budgets bound them where nothing is said", () => {
  const { fleet, cluster, namespace } = defaultSettings.budget;
  assert.deepEqual([fleet, cluster, namespace], [10, 5, 2]);
});

/** Objects of a file, by kind. */
function objectsOf(...name: string[]): Map<string, JsonObject> {
  const file = path.join(deploy, ...name);
  const { documents, findings } = parseStream(readFileSync(file, "utf8"), { file });
  assert.deepEqual(findings, []);
  const objects = documents.map(({ value }) => value).filter(isObject);
  return new Map(objects.map((object) => [object["kind"] as string, object]));
}

test("the base has what the predecessor's chart lacks", () => {
  const objects = objectsOf("sidecars", "sidecars.yaml");
  assert.ok(objects.has("PodDisruptionBudget"));
  assert.ok(objects.has("NetworkPolicy"));
  const spec = objects.get("Deployment")!["spec"];
  assert.equal(get(spec, "replicas"), 2);
  const containers = get(get(get(spec, "template"), "spec"), "containers") as JsonObject[];
  assert.equal(containers.length, 1);
  assert.equal(get(containers[0]!["securityContext"], "readOnlyRootFilesystem"), true);
  assert.ok((containers[0]!["args"] as string[]).join(" ").includes("--log-level info"));
  const limit = get(get(containers[0]!["resources"], "limits"), "memory");
  assert.equal(limit, "512Mi");
});

test("nothing that is installed is a CustomResourceDefinition, and of others three names may be looked for", () => {
  const chart = path.join(deploy, "charts", "fairlead");
  assert.ok(!existsSync(path.join(chart, "crds")));
  for (const folder of [chart, path.join(deploy, "sidecars")]) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const text = readFileSync(path.join(entry.parentPath, entry.name), "utf8");
      assert.doesNotMatch(text, /kind: CustomResourceDefinition/, entry.name);
    }
  }
  const { always, policies } = sidecarRules(defaultSettings);
  const rules = [...always, ...policies].filter(({ resources }) => resources.includes("customresourcedefinitions"));
  assert.deepEqual(new Set(rules.flatMap(({ verbs }) => verbs)), new Set(["list", "watch"]));
  assert.deepEqual(
    rules.flatMap(({ resourceNames = [] }) => resourceNames),
    ["proxyconfigs.networking.istio.io", "rollouts.argoproj.io", "sidecarpolicies.fairlead.dev"],
  );
  assert.ok(isObject(objectsOf("sidecars", "kustomization.yaml").get("Kustomization")));
});
