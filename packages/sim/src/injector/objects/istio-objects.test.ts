import assert from "node:assert/strict";
import { test } from "node:test";
import {
  matchesLabelSelector,
  validate,
  schemaForKind,
  type JsonObject,
  type JsonValue,
  type Labels,
} from "@fairlead/apimachinery";
import { at, named, objectsIn, textAt } from "../inject/pod-parts.ts";
import { istioObjects, revisionWebhooks, tagWebhooks, type IstioOptions } from "./istio-objects.ts";

const names = (options: IstioOptions): string[] =>
  istioObjects(options).map((one) => `${textAt(one, "kind")} ${textAt(one, "metadata", "name")}`);

test("names objects as Istio's chart does: by revision, by tag, by namespace", () => {
  assert.deepEqual(names({ version: "1.28.0" }), [
    "Namespace istio-system",
    "ServiceAccount istiod",
    "Service istiod",
    "Deployment istiod",
    "ConfigMap istio",
    "ConfigMap istio-sidecar-injector",
    "MutatingWebhookConfiguration istio-sidecar-injector",
  ]);
  assert.deepEqual(
    names({ version: "1.29.0", revision: "1-29", namespace: "mesh", tags: ["canary", "default"] }).slice(4),
    [
      "ConfigMap istio-1-29",
      "ConfigMap istio-sidecar-injector-1-29",
      "MutatingWebhookConfiguration istio-sidecar-injector-1-29-mesh",
      "MutatingWebhookConfiguration istio-revision-tag-canary-mesh",
      "MutatingWebhookConfiguration istio-revision-tag-default-mesh",
    ],
  );
});

test("makes objects that an API server takes", () => {
  for (const object of istioObjects({
    version: "1.28.0",
    revision: "1-28",
    tags: ["stable"],
    cni: true,
    nativeSidecars: true,
  })) {
    const schema = schemaForKind(textAt(object, "apiVersion"), textAt(object, "kind"))!;
    assert.deepEqual(validate(object, schema), [], textAt(object, "kind"));
  }
});

test("labels webhooks by the revision and the tag that they stand for", () => {
  const labels = (object: JsonObject): readonly JsonValue[] =>
    ["istio.io/rev", "istio.io/tag"].map((key) => at(object, "metadata", "labels", key) ?? null);
  assert.deepEqual(labels(revisionWebhooks({ version: "1.28.0" })), ["default", null]);
  assert.deepEqual(labels(tagWebhooks("canary", { version: "1.28.0", revision: "1-28" })), ["1-28", "canary"]);
});

test("leads webhooks to the revision's Service, or to an address", () => {
  const client = (options: IstioOptions): JsonValue | undefined =>
    at(objectsIn(revisionWebhooks(options), "webhooks")[0], "clientConfig");
  assert.deepEqual(client({ version: "1.28.0", revision: "1-28", path: "/inject/net/n1" }), {
    service: { name: "istiod-1-28", namespace: "istio-system", path: "/inject/net/n1", port: 443 },
  });
  assert.deepEqual(
    client({ version: "1.28.0", client: { kind: "url", url: "https://127.0.0.1:15017/inject" }, authority: "PEM" }),
    {
      url: "https://127.0.0.1:15017/inject",
      caBundle: "UEVN",
    },
  );
});

/** The webhooks of a configuration that a pod with these labels meets in a namespace with those. */
function met(configuration: JsonObject, namespace: Labels, pod: Labels): string {
  return objectsIn(configuration, "webhooks")
    .filter(
      (one) =>
        matchesLabelSelector(one["namespaceSelector"], namespace) && matchesLabelSelector(one["objectSelector"], pod),
    )
    .map((one) => textAt(one, "name").replace("sidecar-injector.istio.io", ""))
    .join(" ");
}

