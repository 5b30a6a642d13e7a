/** The scripted injector answers a real API server, whose pods then are those of the embedded cluster. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { accessOf, createClient, isKubeError, type Resource } from "@fairlead/kube";
import {
  createCluster,
  injectorConfigMap,
  istioObjects,
  startInjector,
  type Cluster,
  type Injector,
  type IstioOptions,
} from "@fairlead/sim";
import { readAccess } from "../../scripts/real/access.ts";
import { until } from "../../scripts/real/until.ts";
import { configMapSource } from "./config-map-source.ts";

const { plane } = readAccess();
const real = createClient(accessOf({ name: "real", server: plane.url, ca: plane.certificate, token: plane.token }));
// Only namespaces and pods that name this revision are asked about: the plane is shared.
const revision = `injector-${process.pid}`;
const tag = `tag-${process.pid}`;
const namespace = `istio-${process.pid}`;
const options: IstioOptions = { version: "1.28.0", revision, tags: [tag], namespace, cni: true, nativeSidecars: false };
const source = configMapSource(real);
let cluster: Cluster;
let embedded: ReturnType<typeof createClient>;
let injector: Injector;

const resource = (group: string, kind: string, plural: string, namespaced = true): Resource => ({
  group,
  version: "v1",
  kind,
  plural,
  namespaced,
});
const resources = new Map(
  [
    resource("", "Namespace", "namespaces", false),
    resource("", "ServiceAccount", "serviceaccounts"),
    resource("", "Service", "services"),
    resource("", "ConfigMap", "configmaps"),
    resource("", "Pod", "pods"),
    resource("apps", "Deployment", "deployments"),
    resource("admissionregistration.k8s.io", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false),
  ].map((one) => [one.kind, one]),
);

const webhooks = resources.get("MutatingWebhookConfiguration")!;
const objects = (): JsonObject[] =>
  istioObjects({ ...options, client: { kind: "url", url: injector.url(revision) }, authority: injector.authority });

const namespaces: readonly (readonly [string, JsonObject])[] = [
  [`inj-revision-${process.pid}`, { "istio.io/rev": revision }],
  [`inj-tagged-${process.pid}`, { "istio.io/rev": tag }],
  [`inj-plain-${process.pid}`, {}],
  [`inj-disabled-${process.pid}`, { "istio-injection": "disabled", "istio.io/rev": revision }],
];

before(async () => {
  cluster = await createCluster({ controllers: false, seed: 3, disabledAdmission: ["ServiceAccount"] });
  embedded = createClient(
    accessOf({ name: "embedded", server: cluster.url, ca: cluster.certificate, token: cluster.token }),
  );
  injector = await startInjector({ source, revisions: [{ revision, namespace }] });
  for (const client of [real, embedded]) {
    for (const object of objects())
      await client.create(resources.get(String(object["kind"]))!, object as unknown as KrmObject);
    for (const [name, labels] of namespaces) {
      const made = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
      await client.create(resources.get("Namespace")!, made as unknown as KrmObject);
    }
  }
  await injector.serves(revision, "1.28.0");
  // An API server learns of new webhooks by a watch of its own.
  await until("the webhooks of both", async () => {
    for (const [name] of namespaces.slice(0, 2))
      if (!JSON.stringify(await answerOf(real, podIn(name))).includes("istio-proxy")) return undefined;
    return true;
  });
});

after(async () => {
  for (const object of objects().filter((one) => one["kind"] === "MutatingWebhookConfiguration"))
    await real.delete(webhooks, { name: String((object["metadata"] as JsonObject)["name"]) });
  for (const name of [namespace, ...namespaces.map(([one]) => one)])
    await real.delete(resources.get("Namespace")!, { name });
  await injector.stop();
  await source.stop();
  await real.close();
  await embedded.close();
  await cluster.stop();
});

const inject = (value: string): JsonObject => ({ "sidecar.istio.io/inject": value });
const metadatas: readonly JsonObject[] = [
  {},
  { labels: inject("false") },
  { labels: inject("true") },
  { annotations: inject("false") },
  { labels: { "istio.io/rev": revision } },
  { labels: { "istio.io/rev": tag } },
  { labels: { "istio.io/rev": tag, ...inject("false") } },
  { annotations: { "sidecar.istio.io/nativeSidecar": "true" } },
  { annotations: { "sidecar.istio.io/proxyImage": "mine/proxy:1", "sidecar.istio.io/proxyCPU": "20m" } },
  { annotations: { "proxy.istio.io/config": "holdApplicationUntilProxyStarts: true" } },
  { annotations: { "inject.istio.io/templates": "none" } },
];

const podIn = (name: string, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { ...metadata, name: "web", namespace: name },
  spec: {
    // The plane has no admission that would say so.
    serviceAccountName: "default",
    containers: [
      {
        name: "web",
        image: "web:1",
        ports: [{ containerPort: 8080 }],
        readinessProbe: { httpGet: { path: "/", port: 8080 } },
      },
    ],
  },
});

/** What a server makes of a pod, without what differs from server to server; its message if it refuses. */
async function answerOf(client: typeof real, pod: JsonObject): Promise<JsonValue> {
  try {
    const created = await client.create(resources.get("Pod")!, pod as unknown as KrmObject, { dryRun: true });
    const { spec, metadata } = created as unknown as { spec: JsonValue; metadata: JsonObject };
    return withoutNames([metadata["labels"] ?? null, metadata["annotations"] ?? null, spec]);
  } catch (error) {
    if (!isKubeError(error) || error.status === undefined) throw error;
    return error.status.message ?? "";
  }
}

