import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Api } from "../../controllers/controller.ts";
import { nodeObject } from "../nodes.ts";
import { chooseNode, type Choice } from "./choose-node.ts";
import { clusterCache, type ClusterCache } from "./cluster-cache.ts";
import { readPod } from "./node-info.ts";

const api = { get: () => undefined, list: () => [] } as unknown as Api;

function pod(name: string, spec: JsonObject = {}, cpu = "1", labels: JsonObject = { app: "web" }): JsonObject {
  return {
    metadata: { name, namespace: "x", uid: name, labels },
    spec: { containers: [{ name: "web", resources: { requests: { cpu } } }], ...spec },
    status: {},
  };
}

function cluster(nodes: number, cpu = "4"): ClusterCache {
  const cache = clusterCache();
  for (let i = 0; i < nodes; i++)
    cache.setNode(nodeObject({ name: `node-${i}`, zone: `zone-${i % 3}`, capacity: { cpu } }, 0));
  return cache;
}

function choose(cache: ClusterCache, object: JsonObject, from = 0): Choice {
  return chooseNode({ pod: readPod(object), cache, api, random: () => 0, from });
}

function place(cache: ClusterCache, object: JsonObject): string {
  const choice = choose(cache, object);
  if (choice.kind !== "node") return choice.message;
  cache.setPod({ ...object, spec: { ...(object["spec"] as JsonObject), nodeName: choice.name } });
  return choice.name;
}

test("spreads replicas over zones and nodes", () => {
  const cache = cluster(6);
  const placed = Array.from({ length: 6 }, (_, index) => place(cache, pod(`web-${index}`)));
  assert.equal(new Set(placed).size, 6);
  assert.deepEqual(new Set(placed.slice(0, 3).map((name) => Number(name.slice(5)) % 3)), new Set([0, 1, 2]));
});

function budget(app: string, disruptionsAllowed: number, disruptedPods: JsonObject = {}): JsonObject {
  return {
    metadata: { name: app, namespace: "x" },
    spec: { selector: { matchLabels: { app } } },
    status: { disruptionsAllowed, disruptedPods },
  };
}

function leaving(cache: ClusterCache, budgets: readonly JsonObject[], cpu = "1"): readonly string[] {
  const important = pod("important", { priority: 100 }, cpu, {});
  const own = { ...api, list: (collection: string) => (collection === "poddisruptionbudgets.policy" ? budgets : []) };
  const choice = chooseNode({ pod: readPod(important), cache, api: own as Api, random: () => 0, from: 0 });
  return choice.kind === "victims" ? [choice.node, ...choice.victims.map(({ name }) => name)] : [choice.kind];
}

test("makes pods leave whose budgets allow it, though others are less important", () => {
  const cache = cluster(1, "2");
  cache.setPod(pod("guarded", { nodeName: "node-0" }, "1", { app: "guarded" }));
  cache.setPod(pod("free", { nodeName: "node-0", priority: 10 }, "1", { app: "free" }));
  assert.deepEqual(leaving(cache, []), ["node-0", "guarded"]);
  assert.deepEqual(leaving(cache, [budget("guarded", 0)]), ["node-0", "free"]);
  assert.deepEqual(leaving(cache, [budget("guarded", 1)]), ["node-0", "guarded"]);
  assert.deepEqual(leaving(cache, [budget("guarded", 0, { guarded: "2026-01-01T00:00:00Z" })]), ["node-0", "guarded"]);
  assert.deepEqual(leaving(cache, [{ ...budget("guarded", 0), spec: { selector: {} } }]), ["node-0", "guarded"]);
});

test("breaks the fewest budgets, and one where nothing else helps", () => {
  const cache = cluster(2, "1");
  cache.setPod(pod("guarded", { nodeName: "node-0" }, "1", { app: "guarded" }));
  cache.setPod(pod("free", { nodeName: "node-1", priority: 50 }, "1", { app: "free" }));
  assert.deepEqual(leaving(cache, [budget("guarded", 0)]), ["node-1", "free"]);
  assert.deepEqual(leaving(cache, [budget("guarded", 0), budget("free", 0)]), ["node-0", "guarded"]);
});

