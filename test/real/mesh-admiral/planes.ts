/** Two API servers with the kinds of Istio, Argo Rollouts and the predecessor. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { accessOf, createClient, isKubeError, type Client } from "@fairlead/kube";
import { admiralKinds } from "../../../packages/fairlead/src/kinds/admiral/admiral-kinds.ts";
import { admiralCrdOf } from "../../../packages/fairlead/src/schema/admiral-crd.ts";
import { kubeconfigText } from "../../../scripts/real/access.ts";
import { mapBounded } from "../../../scripts/real/bounded.ts";
import { collectCrds } from "../../../scripts/real/crds.ts";
import { startFleet } from "../../../scripts/real/fleet.ts";
import { installCrds } from "../../../scripts/real/install-crds.ts";
import type { Plane } from "../../../scripts/real/plane.ts";
import { homeNamespace, syncNamespace, type World } from "./world.ts";

export type ClusterName = keyof World;
export const clusterNames: readonly ClusterName[] = ["west", "east"];

export interface Planes {
  readonly planes: { readonly [cluster in ClusterName]: Plane };
  readonly clients: { readonly [cluster in ClusterName]: Client };
  /** A file for the home cluster. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

const groups = /\.(istio|argoproj)\.io$/;

export async function startPlanes(): Promise<Planes> {
  const crds = (await collectCrds()).crds.filter((crd) => groups.test(String(get(crd["metadata"], "name"))));
  const own = admiralKinds.map(admiralCrdOf) as unknown as JsonObject[];
  const fleet = await startFleet(2, { apiServerFlags: ["--audit-log-path=", "--audit-policy-file="] });
  try {
    const [west, east] = fleet.planes as [Plane, Plane];
    await Promise.all(fleet.planes.map((plane) => installCrds(plane, [...crds, ...own])));
    const kubeconfig = path.join(west.folder, "home");
    writeFileSync(kubeconfig, kubeconfigText(west), { mode: 0o600 });
    return {
      planes: { west, east },
      clients: { west: clientOf(west), east: clientOf(east) },
      kubeconfig,
      stop: fleet.stop,
    };
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}

function clientOf({ url, token, certificate }: Plane): Client {
  return createClient(accessOf({ server: url, token, ca: certificate }));
}

/** Puts the objects, the namespaces they need, and the registry into the planes. */
export async function fill({ planes, clients }: Planes, world: World): Promise<void> {
  await mapBounded(clusterNames, 2, async (cluster) => {
    const objects = world[cluster];
    const namespaces = new Set([
      ...objects.map(({ metadata }) => metadata.namespace),
      "istio-system",
      syncNamespace,
      homeNamespace,
    ]);
    await mapBounded([...namespaces], 8, async (name) => {
      if (name !== undefined) await put(clients[cluster], { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    });
    await mapBounded(objects, 8, (object) => put(clients[cluster], object));
  });
  await mapBounded(clusterNames, 1, (cluster) => put(clients.west, registration(cluster, planes[cluster])));
}

function registration(name: ClusterName, { url, token, certificate }: Plane): KrmObject {
  const config = kubeconfigText({ name, url, token, certificate });
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `cluster-${name}`, namespace: homeNamespace, labels: { "admiral/sync": "true" } },
    data: { [name]: Buffer.from(config).toString("base64") },
  } as KrmObject;
}

/** Creates an object, or replaces what is there; its status too. */
export async function put(client: Client, { status, ...object }: KrmObject): Promise<void> {
  const resource = await client.discovery.resource(object as KrmObject);
  const { namespace, name } = object.metadata;
  const at = { ...(namespace !== undefined && { namespace }), name: name! };
  try {
    await client.create(resource, object as KrmObject);
  } catch (error) {
    if (!isKubeError(error, "already-exists")) throw error;
    const found = await client.get(resource, at);
    await client.update(resource, {
      ...object,
      metadata: { ...object.metadata, resourceVersion: found.metadata["resourceVersion"] },
    } as KrmObject);
  }
  if (status === undefined) return;
  const found = await client.get(resource, at);
  await client.update(resource, { ...found, status } as KrmObject, { subresource: "status" });
}

export async function remove(client: Client, object: KrmObject): Promise<void> {
  const { namespace, name } = object.metadata;
  const resource = await client.discovery.resource(object);
  await client.delete(resource, { ...(namespace !== undefined && { namespace }), name: name! });
}