const base = { version: "1.28.0" };
const configurations: { readonly [name: string]: JsonObject } = {
  default: revisionWebhooks(base),
  auto: revisionWebhooks({ ...base, enableNamespacesByDefault: true }),
  "1-28": revisionWebhooks({ ...base, revision: "1-28" }),
  canary: tagWebhooks("canary", { ...base, revision: "1-28" }),
  "tag default": tagWebhooks("default", { ...base, revision: "1-28" }),
};

const inject = (value: string): Labels => ({ "sidecar.istio.io/inject": value });
const rev = (value: string): Labels => ({ "istio.io/rev": value });
const enabled: Labels = { "istio-injection": "enabled" };
const disabled: Labels = { "istio-injection": "disabled" };
const table: readonly (readonly [string, Labels, Labels, string])[] = [
  ["default", enabled, {}, "namespace."],
  ["default", enabled, inject("true"), "namespace."],
  ["default", enabled, inject("false"), ""],
  ["default", enabled, rev("1-28"), "namespace."],
  ["default", disabled, inject("true"), ""],
  ["default", {}, {}, ""],
  ["default", {}, inject("true"), "object."],
  ["default", {}, { ...inject("true"), ...rev("1-28") }, ""],
  ["default", {}, rev("default"), "rev.object."],
  ["default", rev("default"), {}, "rev.namespace."],
  ["default", rev("default"), inject("false"), ""],
  ["default", { ...enabled, ...rev("default") }, {}, "namespace."],
  ["auto", {}, {}, "auto."],
  ["auto", { "kubernetes.io/metadata.name": "kube-system" }, {}, ""],
  ["auto", {}, inject("false"), ""],
  ["auto", disabled, {}, ""],
  ["1-28", rev("1-28"), {}, "rev.namespace."],
  ["1-28", { ...enabled, ...rev("1-28") }, {}, ""],
  ["1-28", {}, rev("1-28"), "rev.object."],
  ["1-28", {}, { ...rev("1-28"), ...inject("false") }, ""],
  ["1-28", enabled, {}, ""],
  ["1-28", {}, inject("true"), ""],
  ["canary", rev("canary"), {}, "rev.namespace."],
  ["canary", {}, rev("canary"), "rev.object."],
  ["canary", rev("1-28"), {}, ""],
  ["tag default", enabled, {}, "namespace."],
  ["tag default", {}, inject("true"), "object."],
  ["tag default", rev("default"), {}, "rev.namespace."],
];

for (const [name, namespace, pod, expected] of table) {
  test(`${name}: a pod with ${JSON.stringify(pod)} in a namespace with ${JSON.stringify(namespace)} meets ${expected || "none"}`, () => {
    assert.equal(met(configurations[name]!, namespace, pod), expected);
  });
}

test("tells the version in the images, the values and the mesh's configuration", () => {
  const objects = istioObjects({
    version: "1.28.0",
    revision: "1-28",
    hub: "mine",
    variant: "distroless",
    values: { global: { network: "n1" } },
    meshConfig: { trustDomain: "td" },
  });
  const deployment = objects.find((one) => one["kind"] === "Deployment");
  const [container] = objectsIn(at(deployment, "spec", "template", "spec"), "containers");
  assert.equal(container?.["image"], "mine/pilot:1.28.0-distroless");
  assert.equal(named(objectsIn(container, "env"), "REVISION")?.["value"], "1-28");
  const values = JSON.parse(
    textAt(
      objects.find((one) => textAt(one, "metadata", "name") === "istio-sidecar-injector-1-28"),
      "data",
      "values",
    ),
  ) as JsonObject;
  assert.deepEqual(
    ["hub", "tag", "variant", "network"].map((key) => at(values, "global", key)),
    ["mine", "1.28.0", "distroless", "n1"],
  );
  assert.equal(values["revision"], "1-28");
  const mesh = textAt(
    objects.find((one) => textAt(one, "metadata", "name") === "istio-1-28"),
    "data",
    "mesh",
  );
  assert.match(mesh, /trustDomain: td/);
  assert.match(mesh, /discoveryAddress: istiod-1-28\.istio-system\.svc:15012/);
});
