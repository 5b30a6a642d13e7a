import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import fc from "fast-check";
import { asKind, type Pod } from "../../src/controllers/common/objects.ts";
import { isReady } from "../../src/controllers/common/pods.ts";
import type { Controller } from "../../src/controllers/controller.ts";
import { daemonSetController } from "../../src/controllers/daemonset/daemon-set-controller.ts";
import { limitsOf, type Deployment } from "../../src/controllers/deployment/deployment.ts";
import { deploymentController } from "../../src/controllers/deployment/deployment-controller.ts";
import { replicaSetController } from "../../src/controllers/replicaset/replica-set-controller.ts";
import { ordinalOf } from "../../src/controllers/statefulset/stateful-set.ts";
import { statefulSetController } from "../../src/controllers/statefulset/stateful-set-controller.ts";
import { fakeNode } from "./fake-node.ts";
import { simCluster, type SimCluster } from "./sim-cluster.ts";

/** How long pods take to become ready and to stop, one after another; some never get ready for a while. */
const schedule = fc.array(
  fc.record({ ready: fc.integer({ min: 0, max: 6000 }), stop: fc.integer({ min: 0, max: 4000 }) }),
  {
    minLength: 1,
    maxLength: 12,
  },
);
type Schedule = readonly { readonly ready: number; readonly stop: number }[];

function cluster(controllers: readonly Controller[], times: Schedule): SimCluster {
  const ready = new Map<string, number>();
  const readyAfterMs = ({ metadata }: Pod): number => {
    const known = ready.get(metadata.uid) ?? times[ready.size % times.length]!.ready;
    ready.set(metadata.uid, known);
    return known;
  };
  return simCluster([...controllers, fakeNode({ readyAfterMs, stopsAfterMs: times[0]!.stop })]);
}

function podsOf(one: SimCluster): { readonly living: Pod[]; readonly available: Pod[] } {
  const living = one.api
    .list("pods")
    .map((pod) => asKind<Pod>(pod))
    .filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase !== "Failed");
  return { living, available: living.filter(isReady) };
}

const workload = (kind: string, image: string, spec: JsonObject): JsonObject => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    ...spec,
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image }] } },
  },
});

const rest = 60_000;

/** Checks at every moment that something can be seen, until all is quiet. */
async function watchFor(one: SimCluster, ms: number, check: () => void): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    await one.pass(500, 500);
    check();
  }
}

const limit = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom("0%", "25%", "60%", "100%"));

test("a Deployment never has more pods than its surge allows, nor fewer available ones than it must", async () => {
  await fc.assert(
    fc.asyncProperty(
      schedule,
      fc.integer({ min: 1, max: 7 }),
      limit,
      limit,
      async (times, replicas, maxSurge, maxUnavailable) => {
        const rollingUpdate = { maxSurge, maxUnavailable };
        fc.pre(!(Number.parseInt(String(maxSurge), 10) === 0 && Number.parseInt(String(maxUnavailable), 10) === 0));
        const one = cluster([deploymentController(), replicaSetController()], times);
        try {
          const spec = { replicas, strategy: { type: "RollingUpdate", rollingUpdate } };
          const created = asKind<Deployment>(await one.apply(workload("Deployment", "a:1", spec)));
          await one.pass(8000, 500);
          assert.equal(podsOf(one).available.length, replicas);
          const { surge, unavailable } = limitsOf(created);
          await one.apply(workload("Deployment", "a:2", spec));
          await watchFor(one, rest, () => {
            const { living, available } = podsOf(one);
            assert.ok(living.length <= replicas + surge, `${living.length} pods, ${replicas} + ${surge} allowed`);
            assert.ok(
              available.length >= replicas - unavailable,
              `${available.length} of ${replicas} - ${unavailable}`,
            );
          });
          const { status } = asKind<Deployment>(
            one.api.get("deployments.apps", { namespace: "default", name: "web" })!,
          );
          assert.deepEqual(
            [status?.updatedReplicas, status?.availableReplicas, status?.replicas],
            [replicas, replicas, replicas],
          );
        } finally {
          one.stop();
        }
      },
    ),
    { seed: 11, numRuns: 12 },
  );
});

test("a StatefulSet has one pod at most that is not available, and updates from the last one on", async () => {
  await fc.assert(
    fc.asyncProperty(schedule, fc.integer({ min: 1, max: 4 }), async (times, replicas) => {
      const one = cluster([statefulSetController()], times);
      try {
        await one.apply(workload("StatefulSet", "a:1", { replicas, serviceName: "web" }));
        await one.pass(40_000, 1000);
        assert.equal(podsOf(one).available.length, replicas);
        await one.apply(workload("StatefulSet", "a:2", { replicas, serviceName: "web" }));
        await watchFor(one, rest, () => {
          const { living, available } = podsOf(one);
          assert.ok(available.length >= replicas - 1, `${available.length} of ${replicas}`);
          const images = living
            .sort((a, b) => ordinalOf(a) - ordinalOf(b))
            .map(({ spec }) => (spec.containers as unknown as { image: string }[])[0]!.image);
          assert.deepEqual(images, [...images].sort(), "older ones first");
        });
        assert.ok(podsOf(one).available.every((pod) => JSON.stringify(pod.spec).includes("a:2")));
      } finally {
        one.stop();
      }
    }),
    { seed: 12, numRuns: 8 },
  );
});

test("a DaemonSet lacks its pod on as many nodes as may be without, at most", async () => {
  await fc.assert(
    fc.asyncProperty(schedule, fc.integer({ min: 1, max: 3 }), async (times, maxUnavailable) => {
      const one = cluster([daemonSetController()], times);
      try {
        for (const name of ["n1", "n2", "n3", "n4"]) {
          await one.apply({ apiVersion: "v1", kind: "Node", metadata: { name }, spec: {} });
        }
        const spec = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable } } };
        await one.apply(workload("DaemonSet", "a:1", spec));
        await one.pass(8000, 500);
        assert.equal(podsOf(one).available.length, 4);
        await one.apply(workload("DaemonSet", "a:2", spec));
        await watchFor(one, rest, () => {
          const { available } = podsOf(one);
          assert.ok(available.length >= 4 - maxUnavailable, `${available.length} of 4 - ${maxUnavailable}`);
        });
        assert.ok(podsOf(one).available.every((pod) => JSON.stringify(pod.spec).includes("a:2")));
      } finally {
        one.stop();
      }
    }),
    { seed: 13, numRuns: 8 },
  );
});
