import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { contextOf, injected, podOf, type PodOptions } from "../../../test/injection.ts";
import type { IstioOptions } from "../objects/istio-objects.ts";
import type { InjectionContext } from "./context.ts";
import { inject } from "./inject.ts";
import { annotationsOf, at, containerOf, jsonIn, labelsOf, named, objectsIn } from "./pod-parts.ts";

const made = (
  pod: PodOptions = {},
  options: Partial<IstioOptions> = {},
  more: Partial<Omit<InjectionContext, "config">> = {},
): JsonObject => injected(podOf(pod), contextOf(options, more)).pod;

const names = (pod: JsonObject, key: string): JsonValue[] => objectsIn(pod["spec"], key).map((one) => one["name"]!);
const proxyOf = (pod: JsonObject): JsonObject => containerOf(pod["spec"], "istio-proxy")!;
const variable = (pod: JsonObject, name: string): JsonValue | undefined =>
  named(objectsIn(proxyOf(pod), "env"), name)?.["value"];
const statusOf = (pod: JsonObject): JsonValue | undefined =>
  jsonIn(annotationsOf(pod["metadata"])["sidecar.istio.io/status"]!);

const decisions: readonly (readonly [string, PodOptions, Partial<IstioOptions>, string])[] = [
  ["an ordinary pod", {}, {}, "injected"],
  ["a pod in the host's network", { spec: { hostNetwork: true } }, {}, "host network"],
  ["a pod of kube-system", { metadata: { namespace: "kube-system" } }, {}, "ignored namespace"],
  [
    "a pod of local-path-storage that asks",
    { metadata: { namespace: "local-path-storage" }, labels: { "sidecar.istio.io/inject": "true" } },
    {},
    "ignored namespace",
  ],
  ["a label that refuses", { labels: { "sidecar.istio.io/inject": "false" } }, {}, "opted out"],
  ["an annotation that refuses", { annotations: { "sidecar.istio.io/inject": "false" } }, {}, "opted out"],
  [
    "a label over an annotation",
    { labels: { "sidecar.istio.io/inject": "true" }, annotations: { "sidecar.istio.io/inject": "false" } },
    {},
    "injected",
  ],
  ["a value that is none", { labels: { "sidecar.istio.io/inject": "yes" } }, {}, "injected"],
  ["policy disabled", {}, { policy: "disabled" }, "policy"],
  [
    "policy disabled, but the pod asks",
    { labels: { "sidecar.istio.io/inject": "true" } },
    { policy: "disabled" },
    "injected",
  ],
  [
    "policy disabled, annotation asks",
    { annotations: { "sidecar.istio.io/inject": "true" } },
    { policy: "disabled" },
    "injected",
  ],
  ["a never-inject selector", {}, { neverInjectSelector: [{ matchLabels: { app: "web" } }] }, "never-inject selector"],
  ["an empty selector selects nothing", {}, { neverInjectSelector: [{}] }, "injected"],
  [
    "never over always",
    {},
    {
      policy: "disabled",
      neverInjectSelector: [{ matchLabels: { app: "web" } }],
      alwaysInjectSelector: [{ matchLabels: { app: "web" } }],
    },
    "never-inject selector",
  ],
  [
    "an always-inject selector",
    {},
    { policy: "disabled", alwaysInjectSelector: [{ matchExpressions: [{ key: "app", operator: "Exists" }] }] },
    "injected",
  ],
  [
    "the pod over the selectors",
    { labels: { "sidecar.istio.io/inject": "true" } },
    { neverInjectSelector: [{ matchLabels: { app: "web" } }] },
    "injected",
  ],
];

for (const [title, pod, options, expected] of decisions) {
  test(`decides as istiod does: ${title}`, () => {
    const result = inject(podOf(pod), contextOf(options));
    assert.equal(result.kind === "skipped" ? result.reason : result.kind, expected);
  });
}

test("gives a pod a native sidecar, the network before it, and says what it has added", () => {
  const pod = made({ spec: { initContainers: [{ name: "migrate", image: "m" }] } }, {}, { nativeSidecars: true });
  assert.deepEqual(names(pod, "initContainers"), ["istio-init", "istio-proxy", "migrate"]);
  assert.deepEqual(names(pod, "containers"), ["web"]);
  assert.equal(proxyOf(pod)["restartPolicy"], "Always");
  assert.deepEqual(statusOf(pod), {
    initContainers: ["istio-init", "istio-proxy"],
    containers: null,
    volumes: [
      "workload-socket",
      "credential-socket",
      "workload-certs",
      "istio-envoy",
      "istio-data",
      "istio-podinfo",
      "istio-token",
      "istiod-ca-cert",
    ],
    imagePullSecrets: null,
    revision: "default",
  });
});

