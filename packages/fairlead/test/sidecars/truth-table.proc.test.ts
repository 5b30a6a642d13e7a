/**
 * Combinations of labels, annotations, revisions, tags and selectors: the webhooks that we say are called for a new pod are
 * those that an API server calls, and the proxy that we expect is the one that the pod gets.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import {
  createCluster,
  inject,
  injectorConfigMap,
  meshConfigMap,
  readInjectionConfig,
  startInjector,
  type Cluster,
  type InjectionConfig,
  type Injector,
} from "@fairlead/sim";
import type { NewPod } from "../../src/plan/sidecars/model/question.ts";
import type { SidecarView } from "../../src/plan/sidecars/model/view.ts";
import { injectionOf } from "../../src/plan/sidecars/decide/injection.ts";
import { expectedProxyOf, proxyOf } from "../../src/plan/sidecars/observe/proxy-shape.ts";
import { viewOf } from "./plan-world.ts";
import { pathed, plane, podOf, pods, replicaSetController, sets, spaces, spec } from "./truth-combinations.ts";

const all = Object.keys(sets).length * spaces.length * pods.length;
/** Every how manyth is tried: all of them by `npm run soak`. */
const stride = process.env["FAIRLEAD_RUNS"] === undefined ? Math.floor(all / 2_100) : 1;

let cluster: Cluster;
let injector: Injector;
let config: InjectionConfig;

before(async () => {
  cluster = await createCluster({ controllers: false, seed: 11 });
  const maps = [injectorConfigMap(plane), meshConfigMap(plane)];
  injector = await startInjector({
    source: {
      watch: (_namespace, name, tell) => (tell(maps.find((one) => get(one["metadata"], "name") === name)), () => {}),
    },
    revisions: [{ revision: "", nativeSidecars: true }],
  });
  const read = readInjectionConfig(maps[0]!, maps[1]);
  assert.equal(read.kind, "config");
  config = read as InjectionConfig;
  for (const { name, labels } of spaces) {
    if (name !== "kube-system")
      await cluster.api.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: name } };
    await cluster.api.create("serviceaccounts", account);
  }
});

after(async () => {
  await injector.stop();
  await cluster.stop();
});

const webhooks = "mutatingwebhookconfigurations.admissionregistration.k8s.io";

/** Puts the webhooks of a set into the cluster; the path of each leads to the injector and says which it is. */
async function install(set: readonly JsonObject[]): Promise<ReadonlyMap<string, string>> {
  for (const one of cluster.api.list(webhooks)) {
    await cluster.api.delete(webhooks, { namespace: "", name: get(one["metadata"], "name") as string });
  }
  const { configurations, ids } = pathed(set, new URL(injector.url()).origin, injector.authority);
  for (const one of configurations) await cluster.api.create(webhooks, one);
  return ids;
}

function view(): SidecarView {
  const kinds: readonly (readonly [string, string, string])[] = [
    ["namespaces", "v1", "Namespace"],
    [webhooks, "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"],
  ];
  return viewOf(
    kinds.flatMap(([collection, apiVersion, kind]) =>
      cluster.api.list(collection).map((object) => ({ ...object, apiVersion, kind })),
    ),
  );
}

let next = 0;

for (const [name, set] of Object.entries(sets)) {
  test(`says of ${name} which webhooks are called, and what is injected`, async () => {
    const ids = await install(set);
    const seen = view();
    const api = cluster.core.apiFor(replicaSetController, "kube-controller-manager");
    let [tried, called] = [0, 0];
    for (const [space, { name: namespace }] of spaces.entries()) {
      for (const [index, { labels, annotations }] of pods.entries()) {
        if ((next++ + 7 * space + index) % stride !== 0) continue;
        tried++;
        const pod: NewPod = {
          namespace,
          labels: labels as NewPod["labels"],
          annotations: annotations as NewPod["annotations"],
          maker: "Deployment.apps",
          owner: "web",
          spec,
        };
        const told = injectionOf(seen, "east", pod);
        injector.calls.clear();
        const created = await create(api, namespace, labels, annotations);
        const about = JSON.stringify({ namespace: spaces[space], labels, annotations, told, created });
        if (told.kind === "unknown") {
          assert.match(told.reason, /fail/);
          assert.equal(typeof created, "string", about);
          continue;
        }
        assert.ok(isObject(created as JsonObject), about);
        const calls = injector.calls.list().map(({ path }) => ids.get(path));
        const expected =
          told.kind === "none" ? [] : [...(told.kind === "several" ? told.others : []), told.injector.id];
        assert.deepEqual(calls, expected, about);
        if (calls.length > 0) called++;
        const ignored = ["HOOK"];
        const proxy =
          told.kind === "none" ? undefined : expectedProxyOf(answer(namespace, labels, annotations), ignored);
        assert.deepEqual(proxyOf(created as JsonObject, ignored), proxy, about);
      }
    }
    // A table in which nothing is ever called would prove little.
    assert.ok(tried >= 100, String(tried));
    if (!name.includes("fail")) assert.ok(called > 0);
  });
}

/** What the injector says to our question: about the template, under a name of ours. */
function answer(namespace: string, labels: JsonObject, annotations: JsonObject): JsonObject {
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "question", namespace, labels, annotations }, spec };
  const result = inject(pod, { config, revision: "", namespace, nativeSidecars: true, path: "/inject" });
  assert.notEqual(result.kind, "failed");
  return result.kind === "injected" ? result.pod : pod;
}

/** The pod as it is stored, or why it was refused. */
async function create(
  api: Cluster["api"],
  namespace: string,
  labels: JsonObject,
  annotations: JsonObject,
): Promise<JsonObject | string> {
  try {
    return await api.create("pods", podOf(namespace, labels, annotations));
  } catch (error) {
    return (error as Error).message;
  }
}
