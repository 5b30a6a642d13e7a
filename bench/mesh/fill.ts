/** The predecessor's scenario: identity i runs in cluster i mod 2, and calls i + 1. */
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { isKubeError, judgeEstablished, type Client, type Resource } from "@fairlead/kube";
import { clusterParts, service, syncNamespace } from "../../packages/fairlead/test/mesh/fake-mesh.ts";

export { registrationOf as registration } from "../../packages/fairlead/test/mesh/fake-mesh.ts";

export const definitionsResource: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

export const identity = (index: number): string => `svc-${String(index).padStart(5, "0")}`;
export const namespaceOf = (index: number): string => `team-${Math.floor(index / 40)}`;

export async function each<T>(items: readonly T[], work: (item: T) => Promise<unknown>, width = 16): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < items.length) await work(items[next++]!);
    }),
  );
}

export async function installDefinitions(client: Client, definitions: readonly JsonObject[]): Promise<void> {
  await each(definitions, (one) =>
    client.apply(definitionsResource, one as KrmObject, { fieldManager: "bench", force: true, deadlineMs: 60_000 }),
  );
  for (;;) {
    const { items } = await client.list(definitionsResource);
    if (items.every((one) => judgeEstablished(one, false).kind === "done")) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  client.discovery.invalidate();
}

export async function put(client: Client, object: KrmObject): Promise<void> {
  const resource = await client.discovery.resource(object);
  const { status, ...rest } = object;
  try {
    await client.create(resource, rest as KrmObject);
  } catch (error) {
    if (!isKubeError(error, "already-exists")) throw error;
  }
  if (status === undefined) return;
  const found = await client.get(resource, {
    ...(object.metadata.namespace !== undefined && { namespace: object.metadata.namespace }),
    name: object.metadata.name!,
  });
  await client.update(resource, { ...found, status } as KrmObject, { subresource: "status" });
}

/** Identities `from` up to `to` in the clusters, and who calls whom in the first. */
export async function fill(clients: readonly Client[], from: number, to: number): Promise<void> {
  const indexes = Array.from({ length: to - from }, (_, at) => from + at);
  for (const [at, client] of clients.entries()) {
    const spaces = new Set(indexes.filter((index) => index % clients.length === at).map(namespaceOf));
    await each([...spaces], (name) => put(client, { apiVersion: "v1", kind: "Namespace", metadata: { name } }));
  }
  await each(indexes, async (index) => {
    for (const object of service(identity(index), namespaceOf(index))) {
      await put(clients[index % clients.length]!, object);
    }
  });
  await each(indexes, (index) => put(clients[0]!, dependsOn(index, to)));
}

function dependsOn(index: number, count: number): KrmObject {
  const spec = { source: identity(index), identityLabel: "identity", destinations: [identity((index + 1) % count)] };
  const metadata = { name: identity(index), namespace: syncNamespace };
  return { apiVersion: "admiral.io/v1alpha1", kind: "Dependency", metadata, spec };
}

export async function prepare(client: Client, name: string, region: string): Promise<void> {
  for (const object of clusterParts(name, region)) await put(client, object);
}

/** A policy that moves the traffic of an identity. */
export function policy(index: number, region: string): KrmObject {
  return {
    apiVersion: "admiral.io/v1alpha1",
    kind: "GlobalTrafficPolicy",
    metadata: {
      name: identity(index),
      namespace: namespaceOf(index),
      labels: { identity: identity(index), env: "prd" },
    },
    spec: { policy: [{ dnsPrefix: "default", lbType: 1, target: [{ region, weight: 100 }] }] },
  };
}
