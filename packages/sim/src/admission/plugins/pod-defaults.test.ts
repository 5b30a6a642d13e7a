import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { admit, context, pod, request, resources } from "../../../test/admission.ts";
import { field } from "../objects.ts";
import {
  defaultTolerationSeconds,
  podTopologyLabels,
  priority,
  runtimeClass,
  taintNodesByCondition,
} from "./pod-defaults.ts";

const toleration = (key: string): JsonObject => ({
  key: `node.kubernetes.io/${key}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
});

test("lets Pods stay five minutes on a node that is lost, unless they say something else", async () => {
  const tolerations = async (spec: JsonObject) =>
    field((await admit(defaultTolerationSeconds(), request(resources.pods, pod(spec)))).object, "spec", "tolerations");
  assert.deepEqual(await tolerations({}), [toleration("not-ready"), toleration("unreachable")]);
  assert.deepEqual(await tolerations({ tolerations: [{ operator: "Exists" }] }), [{ operator: "Exists" }]);
  const own = { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" };
  assert.deepEqual(await tolerations({ tolerations: [own] }), [own, toleration("unreachable")]);
});

const classes = [
  { metadata: { name: "high" }, value: 1000, preemptionPolicy: "Never" },
  { metadata: { name: "usual" }, value: 10, globalDefault: true, preemptionPolicy: "PreemptLowerPriority" },
];
const withClasses = priority(context({ "priorityclasses.scheduling.k8s.io": classes }));

test("takes priority and preemption from the class, the default class, or none", async () => {
  const spec = async (plugin: typeof withClasses, asked: JsonObject) => {
    const { object } = await admit(plugin, request(resources.pods, pod(asked)));
    return ["priorityClassName", "priority", "preemptionPolicy"].map((key) => field(object, "spec", key));
  };
  assert.deepEqual(await spec(withClasses, { priorityClassName: "high" }), ["high", 1000, "Never"]);
  assert.deepEqual(await spec(withClasses, {}), ["usual", 10, "PreemptLowerPriority"]);
  assert.deepEqual(await spec(priority(context()), {}), [undefined, 0, "PreemptLowerPriority"]);
});

test("refuses classes that are not there and numbers that are not the class's", async () => {
  const message = async (spec: JsonObject) => (await admit(withClasses, request(resources.pods, pod(spec)))).message;
  assert.equal(
    await message({ priorityClassName: "nope" }),
    'pods "web" is forbidden: no PriorityClass with name nope was found',
  );
  assert.equal(
    await message({ priorityClassName: "high", priority: 5 }),
    'pods "web" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name',
  );
  assert.equal(
    await message({ priorityClassName: "high", preemptionPolicy: "PreemptLowerPriority" }),
    'pods "web" is forbidden: the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name',
  );
});

test("has one default class", async () => {
  const second = { metadata: { name: "second" }, value: 1, globalDefault: true };
  assert.equal(
    (await admit(withClasses, request(resources.priorityClasses, second))).message,
    'priorityclasses.scheduling.k8s.io "second" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
  );
});

test("taints a new node once", async () => {
  const taints = async (spec: JsonObject) =>
    field(
      (await admit(taintNodesByCondition(), request(resources.nodes, { metadata: { name: "n" }, spec }))).object,
      "spec",
      "taints",
    );
  const taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
  assert.deepEqual(await taints({}), [taint]);
  assert.deepEqual(await taints({ taints: [taint] }), [taint]);
});

test("gives a Pod and its binding the zone of the node", async () => {
  const labels = { "topology.kubernetes.io/zone": "a", "kubernetes.io/os": "linux" };
  const plugin = podTopologyLabels(context({ nodes: [{ metadata: { name: "n", labels } }] }));
  const bound = await admit(plugin, request(resources.pods, pod({ nodeName: "n" })));
  assert.deepEqual(field(bound.object, "metadata", "labels"), { "topology.kubernetes.io/zone": "a" });
  const binding = { metadata: { name: "web" }, target: { kind: "Node", name: "n" } };
  const { object } = await admit(plugin, request(resources.pods, binding, { subresource: "binding" }));
  assert.deepEqual(field(object, "metadata", "labels"), { "topology.kubernetes.io/zone": "a" });
});

test("gives a Pod what its RuntimeClass costs and where it can run", async () => {
  const gvisor = {
    metadata: { name: "gvisor" },
    overhead: { podFixed: { cpu: "250m" } },
    scheduling: { nodeSelector: { sandbox: "yes" }, tolerations: [{ key: "sandbox", operator: "Exists" }] },
  };
  const plugin = runtimeClass(context({ "runtimeclasses.node.k8s.io": [gvisor] }));
  const { object } = await admit(plugin, request(resources.pods, pod({ runtimeClassName: "gvisor" })));
  assert.deepEqual(field(object, "spec", "overhead"), { cpu: "250m" });
  assert.deepEqual(field(object, "spec", "nodeSelector"), { sandbox: "yes" });
  assert.deepEqual(field(object, "spec", "tolerations"), [{ key: "sandbox", operator: "Exists" }]);
  const message = async (spec: JsonObject) => (await admit(plugin, request(resources.pods, pod(spec)))).message;
  assert.equal(
    await message({ runtimeClassName: "nope" }),
    'pods "web" is forbidden: pod rejected: RuntimeClass "nope" not found',
  );
  assert.equal(
    await message({ overhead: { cpu: "1" } }),
    'pods "web" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
  );
  assert.equal(
    await message({ runtimeClassName: "gvisor", nodeSelector: { sandbox: "no" } }),
    'pods "web" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[sandbox] = yes; pod.spec.nodeSelector[sandbox] = no',
  );
});
