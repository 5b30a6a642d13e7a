import type { TestContext } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { createCluster, type Cluster, type ClusterOptions, type RequestFault } from "@fairlead/sim";
import { accessOf } from "../../src/access/access-of.ts";
import type { Client } from "../../src/client/client.ts";
import { createClient } from "../../src/client/create-client.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import type { Resource } from "../../src/resource.ts";

/** A request as a fault sees it: `GET /api/v1/configmaps`, and whether it watches. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
}

export interface Embedded {
  readonly cluster: Cluster;
  /** Meets the faults. */
  readonly client: Client;
  /** Meets none: what it sees is what there is. */
  readonly calm: Client;
  /** What becomes of the requests from now on. */
  weather(fault: (request: SeenRequest) => RequestFault | undefined): void;
  connect(options?: ClientOptions): Client;
}

const calmAgent = "calm/1";

/** An embedded cluster, gone after the test. */
export async function startEmbedded(t: TestContext, options: ClusterOptions = {}): Promise<Embedded> {
  let weather: (request: SeenRequest) => RequestFault | undefined = () => undefined;
  const cluster = await createCluster({
    ...options,
    faults: {
      request: ({ method, path, query, headers }) =>
        headers["user-agent"] === calmAgent
          ? undefined
          : weather({ method, path, isWatch: query.get("watch") === "true" }),
    },
  });
  const clients: Client[] = [];
  function connect(own: ClientOptions = {}): Client {
    const { url: server, token, certificate: ca } = cluster;
    const client = createClient(accessOf({ name: "embedded", server, token, ca }), own);
    clients.push(client);
    return client;
  }
  t.after(async () => {
    for (const client of clients) await client.transport.close({ force: true });
    await cluster.stop();
  });
  return {
    cluster,
    client: connect({ random: () => 0 }),
    calm: connect({ userAgent: calmAgent }),
    weather: (next) => void (weather = next),
    connect,
  };
}

export const configMaps: Resource = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};
export const deployments: Resource = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};

export const configMap = (name: string, data: { readonly [key: string]: string } = {}): KrmObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data,
});

export function deployment(name: string, replicas: number): KrmObject {
  const labels = { app: name };
  const containers = [{ name: "app", image: "example/app:1" }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

/** Asks until it is so; fails after 20 s. */
export async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
