import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { accessOf, createClient, type Client } from "@fairlead/kube";
import { applyObject, createCluster, kubeconfig, type Cluster } from "@fairlead/sim";
import type { ExampleCluster } from "./read-example.ts";

/** An embedded cluster of an example, and what the example put into it. */
export interface Member {
  readonly name: string;
  readonly region: string;
  /** Where other clusters reach it. */
  readonly gateway: string;
  readonly client: Client;
  /** A kubeconfig for its registry Secret. */
  readonly kubeconfig: string;
  /** What was applied and not removed, by `Kind NAMESPACE/NAME`. */
  readonly objects: ReadonlyMap<string, JsonObject>;
  /** Throws what the server says against it. */
  apply(object: JsonObject): Promise<void>;
  /** `Kind NAMESPACE/NAME` of something that was applied. */
  remove(title: string): Promise<void>;
  /** The objects of Istio that it holds, whoever wrote them. */
  routing(): Promise<readonly KrmObject[]>;
  stop(): Promise<void>;
}

export const titleOf = ({ kind, metadata }: JsonObject): string =>
  `${textOf(kind)} ${textOf(get(metadata, "namespace"))}/${textOf(get(metadata, "name"))}`;

/** A cluster whose one node is in the region that the fleet says, with an east-west gateway and the definitions. */
export async function startMember(
  { name, region = "", gateway, objects }: ExampleCluster,
  definitions: readonly JsonObject[],
): Promise<Member> {
  const cluster = await createCluster({ name, controllers: false });
  const client = clientOf(cluster);
  const applied = new Map<string, JsonObject>();
  const namespaces = new Set<string>();

  async function send(object: JsonObject): Promise<void> {
    const answer = await applyObject(cluster.core, object, { fieldManager: "example", force: true });
    if (answer.kind === "refused") throw new Error(`${name}: ${titleOf(object)}: ${textOf(answer.status["message"])}`);
  }

  async function apply(object: JsonObject): Promise<void> {
    const namespace = textOf(get(object["metadata"], "namespace"));
    if (namespace !== "" && !namespaces.has(namespace) && object["kind"] !== "Namespace") {
      namespaces.add(namespace);
      await send({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    }
    await send(object);
    applied.set(titleOf(object), object);
  }

  for (const one of definitions) await send(one);
  const address = gateway?.address ?? `${name}.example.com`;
  const labels = region === "" ? {} : { "topology.kubernetes.io/region": region };
  await apply({ apiVersion: "v1", kind: "Node", metadata: { name: "node", labels } });
  await apply(gatewayService);
  const service = await client.get(services, { namespace: "istio-system", name: "istio-eastwestgateway" });
  const status = { loadBalancer: { ingress: [{ hostname: address }] } };
  await client.update(services, { ...service, status }, { subresource: "status" });
  for (const object of objects) await apply(object);

  return {
    name,
    region,
    gateway: address,
    client,
    kubeconfig: kubeconfig([
      {
        name,
        url: cluster.url,
        certificate: cluster.certificate,
        credentials: { kind: "token", token: cluster.token },
      },
    ]),
    objects: applied,
    apply,
    async remove(title) {
      const object = applied.get(title);
      if (object === undefined) throw new Error(`${name}: there is no ${title}`);
      const { apiVersion, kind, metadata } = object;
      const resource = await client.discovery.find({ apiVersion: textOf(apiVersion), kind: textOf(kind) });
      const [namespace, own] = [textOf(get(metadata, "namespace")), textOf(get(metadata, "name"))];
      await client.delete(resource!, { ...(namespace !== "" && { namespace }), name: own });
      applied.delete(title);
    },
    async routing() {
      const lists = await Promise.all(
        ["ServiceEntry", "DestinationRule", "VirtualService"].map(async (kind) => {
          const { items } = await client.list((await client.discovery.find({ apiVersion: istio, kind }))!);
          // Items of a list do not say what they are.
          return items.map((one) => ({ ...one, apiVersion: istio, kind }));
        }),
      );
      return lists.flat();
    },
    async stop() {
      await client.close();
      await cluster.stop();
    },
  };
}

const istio = "networking.istio.io/v1";
const services = { group: "", version: "v1", kind: "Service", plural: "services", namespaced: true };
const gatewayService = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "istio-eastwestgateway", namespace: "istio-system", labels: { istio: "eastwestgateway" } },
  spec: {
    type: "LoadBalancer",
    selector: { istio: "eastwestgateway" },
    ports: [{ name: "tls", port: 15443 }],
  },
};

function clientOf({ name, url, certificate, token }: Cluster): Client {
  return createClient(accessOf({ name, server: url, ca: certificate, token }));
}

/** The labels that a workload's pods have. */
export function podLabels(object: JsonObject): JsonObject | undefined {
  const labels = get(get(get(object["spec"], "template"), "metadata"), "labels");
  return isObject(labels) ? labels : undefined;
}
