import type { Api } from "../controllers/controller.ts";
import { standardClass } from "../controllers/volumes/standard-class.ts";
import { nodeObject, type NodeOptions } from "../node/nodes.ts";

const classes = "storageclasses.storage.k8s.io";

/** What a cluster begins with besides what the API server makes: nodes, and a class of volumes. What is there stays. */
export async function furnish(api: Api, nodes: readonly NodeOptions[], now: number): Promise<void> {
  if (api.list(classes).length === 0) await api.create(classes, standardClass);
  for (const node of nodes) {
    const there = api.get("nodes", { namespace: "", name: node.name });
    if (there === undefined) await api.create("nodes", nodeObject(node, now));
  }
}
