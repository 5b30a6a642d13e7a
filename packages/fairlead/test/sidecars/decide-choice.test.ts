/** Whom annotations, settings and kinds of pods leave out, or hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { SidecarSettings } from "../../src/plan/sidecars/model/settings.ts";
import { defaultSettings } from "../../src/plan/sidecars/presets.ts";
import { budgetOf, namespaceOf, nodeOf, running, workload } from "./plan-world.ts";
import { decisionOf, fieldsOf, outdatedOf, shop, v28, v29, web } from "./decided.ts";

test("leaves out what annotations refuse, and with opt-in what they do not ask for", () => {
  const objects = workload("Deployment", "web", {
    injectedBy: v28,
    annotations: { "sidecars.fairlead.dev/restart": "false" },
  });
  assert.equal(decisionOf([shop, ...objects])(web)?.kind, "excluded");
  const space = namespaceOf("shop", { "istio-injection": "enabled" }, { "sidecars.fairlead.dev/restart": "false" });
  assert.equal(decisionOf([space, ...workload("Deployment", "web", { injectedBy: v28 })])(web)?.kind, "excluded");
  const yes = { injectedBy: v28, podAnnotations: { "sidecars.fairlead.dev/restart": "true" } };
  assert.equal(decisionOf([space, ...workload("Deployment", "web", yes)])(web)?.kind, "outdated");
  const optIn = { ...defaultSettings, select: { ...defaultSettings.select, optIn: true } };
  assert.equal(
    decisionOf([shop, ...workload("Deployment", "web", { injectedBy: v28 })], { settings: optIn })(web)?.kind,
    "excluded",
  );
  assert.equal(decisionOf([shop, ...workload("Deployment", "web", yes)], { settings: optIn })(web)?.kind, "outdated");
});

test("an annotation that cannot be read holds a workload, and says so", () => {
  for (const [key, value] of Object.entries({ restart: "maybe", mode: "fast", order: "first", window: "Blursday" })) {
    const annotations = { [`sidecars.fairlead.dev/${key}`]: value };
    const outdated = outdatedOf(
      decisionOf([shop, ...workload("Deployment", "web", { injectedBy: v28, annotations })])(web),
    );
    assert.equal(outdated.restarts, false);
    assert.deepEqual(
      outdated.findings.map(({ code }) => code),
      ["FL860"],
    );
  }
});

test("tells zones, held budgets, order and windows", () => {
  const annotations = {
    "sidecars.fairlead.dev/order": "10",
    "sidecars.fairlead.dev/window": "Sat-Sun 00:00-04:00 UTC",
  };
  const outdated = outdatedOf(
    decisionOf([
      shop,
      nodeOf("n1", "z1"),
      nodeOf("n2", "z2"),
      budgetOf("tight", "shop", { app: "web" }, 0),
      budgetOf("loose", "shop", { app: "web" }, 1),
      budgetOf("others", "shop", { app: "db" }, 0),
      ...workload("Deployment", "web", { injectedBy: v28, replicas: 2, nodes: ["n1", "n2"], annotations }),
    ])(web),
  );
  assert.deepEqual(
    outdated.outdated.map(({ zone }) => zone),
    ["z1", "z2"],
  );
  assert.deepEqual(outdated.heldBy, ["tight"]);
  assert.deepEqual([outdated.order, outdated.windows], [10, ["Sat-Sun 00:00-04:00 UTC"]]);
});

test("gateways by injection are renewed, gateways that istiod writes are its own business", () => {
  const gateway: JsonObject = { containers: [{ name: "istio-proxy", image: "auto" }] };
  const options = { podSpec: gateway, podAnnotations: { "inject.istio.io/templates": "gateway" } };
  assert.ok(
    fieldsOf(decisionOf([shop, ...workload("Deployment", "web", { ...options, injectedBy: v28 })])(web)).includes(
      "image",
    ),
  );
  assert.equal(
    decisionOf([shop, ...workload("Deployment", "web", { ...options, injectedBy: v29 })])(web)?.kind,
    "current",
  );
  const written = {
    podSpec: { containers: [{ name: "istio-proxy", image: "docker.io/istio/proxyv2:1.28.0" }] },
    podLabels: { "sidecar.istio.io/inject": "false", "gateway.networking.k8s.io/gateway-name": "g" },
  };
  assert.equal(decisionOf([shop, ...workload("Deployment", "web", written)])(web)?.kind, "current");
});

test("static pods are reported", () => {
  const [, , pod] = workload("Deployment", "web", { injectedBy: v28 });
  const metadata = {
    ...(pod!["metadata"] as JsonObject),
    name: "static-n1",
    annotations: {
      ...((pod!["metadata"] as JsonObject)["annotations"] as JsonObject),
      "kubernetes.io/config.mirror": "x",
    },
    ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "n1", uid: "n", controller: true }],
  };
  const decision = decisionOf([shop, running({ ...pod!, metadata })])("Node/n1");
  const { way } = outdatedOf(decision);
  assert.match(way.kind === "report" ? way.reason : "", /kubelet/);
});

test("skips the namespaces of the settings, and what selectors do not choose", () => {
  const kinds = (select: Partial<SidecarSettings["select"]>): string | undefined => {
    const settings = { ...defaultSettings, select: { ...defaultSettings.select, ...select } };
    return decisionOf([shop, ...workload("Deployment", "web", { injectedBy: v28 })], { settings })(web)?.kind;
  };
  assert.equal(kinds({ skipNamespaces: ["shop"] }), "excluded");
  assert.equal(kinds({ namespaceSelector: "team=a" }), "excluded");
  assert.equal(kinds({ workloadSelector: "app=db" }), "excluded");
  assert.equal(kinds({ workloadSelector: "app=web", namespaceSelector: "istio-injection" }), "outdated");
});

test("node agents of ambient mode are never restarted", () => {
  const podSpec = { containers: [{ name: "istio-proxy", image: "docker.io/istio/ztunnel:1.28.0" }] };
  const agent = workload("DaemonSet", "ztunnel", { podSpec, spec: { updateStrategy: { type: "OnDelete" } } });
  assert.equal(decisionOf([shop, ...agent])("DaemonSet.apps/ztunnel")?.kind, "excluded");
});
