import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import fc from "fast-check";
import { asKind, type Pod } from "../../src/controllers/common/objects.ts";
import { isActive } from "../../src/controllers/common/pods.ts";
import { completionIndexOf, hasTracking, type Job } from "../../src/controllers/job/job.ts";
import { jobController } from "../../src/controllers/job/job-controller.ts";
import { fakeNode } from "./fake-node.ts";
import { simCluster } from "./sim-cluster.ts";

/** How each pod ends, in the order in which they are created; all others succeed. */
const fates = fc.array(fc.record({ fails: fc.boolean(), ms: fc.integer({ min: 0, max: 5000 }) }), {
  minLength: 1,
  maxLength: 6,
});

test("a Job never runs more pods than it may, counts each end once, and completes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fates,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async (ends, completions, parallelism, isIndexed) => {
        const seen = new Map<string, { readonly fails: boolean; readonly ms: number }>();
        const fateOf = ({ metadata }: Pod): { readonly fails: boolean; readonly ms: number } => {
          const fate = seen.get(metadata.uid) ?? ends[seen.size] ?? { fails: false, ms: 1000 };
          seen.set(metadata.uid, fate);
          return fate;
        };
        const endsAfterMs = (pod: Pod): { ms: number; exitCode: number } => {
          const { fails, ms } = fateOf(pod);
          return { ms, exitCode: fails ? 1 : 0 };
        };
        const one = simCluster([jobController(), fakeNode({ endsAfterMs })]);
        try {
          const spec: JsonObject = { completions, parallelism, backoffLimit: 20 };
          if (isIndexed) spec["completionMode"] = "Indexed";
          await one.apply({
            apiVersion: "batch/v1",
            kind: "Job",
            metadata: { name: "work" },
            spec: {
              ...spec,
              template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a:1" }] } },
            },
          });
          const jobOf = (): Job => asKind(one.api.get("jobs.batch", { namespace: "default", name: "work" })!);
          const isComplete = (): boolean =>
            jobOf().status?.conditions?.some(({ type }) => type === "Complete") === true;
          for (let passed = 0; passed < 1500 && !isComplete(); passed++) {
            await one.pass(1000);
            const pods = one.api.list("pods").map((pod) => asKind<Pod>(pod));
            const active = pods.filter(isActive);
            assert.ok(active.length <= parallelism, `${active.length} of ${parallelism}`);
            const indexes = active.map(completionIndexOf);
            assert.equal(new Set(indexes).size, isIndexed ? active.length : Math.min(active.length, 1));
          }
          const pods = one.api.list("pods").map((pod) => asKind<Pod>(pod));
          const failed = pods.filter(({ status }) => status?.phase === "Failed").length;
          const { status } = jobOf();
          assert.equal(isComplete(), true);
          assert.deepEqual([status?.succeeded, status?.failed ?? 0], [completions, failed]);
          assert.equal(pods.some(hasTracking), false);
          assert.equal(pods.filter((pod) => pod.status?.phase === "Succeeded").length, completions);
        } finally {
          one.stop();
        }
      },
    ),
    { seed: 14, numRuns: 15 },
  );
});
