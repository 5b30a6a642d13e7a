/**
 * A real control plane of Istio on a real cluster with nodes that kwok plays: istiod injects, `fairlead sidecars` finds and
 * restarts what is outdated, kubectl is the judge. And the scripted injector of @fairlead/sim is held to istiod.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { applyJsonPatch, defaultObject, get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { accessOf, createClient, type Client } from "@fairlead/kube";
import { inject, readInjectionConfig } from "@fairlead/sim";
import { fairlead } from "../../packages/fairlead/test/support/cli.ts";
import { collectCrds } from "../../scripts/real/crds.ts";
import { ensureTool } from "../../scripts/real/ensure-tool.ts";
import { execute } from "../../scripts/real/execute.ts";
import { installCrds } from "../../scripts/real/install-crds.ts";
import { startPlane, type Plane } from "../../scripts/real/plane.ts";
import { request } from "../../scripts/real/request.ts";
import { until } from "../../scripts/real/until.ts";
import { startControlPlane, type ControlPlane } from "./istio/control-plane.ts";

/** The first time, istiod is built. */
const mostBuildMs = 30 * 60_000;
let plane: Plane;
let client: Client;
let istiod: ControlPlane;
let kubectl: string;

before(
  async () => {
    kubectl = await ensureTool("kubectl");
    await ensureTool("istiod");
    plane = await startPlane({ nodes: 3 });
    const istio = (await collectCrds()).crds.filter((crd) =>
      String(get(crd["metadata"], "name")).endsWith(".istio.io"),
    );
    await installCrds(plane, istio);
    client = createClient(accessOf({ name: "east", server: plane.url, ca: plane.certificate, token: plane.token }));
    istiod = await startControlPlane({ client, kubeconfig: plane.kubeconfig, version: "1.28.0" });
  },
  { timeout: mostBuildMs },
);
after(async () => {
  await istiod?.stop();
  await client?.close();
  await plane?.stop();
});

async function create(object: KrmObject): Promise<void> {
  await client.create(await client.discovery.resource(object), object);
}

const namespaceObject = (name: string, labels: { [key: string]: string }): KrmObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels },
});

const container = { name: "app", image: "registry.example/app:1" };

const deployment = (namespace: string, name: string, metadata: JsonObject = {}): KrmObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { ...metadata, labels: { app: name, ...(metadata["labels"] as JsonObject | undefined) } },
      spec: { containers: [container] },
    },
  },
});

async function judged(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env["PATH"], HOME: plane.folder, KUBECONFIG: plane.kubeconfig };
  const { status, stdout, stderr } = await execute(kubectl, args, { env, timeoutMs: 120_000 });
  assert.equal(status, 0, `kubectl ${args.join(" ")}: ${stderr}`);
  return stdout;
}

const sidecars = (...args: readonly string[]) =>
  fairlead(["sidecars", ...args], { env: { PATH: "", HOME: plane.folder, KUBECONFIG: plane.kubeconfig } });

