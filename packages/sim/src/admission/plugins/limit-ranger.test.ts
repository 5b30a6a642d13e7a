import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { admit, context, pod, request, resources } from "../../../test/admission.ts";
import { field } from "../objects.ts";
import { limitRanger } from "./limit-ranger.ts";

const range = (...limits: JsonObject[]): JsonObject => ({
  metadata: { name: "limits", namespace: "shop" },
  spec: { limits },
});

const withResources = (resources_: JsonObject, more: JsonObject = {}): JsonObject =>
  pod({ containers: [{ name: "main", resources: resources_ }], ...more });

const refusals: readonly [string, JsonObject, JsonObject, string][] = [
  [
    "below the minimum",
    { type: "Container", min: { cpu: "100m" } },
    { requests: { cpu: "50m" } },
    "minimum cpu usage per Container is 100m, but request is 50m",
  ],
  [
    "a limit below the minimum",
    { type: "Container", min: { cpu: "100m" } },
    { requests: { cpu: "100m" }, limits: { cpu: "50m" } },
    "minimum cpu usage per Container is 100m, but limit is 50m",
  ],
  [
    "no request",
    { type: "Container", min: { cpu: "1" } },
    {},
    "minimum cpu usage per Container is 1.  No request is specified",
  ],
  [
    "above the maximum, twice",
    { type: "Container", max: { cpu: "1", memory: "1Gi" } },
    { limits: { cpu: "2", memory: "2Gi" } },
    "[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]",
  ],
  [
    "no limit",
    { type: "Container", max: { cpu: "1" } },
    {},
    "maximum cpu usage per Container is 1.  No limit is specified",
  ],
  [
    "a ratio",
    { type: "Container", maxLimitRequestRatio: { cpu: "2" } },
    { requests: { cpu: "100m" }, limits: { cpu: "250m" } },
    "cpu max limit to request ratio per Container is 2, but provided ratio is 2.500000",
  ],
  [
    "a ratio of nothing",
    { type: "Container", maxLimitRequestRatio: { cpu: "2" } },
    {},
    "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0",
  ],
];

for (const [title, limit, asked, message] of refusals) {
  test(`refuses ${title}`, async () => {
    const plugin = limitRanger(context({ limitranges: [range(limit)] }));
    const result = await admit(plugin, request(resources.pods, withResources(asked)));
    assert.equal(result.message, `pods "web" is forbidden: ${message}`);
  });
}

test("sums the containers of a Pod, or takes its largest init container", async () => {
  const plugin = limitRanger(context({ limitranges: [range({ type: "Pod", max: { cpu: "1" } })] }));
  const container = (cpu: string): JsonObject => ({ name: "c", resources: { limits: { cpu }, requests: { cpu } } });
  const two = pod({ containers: [container("600m"), container("600m")] });
  assert.equal(
    (await admit(plugin, request(resources.pods, two))).message,
    'pods "web" is forbidden: maximum cpu usage per Pod is 1, but limit is 1200m',
  );
  const initial = pod({ containers: [container("1")], initContainers: [container("1")] });
  assert.ok((await admit(plugin, request(resources.pods, initial))).object);
  const sidecar = { ...container("1"), restartPolicy: "Always" };
  assert.match(
    (await admit(plugin, request(resources.pods, pod({ containers: [container("1")], initContainers: [sidecar] }))))
      .message!,
    /but limit is 2$/,
  );
});

test("fills in what containers leave open and says so in an annotation", async () => {
  const limit = {
    type: "Container",
    default: { cpu: "500m", memory: "512Mi" },
    defaultRequest: { cpu: "100m", memory: "256Mi" },
  };
  const plugin = limitRanger(context({ limitranges: [range(limit)] }));
  const { object } = await admit(plugin, request(resources.pods, withResources({ requests: { cpu: "200m" } })));
  assert.deepEqual(field(object, "spec", "containers"), [
    {
      name: "main",
      resources: { requests: { cpu: "200m", memory: "256Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
    },
  ]);
  assert.deepEqual(field(object, "metadata", "annotations"), {
    "kubernetes.io/limit-ranger":
      "LimitRanger plugin set: memory request for container main; cpu, memory limit for container main",
  });
});

test("bounds the storage of a claim", async () => {
  const limit = { type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "2Gi" } };
  const plugin = limitRanger(context({ limitranges: [range(limit)] }));
  const claim = (storage: string): JsonObject => ({
    metadata: { name: "data" },
    spec: { resources: { requests: { storage } } },
  });
  const message = async (storage: string) => (await admit(plugin, request(resources.claims, claim(storage)))).message;
  assert.equal(
    await message("3Gi"),
    'persistentvolumeclaims "data" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
  );
  assert.equal(
    await message("1Mi"),
    'persistentvolumeclaims "data" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
  );
  assert.equal(await message("1Gi"), undefined);
});

test("leaves Pods alone that are only changed", async () => {
  const plugin = limitRanger(context({ limitranges: [range({ type: "Container", min: { cpu: "1" } })] }));
  const asked = request(resources.pods, pod(), { operation: "UPDATE", old: pod() });
  assert.deepEqual(await admit(plugin, asked), { object: pod() });
});