const withoutNames = (value: JsonValue): JsonValue =>
  JSON.parse(JSON.stringify(value).replaceAll(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access")) as JsonValue;

for (const [name] of namespaces) {
  for (const metadata of metadatas) {
    test(`${name.replace(/-\d+$/, "")}: ${JSON.stringify(metadata).replaceAll(String(process.pid), "N")} is the same in both`, async () => {
      const pod = podIn(name, metadata);
      const [left, right] = [await answerOf(real, pod), await answerOf(embedded, pod)];
      assert.deepEqual(right, left);
    });
  }
}

test("a real API server injects pods by the ConfigMap as it is now", async () => {
  const [name] = namespaces[0]!;
  const pod = podIn(name);
  const image = async (): Promise<string> =>
    /"([^"]*proxyv2[^"]*)"/.exec(JSON.stringify(await answerOf(real, pod)))?.[1] ?? "none";
  assert.equal(await image(), "docker.io/istio/proxyv2:1.28.0");
  const changed = injectorConfigMap({ ...options, version: "1.29.0" });
  const { data } = changed;
  assert.ok(isObject(data));
  await real.patch(
    resources.get("ConfigMap")!,
    { namespace, name: `istio-sidecar-injector-${revision}` },
    { data },
    { type: "merge" },
  );
  await injector.serves(revision, "1.29.0");
  assert.equal(await image(), "docker.io/istio/proxyv2:1.29.0");
});

test("a real API server refuses what a broken injector answers, and says so", async () => {
  const [name] = namespaces[0]!;
  const pod = podIn(name);
  for (const [fault, says] of [
    [{ kind: "status", status: 503 }, /failed calling webhook/],
    [{ kind: "wrong uid" }, /expected response.uid/],
    [{ kind: "denied", message: "not today" }, /denied the request: not today/],
    [{ kind: "undecodable patch" }, /undecodable patch/],
    [{ kind: "text" }, /failed to call webhook/],
    [{ kind: "reset" }, /EOF|connection reset/],
  ] as const) {
    const end = injector.fault(fault);
    const answer = await until(`an answer to ${fault.kind}`, async () => String(await answerOf(real, pod)), 20_000);
    end();
    assert.match(answer, says, fault.kind);
  }
});
