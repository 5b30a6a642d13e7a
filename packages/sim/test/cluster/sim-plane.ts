import type { JsonObject } from "@fairlead/apimachinery";
import { createSimulation, type Simulation } from "../../src/cluster/simulation.ts";
import { kinds, type KindName, type Plane } from "./scenario.ts";

export interface SimPlane extends Plane {
  readonly simulation: Simulation;
}

export function collectionOf(kind: KindName): string {
  const { root, plural } = kinds[kind];
  const group = root.startsWith("apis/") ? root.split("/")[1]! : "";
  return group === "" ? plural : `${plural}.${group}`;
}

/** An embedded cluster of three nodes in three zones on a virtual clock. */
export async function simPlane(): Promise<SimPlane> {
  const namespace = "scenario-1";
  const nodes = ["a", "b", "c"].map((zone, index) => ({
    name: `node-${index}`,
    region: "real-1",
    zone: `real-1${zone}`,
    capacity: { cpu: "64" },
  }));
  const refusals: string[] = [];
  const simulation = createSimulation({
    nodes,
    onRetry: ({ controller, key, error }) => refusals.push(`${controller} of ${key}: ${String(error)}`),
  });
  const { api } = simulation;
  await simulation.advance(1000);
  await api.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await simulation.advance(1000);
  const at = (kind: KindName): string => (kinds[kind].namespaced ? namespace : "");
  return {
    simulation,
    namespace,
    async create(object) {
      const kind = object["kind"] as KindName;
      const metadata = { ...(object["metadata"] as JsonObject) };
      if (kinds[kind].namespaced) metadata["namespace"] = namespace;
      await api.create(collectionOf(kind), { ...object, metadata });
    },
    async patch(kind, name, patch, subresource) {
      await api.patch(collectionOf(kind), { namespace: at(kind), name }, patch, subresource);
    },
    async remove(kind, name, propagation) {
      const options = propagation === undefined ? {} : { propagationPolicy: propagation as "Orphan" };
      await api.delete(collectionOf(kind), { namespace: at(kind), name }, options);
    },
    list: (kind) =>
      Promise.resolve(kinds[kind].namespaced ? api.list(collectionOf(kind), namespace) : api.list(collectionOf(kind))),
    async until(what, condition) {
      for (let passed = 0; !(await condition()); passed += 200) {
        if (passed > 120_000)
          throw new Error(`waited in vain for ${what}; refused at last: ${refusals.at(-1) ?? "nothing"}`);
        await simulation.advance(200);
      }
    },
    pass: (seconds) => simulation.advance(seconds * 1000),
    settle: () => simulation.advance(4000),
  };
}