test("gives a pod a regular container last, and sets up the network after its init containers", () => {
  const pod = made({ spec: { initContainers: [{ name: "migrate", image: "m" }] } });
  assert.deepEqual(names(pod, "initContainers"), ["migrate", "istio-init"]);
  assert.deepEqual(names(pod, "containers"), ["web", "istio-proxy"]);
  assert.equal("restartPolicy" in proxyOf(pod), false);
});

for (const [annotation, nativeSidecars, expected] of [
  ["true", false, true],
  ["false", true, false],
  [undefined, true, true],
  [undefined, false, false],
] as const) {
  test(`makes a native sidecar as the annotation (${annotation}) says, else as the control plane (${nativeSidecars})`, () => {
    const annotations = annotation === undefined ? {} : { "sidecar.istio.io/nativeSidecar": annotation };
    const pod = made({ annotations }, {}, { nativeSidecars });
    assert.equal(names(pod, "initContainers").includes("istio-proxy"), expected);
  });
}

test("validates what the CNI plugin has set up in place of setting it up", () => {
  const pod = made({ spec: { initContainers: [{ name: "migrate", image: "m" }] } }, { cni: true });
  assert.deepEqual(names(pod, "initContainers"), ["istio-validation", "migrate"]);
  assert.equal(annotationsOf(pod["metadata"])["sidecar.istio.io/interceptionMode"], "REDIRECT");
  assert.equal(at(containerOf(pod["spec"], "istio-validation"), "securityContext", "runAsUser"), 1337);
});

test("leaves the network alone where a pod wants no interception", () => {
  const pod = made({ annotations: { "sidecar.istio.io/interceptionMode": "NONE" } });
  assert.deepEqual(names(pod, "initContainers"), []);
  assert.equal(variable(pod, "ISTIO_META_INTERCEPTION_MODE"), "NONE");
});

const images: readonly (readonly [string, JsonObject, Partial<IstioOptions>, string])[] = [
  ["the control plane's", {}, {}, "docker.io/istio/proxyv2:1.28.0"],
  ["another hub and tag", {}, { hub: "gcr.io/mine", tag: "1.28-abc" }, "gcr.io/mine/proxyv2:1.28-abc"],
  ["a variant", {}, { variant: "distroless" }, "docker.io/istio/proxyv2:1.28.0-distroless"],
  [
    "a variant in place of another",
    { "sidecar.istio.io/proxyImageType": "debug" },
    { variant: "distroless" },
    "docker.io/istio/proxyv2:1.28.0-debug",
  ],
  [
    "the default variant",
    { "sidecar.istio.io/proxyImageType": "default" },
    { tag: "1.28.0-distroless" },
    "docker.io/istio/proxyv2:1.28.0",
  ],
  [
    "a variant by the pod's ProxyConfig",
    { "proxy.istio.io/config": "image: {imageType: distroless}" },
    {},
    "docker.io/istio/proxyv2:1.28.0-distroless",
  ],
  ["a whole image of the pod's", { "sidecar.istio.io/proxyImage": "mine/proxy:7" }, {}, "mine/proxy:7"],
  [
    "a name without a hub counts for nothing",
    { "sidecar.istio.io/proxyImage": "proxyv3" },
    {},
    "docker.io/istio/proxyv2:1.28.0",
  ],
];

for (const [title, annotations, options, expected] of images) {
  test(`takes the image: ${title}`, () => {
    assert.equal(proxyOf(made({ annotations }, options))["image"], expected);
  });
}

