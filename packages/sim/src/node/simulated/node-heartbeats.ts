import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { timeText } from "../../api/registry/metadata.ts";
import type { Api, Controller } from "../../controllers/controller.ts";
import { nodeObject } from "../nodes.ts";
import { isSilent } from "../silent.ts";

export interface HeartbeatOptions {
  /** Renews the Leases of nodes every ten seconds; off unless told, as it makes time pass slowly in simulations. */
  readonly leases?: boolean;
}

const leases = "leases.coordination.k8s.io";
const namespace = "kube-node-lease";
const period = 10_000;

/** What kubelets do for their nodes: one that says nothing of its conditions becomes ready, and its Lease is renewed. */
export function nodeHeartbeats({ leases: renews = false }: HeartbeatOptions = {}): Controller {
  return {
    name: "kubelet",
    watches: [
      {
        collection: "nodes",
        keys: (node, { kind, previous }) =>
          kind === "added" || (kind === "modified" && (!isKnown(node) || isSilent(node) !== isSilent(previous)))
            ? [textOf(get(node["metadata"], "name"))]
            : [],
      },
    ],
    reconcile: async (name, { api, now }) => {
      const node = api.get("nodes", { namespace: "", name });
      if (node === undefined || get(node["metadata"], "deletionTimestamp") !== undefined) return undefined;
      if (isSilent(node)) return undefined;
      if (!isKnown(node)) {
        const status = isObject(node["status"]) ? node["status"] : {};
        const usual = nodeObject({ name }, now)["status"] as JsonObject;
        await api.updateStatus("nodes", { ...node, status: { ...usual, ...status, conditions: usual["conditions"]! } });
      }
      if (!renews) return undefined;
      await renew(node, api, now);
      return { afterMs: period };
    },
  };
}

function isKnown(node: JsonObject): boolean {
  const conditions = get(node["status"], "conditions");
  return (Array.isArray(conditions) ? conditions : []).some(
    (one) => get(one, "type") === "Ready" && get(one, "reason") !== "NodeStatusUnknown",
  );
}

async function renew(node: JsonObject, api: Api, now: number): Promise<void> {
  const { name, uid } = node["metadata"] as { name: string; uid: string };
  const renewTime = timeText(now).replace("Z", `.${String(Math.floor(now % 1000)).padStart(3, "0")}000Z`);
  const there = api.get(leases, { namespace, name });
  if (there !== undefined) {
    await api.update(leases, { ...there, spec: { ...(there["spec"] as JsonObject), renewTime } });
    return;
  }
  if (api.get("namespaces", { namespace: "", name: namespace }) === undefined) return;
  await api.create(leases, {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace, ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid }] },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime },
  });
}
