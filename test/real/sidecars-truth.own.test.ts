/** Which injectors are called for a new pod, and what they inject: what the planner says is what a real API server does. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { accessOf, createClient, isKubeError, type Client, type Resource } from "@fairlead/kube";
import { injectorConfigMap, meshConfigMap, startInjector, type Injector } from "@fairlead/sim";
import { injectionOf } from "../../packages/fairlead/src/plan/sidecars/decide/injection.ts";
import { proxyOf } from "../../packages/fairlead/src/plan/sidecars/observe/proxy-shape.ts";
import type { NewPod } from "../../packages/fairlead/src/plan/sidecars/model/question.ts";
import type { SidecarView } from "../../packages/fairlead/src/plan/sidecars/model/view.ts";
import { viewOf } from "../../packages/fairlead/test/sidecars/plan-world.ts";
import {
  pathed,
  plane as istiod,
  podOf,
  pods,
  replicaSetController,
  sets,
  spaces,
  spec,
} from "../../packages/fairlead/test/sidecars/truth-combinations.ts";
import { startPlane, type Plane } from "../../scripts/real/plane.ts";
import { until } from "../../scripts/real/until.ts";

/** Combinations of each set: 13 sets make a sample of more than 200. */
const ofEach = 17;

const resource = (group: string, kind: string, plural: string, namespaced: boolean): Resource => ({
  group,
  version: "v1",
  kind,
  plural,
  namespaced,
});
const namespaces = resource("", "Namespace", "namespaces", false);
const podResource = resource("", "Pod", "pods", true);
const webhooks = resource(
  "admissionregistration.k8s.io",
  "MutatingWebhookConfiguration",
  "mutatingwebhookconfigurations",
  false,
);

let plane: Plane;
let admin: Client;
let controller: Client;
let injector: Injector;

before(async () => {
  plane = await startPlane();
  const server = { name: "real", server: plane.url, ca: plane.certificate, token: plane.token };
  admin = createClient(accessOf(server));
  controller = createClient(
    accessOf({ ...server, impersonate: { user: replicaSetController.name, groups: replicaSetController.groups } }),
  );
  const maps = [injectorConfigMap(istiod), meshConfigMap(istiod)];
  injector = await startInjector({
    source: {
      watch: (_namespace, name, tell) => {
        tell(maps.find((one) => get(one["metadata"], "name") === name));
        return () => {};
      },
    },
    revisions: [{ revision: "", nativeSidecars: true }],
  });
  for (const { name, labels } of spaces) {
    if (name !== "kube-system")
      await create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
  }
});

after(async () => {
  await injector.stop();
  await controller.close();
  await admin.close();
  await plane.stop();
});

async function create(of: Resource, object: JsonObject): Promise<JsonObject> {
  return (await admin.create(of, object as unknown as KrmObject)) as unknown as JsonObject;
}

/** A webhook that only tells that the server knows of it, and of all that were written before it. */
function marker(name: string, origin: string, caBundle: string): JsonObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name },
    webhooks: [
      {
        name: "marker.example.com",
        clientConfig: { url: `${origin}/inject/marker/${name}`, caBundle },
        rules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }],
        objectSelector: { matchLabels: { marker: name } },
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  };
}

let written: string[] = [];

async function install(set: readonly JsonObject[], index: number): Promise<ReadonlyMap<string, string>> {
  for (const name of written) await admin.delete(webhooks, { name });
  const origin = new URL(injector.url()).origin;
  const { configurations, ids } = pathed(set, origin, injector.authority);
  const mark = marker(`zz-marker-${index}`, origin, Buffer.from(injector.authority).toString("base64"));
  for (const one of [...configurations, mark]) await create(webhooks, one);
  written = [...configurations, mark].map((one) => get(one["metadata"], "name") as string);
  await until("the webhooks of the set", async () => {
    await dryRun(podOf("default", { marker: `zz-marker-${index}`, "sidecar.istio.io/inject": "false" }, {}));
    return injector.calls.list().some(({ path }) => path.endsWith(`/zz-marker-${index}`)) || undefined;
  });
  return ids;
}

/** The pod as it would be stored, or why it is refused. */
async function dryRun(pod: JsonObject): Promise<JsonObject | string> {
  try {
    const made = await controller.create(podResource, pod as unknown as KrmObject, { dryRun: true });
    return made as unknown as JsonObject;
  } catch (error) {
    if (!isKubeError(error) || error.status === undefined) throw error;
    return error.status.message ?? "refused";
  }
}

let next = 0;

/** Far apart, and other ones in every set. */
function following(seen: SidecarView): { readonly pod: NewPod; readonly told: ReturnType<typeof injectionOf> } {
  const at = (next++ * 617) % (spaces.length * pods.length);
  const { name: namespace } = spaces[Math.floor(at / pods.length)]!;
  const { labels, annotations } = pods[at % pods.length]! as Pick<NewPod, "labels" | "annotations">;
  const pod: NewPod = { namespace, labels, annotations, maker: "Deployment.apps", owner: "web", spec };
  return { pod, told: injectionOf(seen, "east", pod) };
}

const counts = { tried: 0, refused: 0, called: 0 };

for (const [index, [name, set]] of Object.entries(sets).entries()) {
  test(`a real API server calls of ${name} what the planner says`, async () => {
    const ids = await install(set, index);
    const seen = viewOf([
      ...((await admin.list(namespaces)).items as unknown as JsonObject[]).map((one) => typed(one, "v1", "Namespace")),
      ...((await admin.list(webhooks)).items as unknown as JsonObject[]).map((one) =>
        typed(one, "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
      ),
    ]);
    for (let nth = 0; nth < ofEach; nth++) {
      // Most combinations are left alone: every second one is not, where there is such a one.
      let { pod, told } = following(seen);
      for (let tries = 0; nth % 2 === 1 && told.kind === "none" && tries < 500; tries++)
        ({ pod, told } = following(seen));
      const { namespace, labels, annotations } = pod;
      injector.calls.clear();
      const made = await dryRun(podOf(namespace, labels, annotations));
      counts.tried++;
      const about = JSON.stringify({ namespace, labels, annotations, told, made });
      if (told.kind === "unknown") {
        assert.equal(typeof made, "string", about);
        counts.refused++;
        continue;
      }
      assert.notEqual(typeof made, "string", about);
      const expected = told.kind === "none" ? [] : [...(told.kind === "several" ? told.others : []), told.injector.id];
      const calls = injector.calls.list();
      if (calls.length > 0) counts.called++;
      assert.deepEqual(
        calls.map(({ path }) => ids.get(path)),
        expected,
        about,
      );
      const isInjected = calls.some(({ outcome }) => outcome === "injected");
      assert.equal(proxyOf(made as JsonObject) !== undefined, isInjected, about);
    }
  });
}

test("the sample is large, and there is every kind of answer in it", (t) => {
  t.diagnostic(JSON.stringify(counts));
  const { tried, called, refused } = counts;
  assert.ok(tried >= 200 && called >= 50 && refused > 0 && tried - called - refused >= 50, JSON.stringify(counts));
});

function typed(object: JsonObject, apiVersion: string, kind: string): JsonObject {
  return { ...object, apiVersion, kind };
}
