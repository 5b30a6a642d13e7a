/**
 * Real kubectl against the embedded cluster and against a real one, the same commands one after the other: what it
 * prints is the same but for names, times and addresses.
 */
import assert from "node:assert/strict";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { createCluster, type Cluster } from "../../packages/sim/src/cluster/create-cluster.ts";
import { ensureTool } from "../../scripts/real/ensure-tool.ts";
import { startPlane, type Plane } from "../../scripts/real/plane.ts";
import { compareStep, createShell, readSteps } from "./kubectl/compare.ts";

const errors: unknown[] = [];
let folder: string;
let plane: Plane;
let cluster: Cluster;
const programs = new Map<string, string>();
const versions = ["1.36", "1.32"] as const;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "sim-kubectl-"));
  for (const version of versions) programs.set(version, await ensureTool("kubectl", { kubernetes: version }));
  plane = await startPlane({ nodes: 1 });
  cluster = await createCluster({
    nodes: [{ name: "node-0", region: "real-1", zone: "real-1a" }],
    onError: (error) => errors.push(error),
  });
});

after(async () => {
  await cluster?.stop();
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const sessions = globSync("kubectl/sessions/*.sh", { cwd: import.meta.dirname }).sort();

for (const version of versions) {
  for (const session of sessions) {
    const name = path.basename(session, ".sh");

    test(`prints what a real cluster makes it print: ${name}, kubectl ${version}`, async () => {
      const namespace = `${name}-${version.replace(".", "-")}`;
      const [real, sim] = [plane, cluster].map((server, index) =>
        createShell(path.join(folder, namespace, String(index)), programs.get(version)!, server, namespace),
      );
      const begin = `kubectl create namespace ${namespace} && kubectl wait --for=create serviceaccount/default configmap/kube-root-ca.crt`;
      const steps = [{ script: begin, fails: false, eventually: false }];
      steps.push(...readSteps(path.join(import.meta.dirname, session)));
      const results = [];
      for (const step of steps) results.push(await compareStep(step, real!, sim!));
      const different = results.filter((one) => one.real !== one.sim);
      const transcript = (side: "real" | "sim"): string =>
        different.map((one) => `$ ${one.step.script}\n${one[side]}`).join("\n");
      assert.equal(transcript("sim"), transcript("real"));
      const unexpected = results.filter((one) => !one.asExpected);
      assert.deepEqual(
        unexpected.map((one) => `$ ${one.step.script}\n${one.real}`),
        [],
      );
      assert.deepEqual(errors, []);
    });
  }
}