/** What kubectl sees: each pod with its proxy's image and when it was made. */
async function pods(namespace: string): Promise<{ name: string; proxy: string; uid: string }[]> {
  const { items } = JSON.parse(await judged("get", "pods", "-n", namespace, "-o", "json")) as { items: JsonObject[] };
  return items
    .filter((pod) => get(pod["metadata"], "deletionTimestamp") === undefined)
    .map((pod) => {
      const lists = ["containers", "initContainers"].flatMap((key) => (get(pod["spec"], key) ?? []) as JsonValue[]);
      const proxy = lists.find((one) => get(one, "name") === "istio-proxy");
      const { name, uid } = pod["metadata"] as { name: string; uid: string };
      return { name, uid, proxy: String(get(proxy, "image") ?? "none") };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

describe("the scripted injector and istiod, by the same ConfigMaps", () => {
  const meta = (metadata: JsonObject, spec: JsonObject = {}): JsonObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "asked", ...metadata },
    spec: { containers: [container], serviceAccountName: "default", ...spec },
  });
  const annotated = (annotations: { [key: string]: string }) => meta({ annotations });
  const cases: readonly (readonly [string, JsonObject])[] = [
    ["a plain pod", meta({ labels: { app: "web" } })],
    ["an opt-out by label", meta({ labels: { "sidecar.istio.io/inject": "false" } })],
    ["an opt-out by annotation", annotated({ "sidecar.istio.io/inject": "false" })],
    ["the node's network", meta({}, { hostNetwork: true })],
    ["another image of the proxy", annotated({ "sidecar.istio.io/proxyImage": "registry.example/proxy:9" })],
    ["another kind of image", annotated({ "sidecar.istio.io/proxyImageType": "distroless" })],
    [
      "resources by annotation",
      annotated({
        "sidecar.istio.io/proxyCPU": "250m",
        "sidecar.istio.io/proxyMemory": "64Mi",
        "sidecar.istio.io/proxyCPULimit": "1",
        "sidecar.istio.io/proxyMemoryLimit": "1Gi",
      }),
    ],
    ["native sidecars off", annotated({ "sidecar.istio.io/nativeSidecar": "false" })],
    ["native sidecars on", annotated({ "sidecar.istio.io/nativeSidecar": "true" })],
    [
      "proxy configuration",
      annotated({ "proxy.istio.io/config": "concurrency: 3\nholdApplicationUntilProxyStarts: true\n" }),
    ],
    ["excluded ports", annotated({ "traffic.sidecar.istio.io/excludeOutboundPorts": "3306,5432" })],
    [
      "log level",
      annotated({ "sidecar.istio.io/logLevel": "debug", "sidecar.istio.io/componentLogLevel": "http:trace" }),
    ],
    [
      "a gateway",
      meta(
        { labels: { istio: "ingress" }, annotations: { "inject.istio.io/templates": "gateway" } },
        { containers: [{ name: "istio-proxy", image: "auto" }] },
      ),
    ],
    [
      "probes of the application",
      meta(
        {},
        {
          containers: [
            {
              ...container,
              ports: [{ containerPort: 8080 }],
              readinessProbe: { httpGet: { path: "/ready", port: 8080 } },
            },
          ],
        },
      ),
    ],
    [
      "several containers and an init container",
      meta(
        {},
        {
          initContainers: [{ name: "setup", image: "busybox" }],
          containers: [container, { name: "second", image: "x:1" }],
        },
      ),
    ],
    [
      "a proxy of its own",
      meta(
        {},
        { containers: [container, { name: "istio-proxy", image: "auto", resources: { requests: { cpu: "3" } } }] },
      ),
    ],
  ];

  for (const [what, written] of cases) {
    test(`agree about ${what}`, async () => {
      // The API server asks about what it has made of it.
      const pod = defaultObject(written);
      const namespace = "default";
      const body = {
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
        request: {
          uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
          kind: { group: "", version: "v1", kind: "Pod" },
          resource: { group: "", version: "v1", resource: "pods" },
          operation: "CREATE",
          namespace,
          userInfo: {},
          object: pod,
        },
      };
      const url = new URL(istiod.url);
      const access = { url: url.origin, token: "", certificate: istiod.authority };
      const answer = await request(access, { method: "POST", path: url.pathname, body: JSON.stringify(body) });
      assert.equal(answer.status, 200, answer.text);
      const review = JSON.parse(answer.text) as { response: { allowed: boolean; patch?: string } };
      assert.ok(review.response.allowed, answer.text);
      const patch = review.response.patch;
      const theirs =
        patch === undefined ? [] : (JSON.parse(Buffer.from(patch, "base64").toString("utf8")) as JsonObject[]);
      const config = await injectionConfig();
      const ours = inject(pod, { config, revision: "", namespace, nativeSidecars: false, environment: {} });
      assert.notEqual(ours.kind, "failed", JSON.stringify(ours));
      assert.deepEqual(injected(pod, ours.kind === "injected" ? ours.patch : []), injected(pod, theirs));
    });
  }
});

async function injectionConfig() {
  const resource = await client.discovery.resource({ apiVersion: "v1", kind: "ConfigMap" });
  const at = (name: string) => client.get(resource, { namespace: "istio-system", name });
  const config = readInjectionConfig(
    (await at("istio-sidecar-injector")) as unknown as JsonObject,
    (await at("istio")) as unknown as JsonObject,
  );
  if (config.kind !== "config") throw new Error(config.message);
  return config;
}