test("takes ProxyConfig objects: the root namespace's, the pod's namespace's, and those that select it", () => {
  const proxyConfig = (namespace: string, name: string, spec: JsonObject): JsonObject => ({
    kind: "ProxyConfig",
    metadata: { namespace, name, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec,
  });
  const proxyConfigs = [
    proxyConfig("istio-system", "all", { environmentVariables: { A: "root", B: "root", C: "root" } }),
    proxyConfig("shop", "here", { environmentVariables: { B: "namespace", C: "namespace" } }),
    proxyConfig("shop", "web", {
      selector: { matchLabels: { app: "web" } },
      image: { imageType: "debug" },
      environmentVariables: { C: "pod" },
    }),
    proxyConfig("shop", "other", { selector: { matchLabels: { app: "other" } }, environmentVariables: { C: "other" } }),
    proxyConfig("elsewhere", "there", { environmentVariables: { A: "elsewhere" } }),
  ];
  const pod = made({}, {}, { proxyConfigs });
  assert.deepEqual(
    ["A", "B", "C"].map((name) => variable(pod, name)),
    ["root", "namespace", "pod"],
  );
  assert.equal(proxyOf(pod)["image"], "docker.io/istio/proxyv2:1.28.0-debug");
  assert.deepEqual(jsonIn(String(variable(pod, "PROXY_CONFIG"))), {
    image: { imageType: "debug" },
    proxyMetadata: { A: "root", B: "namespace", C: "pod" },
  });
});

test("takes the proxy's resources from annotations in place of the values, all of them", () => {
  const resources = (annotations: JsonObject): JsonValue | undefined => proxyOf(made({ annotations }))["resources"];
  assert.deepEqual(resources({ "sidecar.istio.io/proxyCPU": "50m", "sidecar.istio.io/proxyMemoryLimit": "1Gi" }), {
    requests: { cpu: "50m" },
    limits: { memory: "1Gi" },
  });
  assert.deepEqual(resources({}), {
    limits: { cpu: "2000m", memory: "1024Mi" },
    requests: { cpu: "100m", memory: "128Mi" },
  });
});

test("says who a pod belongs to, and where it is", () => {
  const pod = made(
    { labels: { version: "v2" } },
    { values: { global: { multiCluster: { clusterName: "c1" }, network: "n1" } } },
  );
  assert.equal(variable(pod, "ISTIO_META_WORKLOAD_NAME"), "web");
  assert.equal(variable(pod, "ISTIO_META_OWNER"), "kubernetes://apis/apps/v1/namespaces/shop/deployments/web");
  assert.equal(variable(pod, "ISTIO_META_CLUSTER_ID"), "c1");
  assert.equal(variable(pod, "ISTIO_META_NETWORK"), "n1");
  assert.equal(variable(pod, "ISTIO_META_APP_CONTAINERS"), "web");
  const { app: _, ...labels } = labelsOf(pod["metadata"]);
  assert.deepEqual(
    { ...labels },
    {
      "pod-template-hash": "5d8f7c9b4",
      version: "v2",
      "security.istio.io/tlsMode": "istio",
      "service.istio.io/canonical-name": "web",
      "service.istio.io/canonical-revision": "v2",
      "topology.istio.io/network": "n1",
    },
  );
  assert.equal(annotationsOf(pod["metadata"])["istio.io/rev"], "default");
});

test("takes cluster and network from the path of the webhook, the network rather from the pod", () => {
  const path = "/inject/cluster/remote--slash--1/net/n2/SOME_THING/x/odd";
  const pod = made({}, { values: { global: { multiCluster: { clusterName: "c1" } } } }, { path });
  assert.equal(variable(pod, "ISTIO_META_CLUSTER_ID"), "remote/1");
  assert.equal(variable(pod, "ISTIO_META_NETWORK"), "n2");
  assert.equal(variable(pod, "SOME_THING"), "x");
  const labelled = made({ labels: { "topology.istio.io/network": "n3" } }, {}, { path });
  assert.equal(variable(labelled, "ISTIO_META_NETWORK"), "n3");
});

test("names the revision in status, annotation and addresses", () => {
  const pod = made({}, { revision: "1-29" });
  assert.equal(annotationsOf(pod["metadata"])["istio.io/rev"], "1-29");
  assert.equal(at(statusOf(pod), "revision"), "1-29");
  assert.equal(variable(pod, "CA_ADDR"), "istiod-1-29.istio-system.svc:15012");
  assert.deepEqual(jsonIn(String(variable(pod, "PROXY_CONFIG"))), {
    discoveryAddress: "istiod-1-29.istio-system.svc:15012",
  });
});

test("holds the application until the proxy runs: by the pod's configuration or by the values", () => {
  for (const pod of [
    made({ annotations: { "proxy.istio.io/config": "holdApplicationUntilProxyStarts: true" } }),
    made({}, { values: { global: { proxy: { holdApplicationUntilProxyStarts: true } } } }),
  ]) {
    assert.deepEqual(names(pod, "containers"), ["istio-proxy", "web"]);
    assert.deepEqual(at(proxyOf(pod), "lifecycle", "postStart", "exec", "command"), ["pilot-agent", "wait"]);
  }
});

test("makes a gateway of a container with the image auto, and keeps what its owner has written", () => {
  const gateway = {
    annotations: { "inject.istio.io/templates": "gateway" },
    spec: {
      containers: [
        { name: "istio-proxy", image: "auto", ports: [{ containerPort: 8443 }], resources: { limits: { cpu: "1" } } },
      ],
    },
  };
  const pod = made(gateway);
  const proxy = proxyOf(pod);
  assert.equal(proxy["image"], "docker.io/istio/proxyv2:1.28.0");
  assert.deepEqual(proxy["resources"], { limits: { cpu: "1" } });
  assert.deepEqual(
    objectsIn(proxy, "ports")
      .map((one) => one["containerPort"])
      .toSorted(),
    [15090, 8443],
  );
  assert.deepEqual((proxy["args"] as JsonValue[]).slice(0, 2), ["proxy", "router"]);
  assert.deepEqual(names(pod, "initContainers"), []);
  assert.match(annotationsOf(pod["metadata"])["proxy.istio.io/overrides"]!, /"containerPort":8443/);
});

test("lets a pod customize its sidecar by a container of its own, wherever the proxy is", () => {
  const spec = {
    containers: [
      { name: "web", image: "w" },
      { name: "istio-proxy", image: "auto", env: [{ name: "MINE", value: "1" }] },
    ],
  };
  for (const nativeSidecars of [false, true]) {
    const pod = made({ spec }, {}, { nativeSidecars });
    const key = nativeSidecars ? "initContainers" : "containers";
    assert.equal(names(pod, key).filter((name) => name === "istio-proxy").length, 1);
    assert.equal(names(pod, nativeSidecars ? "containers" : "initContainers").includes("istio-proxy"), false);
    assert.equal(variable(pod, "MINE"), "1");
    assert.equal(proxyOf(pod)["image"], "docker.io/istio/proxyv2:1.28.0");
  }
});

test("runs the templates that a pod asks for, over aliases, and denies pods that ask for none there is", () => {
  const templates = { extra: "metadata:\n  labels:\n    extra: {{ .ObjectMeta.Labels.app }}-yes\n" };
  const asking = (asked: string): PodOptions => ({ annotations: { "inject.istio.io/templates": asked } });
  const both = made(asking("sidecar, extra"), { templates });
  assert.equal(labelsOf(both["metadata"])["extra"], "web-yes");
  assert.deepEqual(names(both, "containers"), ["web", "istio-proxy"]);
  const alone = made(asking("extra"), { templates });
  assert.deepEqual(names(alone, "containers"), ["web"]);
  const agent = made(asking("grpc-agent"));
  assert.equal(variable(agent, "ISTIO_META_GENERATOR"), "grpc");
  assert.equal(
    at(named(objectsIn(containerOf(agent["spec"], "web"), "env"), "GRPC_XDS_BOOTSTRAP"), "value"),
    "/etc/istio/proxy/grpc-bootstrap.json",
  );
  const refused = inject(podOf(asking("none")), contextOf());
  assert.deepEqual(refused, {
    kind: "failed",
    message: 'failed to run injection template: requested template "none" not found; have gateway, grpc-agent, sidecar',
  });
});

test("adds annotations of the configuration, and default templates of it", () => {
  const templates = { extra: "metadata: {labels: {extra: yes-please}}" };
  const pod = made(
    {},
    { injectedAnnotations: { "policy/one": "runtime" }, templates, defaultTemplates: ["sidecar", "extra"] },
  );
  assert.equal(annotationsOf(pod["metadata"])["policy/one"], "runtime");
  assert.equal(labelsOf(pod["metadata"])["extra"], "yes-please");
});

test("says which line of a template is wrong", () => {
  const templates = { sidecar: "metadata:\n  labels:\n    a: {{ .Nothing.at.all | required }}\n" };
  const result = inject(podOf(), contextOf({ templates }));
  assert.deepEqual(result, {
    kind: "failed",
    message: 'failed to run injection template: template: sidecar:3: function "required" not defined',
  });
  const yaml = inject(podOf(), contextOf({ templates: { sidecar: "a: [" } }));
  assert.match(yaml.kind === "failed" ? yaml.message : "", /failed parsing generated injected YAML/);
});

for (const [annotation, value] of [
  ["sidecar.istio.io/interceptionMode", "SOMEHOW"],
  ["status.sidecar.istio.io/port", "http"],
  ["traffic.sidecar.istio.io/excludeOutboundIPRanges", "10.0.0.1"],
  ["traffic.sidecar.istio.io/includeInboundPorts", "80,x"],
  ["sidecar.istio.io/proxyCPU", "much"],
  ["proxy.istio.io/config", "[unclosed"],
] as const) {
  test(`denies a pod with ${annotation}: ${value}`, () => {
    const result = inject(podOf({ annotations: { [annotation]: value } }), contextOf());
    assert.match(result.kind === "failed" ? result.message : "", /invalid value/);
  });
}
