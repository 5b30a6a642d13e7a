/** What a cluster makes of a node of which nothing is heard any more: 50 seconds of grace, then taints, then evictions. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { createSimulation, type Simulation } from "../../src/cluster/simulation.ts";
import { silentAnnotation } from "../../src/node/silent.ts";
import { deployment } from "./scenarios/parts.ts";

const namespace = "default";

async function start(t: TestContext): Promise<Simulation> {
  const simulation = createSimulation({ nodes: [{ name: "one" }, { name: "two" }] });
  t.after(() => simulation.close());
  await simulation.advance(1000);
  return simulation;
}

async function silence({ api }: Simulation, name: string, silent: boolean): Promise<void> {
  const annotations = { [silentAnnotation]: silent ? "true" : null };
  await api.patch("nodes", { namespace: "", name }, { metadata: { annotations } });
}

function node({ api }: Simulation, name: string): { readonly ready: unknown; readonly taints: readonly string[] } {
  const found = api.get("nodes", { namespace: "", name });
  const conditions = get(found?.["status"], "conditions") as JsonObject[];
  const taints = get(found?.["spec"], "taints");
  return {
    ready: conditions.find((one) => one["type"] === "Ready")?.["status"],
    taints: (Array.isArray(taints) ? taints : []).map(
      (one) => `${String(get(one, "key"))}:${String(get(one, "effect"))}`,
    ),
  };
}

/** `node ready`, with `leaving` where its deletion was asked for; in any order. */
function pods({ api }: Simulation): string[] {
  return api
    .list("pods", namespace)
    .map(({ metadata, spec, status }) => {
      const conditions = get(status, "conditions");
      const ready = (Array.isArray(conditions) ? conditions : []).find((one) => get(one, "type") === "Ready");
      const leaving = isObject(metadata) && metadata["deletionTimestamp"] !== undefined ? " leaving" : "";
      return `${String(get(spec, "nodeName"))} ${String(get(ready, "status"))}${leaving}`;
    })
    .sort();
}

test("gives a silent node fifty seconds, then its pods five minutes", async (t) => {
  const simulation = await start(t);
  const object = deployment("web", 2, { cpu: "20" });
  await simulation.api.create("deployments.apps", {
    ...object,
    metadata: { ...(object["metadata"] as JsonObject), namespace },
  });
  await simulation.advance(10_000);
  assert.deepEqual(pods(simulation), ["one True", "two True"]);
  await silence(simulation, "one", true);
  await simulation.advance(49_000);
  assert.deepEqual(node(simulation, "one"), { ready: "True", taints: [] });
  await simulation.advance(8000);
  const lost = ["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"];
  assert.deepEqual(node(simulation, "one"), { ready: "Unknown", taints: lost });
  assert.deepEqual(node(simulation, "two"), { ready: "True", taints: [] });
  assert.deepEqual(pods(simulation), ["one False", "two True"]);
  await simulation.advance(290_000);
  assert.deepEqual(pods(simulation), ["one False", "two True"]);
  await simulation.advance(20_000);
  // Nobody on the node confirms that the pod has ended; the other node has no room for a third.
  assert.deepEqual(pods(simulation), ["one False leaving", "two True", "undefined undefined"]);
  await silence(simulation, "one", false);
  await simulation.advance(60_000);
  assert.deepEqual(node(simulation, "one"), { ready: "True", taints: [] });
  assert.deepEqual(pods(simulation), ["one True", "two True"]);
});

test("leaves pods alone while no node is heard of", async (t) => {
  const simulation = await start(t);
  const object = deployment("web", 2, { cpu: "20" });
  await simulation.api.create("deployments.apps", {
    ...object,
    metadata: { ...(object["metadata"] as JsonObject), namespace },
  });
  await simulation.advance(10_000);
  await silence(simulation, "one", true);
  await silence(simulation, "two", true);
  await simulation.advance(600_000);
  for (const name of ["one", "two"]) {
    assert.deepEqual(node(simulation, name), {
      ready: "Unknown",
      taints: ["node.kubernetes.io/unreachable:NoSchedule"],
    });
  }
  assert.deepEqual(pods(simulation), ["one False", "two False"]);
});