/** The pod after a patch, as the API server would keep it: quantities and zeros are written in one way. */
function injected(pod: JsonObject, patch: readonly JsonValue[]): JsonObject {
  const injectedPod = defaultObject(applyJsonPatch(structuredClone(pod), patch));
  const annotations = get(injectedPod["metadata"], "annotations");
  if (!isObject(annotations)) return injectedPod;
  // Texts of JSON: the order of their keys says nothing.
  for (const name of ["sidecar.istio.io/status", "proxy.istio.io/overrides"]) {
    const text = annotations[name];
    if (typeof text === "string") annotations[name] = JSON.parse(text) as JsonValue;
  }
  return injectedPod;
}

describe("an upgrade of Istio, as kubectl sees it", () => {
  before(async () => {
    await create(namespaceObject("shop", { "istio-injection": "enabled" }));
    await create(namespaceObject("plain", {}));
    for (const name of ["cart", "orders", "search"]) await create(deployment("shop", name));
    await create(deployment("shop", "own", { labels: { "sidecar.istio.io/inject": "false" } }));
    await create(deployment("plain", "db"));
    for (const [namespace, name] of [
      ["shop", "cart"],
      ["shop", "orders"],
      ["shop", "search"],
      ["shop", "own"],
      ["plain", "db"],
    ] as const) {
      await judged("rollout", "status", `deployment/${name}`, "-n", namespace, "--timeout=100s");
    }
  });

  test("istiod injects, and everything is current", async () => {
    const images = (await pods("shop")).map(({ proxy }) => proxy);
    const current = "docker.io/istio/proxyv2:1.28.0";
    assert.deepEqual([...images].sort(), [...Array<string>(6).fill(current), "none", "none"]);
    const { code, stdout, stderr } = await sidecars("plan");
    assert.deepEqual([code, stdout, stderr], [0, "everything is current\n", ""]);
  });

  test("after an upgrade plan names the three workloads, and what only reads changes nothing", async () => {
    const then = await pods("shop");
    await istiod.upgrade("1.29.0");
    let last = "";
    await until(
      "the plan",
      async () => (last = (await sidecars("plan", "-o", "json")).stdout).includes("proxyv2:1.29.0"),
      30_000,
    ).catch((error: unknown) => assert.fail(`${String(error)}; the last was ${last}`));
    const { code, stdout } = await sidecars("plan");
    assert.equal(code, 1);
    for (const name of ["cart", "orders", "search"]) {
      assert.match(stdout, new RegExp(`shop/deployment/${name} +waiting +rest +2/2 +proxyv2:1.28.0 +proxyv2:1.29.0`));
    }
    assert.doesNotMatch(stdout, /own|db/);
    assert.deepEqual(await pods("shop"), then);
  });

  test("run restarts each of them once, and touches nothing else", async () => {
    const [plain, own] = [await pods("plain"), (await pods("shop")).filter(({ name }) => name.startsWith("own-"))];
    const { code, stdout, stderr } = await sidecars("run", "--set", "budget.namespace=2");
    assert.equal(code, 0, `${stdout}${stderr}`);
    const now = await pods("shop");
    const meshed = now.filter(({ name }) => !name.startsWith("own-"));
    assert.deepEqual([...new Set(meshed.map(({ proxy }) => proxy))], ["docker.io/istio/proxyv2:1.29.0"]);
    assert.deepEqual(await pods("plain"), plain);
    assert.deepEqual(
      now.filter(({ name }) => name.startsWith("own-")),
      own,
    );
    for (const name of ["cart", "orders", "search"]) {
      const history = await judged("rollout", "history", `deployment/${name}`, "-n", "shop");
      assert.equal(history.match(/^\d+ /gm)?.length, 2, history);
      await judged("rollout", "status", `deployment/${name}`, "-n", "shop", "--timeout=10s");
    }
    assert.equal((await sidecars("plan")).code, 0);
  });

  test("what was done stands in Events, the journal and the history", async () => {
    const events = await judged("get", "events", "-n", "shop", "--field-selector", "involvedObject.name=cart");
    assert.match(events, /Sidecar/);
    const history = await sidecars("history");
    assert.match(history.stdout, / 3 +0 +image /);
  });

  test("a namespace that is moved out of the mesh loses its proxies", async () => {
    await judged("label", "namespace", "shop", "istio-injection=disabled", "--overwrite");
    const { code, stdout, stderr } = await sidecars("run", "--set", "restart.cooldown=0s");
    assert.equal(code, 0, `${stdout}${stderr}`);
    assert.deepEqual([...new Set((await pods("shop")).map(({ proxy }) => proxy))], ["none"]);
  });
});