test("gives room back that pods leave", () => {
  const cache = cluster(1, "1");
  assert.equal(place(cache, pod("a")), "node-0");
  assert.match(place(cache, pod("b")), /^0\/1 nodes are available: 1 Insufficient cpu\. no new claims/);
  cache.removePod("x/a");
  assert.equal(place(cache, pod("b")), "node-0");
});

test("counts a pod once that is reported again, and not when it has ended", () => {
  const cache = cluster(1, "2");
  const running = pod("a", { nodeName: "node-0" });
  for (let i = 0; i < 3; i++) cache.setPod(running);
  assert.equal(cache.node("node-0")!.used.get("cpu"), 1000);
  cache.setPod({ ...running, status: { phase: "Succeeded" } });
  assert.equal(cache.node("node-0")!.used.get("cpu"), 0);
});

test("remembers pods whose node comes later", () => {
  const cache = clusterCache();
  cache.setPod(pod("a", { nodeName: "node-0" }));
  cache.setNode(nodeObject({ name: "node-0", capacity: { cpu: "1" } }, 0));
  assert.equal(choose(cache, pod("b")).kind, "none");
});

test("looks at part of a large cluster only, each time at another", () => {
  const cache = cluster(1000);
  const seen = new Set([0, 300, 600, 900].map((from) => (choose(cache, pod("a"), from) as { name: string }).name));
  assert.equal(seen.size, 4);
});

test("takes the least important pods away, and as few as will do", () => {
  const cache = cluster(2, "2");
  const on = (name: string, node: string, priority: number, cpu = "1"): void =>
    cache.setPod(pod(name, { nodeName: node, priority }, cpu));
  on("a", "node-0", 10);
  on("b", "node-0", 5);
  on("c", "node-1", 3, "2");
  const choice = choose(cache, pod("high", { priority: 100 }));
  assert.equal(choice.kind, "victims");
  const { node, victims, message } = choice as Extract<Choice, { kind: "victims" }>;
  assert.deepEqual([node, victims.map(({ name }) => name)], ["node-1", ["c"]]);
  assert.equal(message, "0/2 nodes are available: 2 Insufficient cpu.");
  on("c", "node-1", 50, "2");
  const next = choose(cache, pod("high", { priority: 100 })) as Extract<Choice, { kind: "victims" }>;
  assert.deepEqual([next.node, next.victims.map(({ name }) => name)], ["node-0", ["b"]]);
});

test("takes nobody away for a pod that is never to do so", () => {
  const cache = cluster(1, "1");
  cache.setPod(pod("a", { nodeName: "node-0", priority: 0 }));
  const choice = choose(cache, pod("high", { priority: 9, preemptionPolicy: "Never" })) as { message: string };
  assert.equal(
    choice.message,
    "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.",
  );
});

test("keeps the room that others have made for a pod", () => {
  const cache = cluster(1, "1");
  cache.setPod({ ...pod("high", { priority: 9 }), status: { nominatedNodeName: "node-0" } });
  assert.equal(choose(cache, pod("low", { priority: 0 })).kind, "none");
  assert.equal(choose(cache, pod("higher", { priority: 10 })).kind, "node");
});

test("takes a pod away that keeps another from its domain", () => {
  const cache = cluster(1);
  const apart = {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: "web" } }, topologyKey: "topology.kubernetes.io/zone" },
        ],
      },
    },
  };
  cache.setPod(pod("a", { nodeName: "node-0", priority: 0 }));
  const choice = choose(cache, pod("high", { ...apart, priority: 9 })) as Extract<Choice, { kind: "victims" }>;
  assert.deepEqual([choice.kind, choice.victims.map(({ name }) => name)], ["victims", ["a"]]);
});

test("counts only the node of a DaemonSet's pod among the reasons", () => {
  const cache = cluster(3);
  const terms = [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["node-1"] }] }];
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
  const choice = choose(cache, pod("a", { affinity }, "100")) as { message: string };
  assert.match(choice.message, /^0\/3 nodes are available: 1 Insufficient cpu\. .*3 Preemption is not helpful/);
});

test("fills the emptiest zone where the skew must be small", () => {
  const cache = cluster(3);
  const spread = {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: { matchLabels: { app: "web" } },
      },
    ],
  };
  cache.setPod(pod("a", { nodeName: "node-0" }));
  cache.setPod(pod("b", { nodeName: "node-1" }));
  assert.equal((choose(cache, pod("c", spread)) as { name: string }).name, "node-2");
});
