import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { joinMesh } from "../../src/cluster/join-mesh.ts";
import { isReady, processCluster, processPod, until, type ProcessCluster } from "./process-cluster.ts";

const host = "prd.orders.global";
const podName = { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } };
const container = { env: [podName], ports: [{ containerPort: 8080 }] };
const collections = {
  ServiceEntry: "serviceentries",
  DestinationRule: "destinationrules",
  VirtualService: "virtualservices",
};

function definition(kind: keyof typeof collections): JsonObject {
  const plural = collections[kind];
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.networking.istio.io` },
    spec: {
      group: "networking.istio.io",
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}

const istio = (kind: keyof typeof collections, spec: JsonObject): JsonObject => ({
  apiVersion: "networking.istio.io/v1",
  kind,
  metadata: { name: host, namespace: "default" },
  spec,
});

const regionOf = (cluster: string) => ({
  "topology.istio.io/cluster": cluster,
  "topology.kubernetes.io/region": `region-of-${cluster}`,
});

/** The own cluster's Service, and the gateway of the other, which is known by a label as the mesh writes it. */
function entry(own: string, other: string): JsonObject {
  return istio("ServiceEntry", {
    hosts: [host],
    ports: [{ number: 80, name: "http", protocol: "HTTP" }],
    resolution: "DNS",
    endpoints: [
      { address: "orders.default.svc.cluster.local", ports: { http: 8080 }, labels: regionOf(own) },
      { address: `gateway.${other}.example.`, ports: { http: 15443 }, labels: regionOf(other) },
    ],
  });
}

const rule = (own: string): JsonObject =>
  istio("DestinationRule", {
    host,
    trafficPolicy: {
      loadBalancer: { localityLbSetting: { failoverPriority: [`topology.kubernetes.io/region=region-of-${own}`] } },
      outlierDetection: {
        consecutiveGatewayErrors: 2,
        interval: "1s",
        baseEjectionTime: "1s",
        maxEjectionPercent: 100,
      },
    },
  });

/** Asks a URL in a program of the cluster. */
async function ask(plane: ProcessCluster, url: string): Promise<string> {
  const { url: caller } = plane.cluster.addresses().find(({ service }) => service === "caller")!;
  const response = await fetch(`${caller}/fetch?url=${encodeURIComponent(url)}`, {
    headers: { connection: "close" },
  });
  const text = await response.text();
  return /"pod":"([\w-]+)"/.exec(text)?.[1] ?? text;
}

async function untilAnswer(plane: ProcessCluster, wanted: string): Promise<void> {
  let seen = "";
  let isAsking = false;
  await until(() => {
    if (!isAsking && seen !== wanted) {
      isAsking = true;
      ask(plane, `http://${host}/`).then(
        (text) => ((seen = text), (isAsking = false)),
        (error: unknown) => ((seen = String(error)), (isAsking = false)),
      );
    }
    return seen === wanted;
  }, `${plane.cluster.name} gets ${wanted}`);
}

const service = (name: string): JsonObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "default" },
  spec: { selector: { app: name }, ports: [{ name: "http", port: 8080, targetPort: 8080 }] },
});

async function start(t: TestContext): Promise<readonly [ProcessCluster, ProcessCluster]> {
  const planes = [
    await processCluster(t, {}, { name: "west" }),
    await processCluster(t, { addresses: "shared" }, { name: "east" }),
  ] as const;
  for (const plane of planes) {
    for (const kind of ["ServiceEntry", "DestinationRule", "VirtualService"] as const) {
      await plane.create("customresourcedefinitions.apiextensions.k8s.io", definition(kind));
    }
    await plane.cluster.settled();
    for (const app of ["caller", "orders"]) {
      const name = `${app}-${plane.cluster.name}`;
      const pod = processPod(name, "node web-server.ts 8080", container);
      await plane.create("pods", { ...pod, metadata: { ...(pod["metadata"] as JsonObject), labels: { app } } });
      await plane.create("services", service(app));
      await until(() => isReady(plane.pod(name)), `${name} is ready`);
    }
    await until(() => plane.cluster.addresses().every(({ ready }) => ready === 1), "its Services have pods");
  }
  return planes;
}

test("leads programs by the objects of the mesh, to another cluster once their own has nobody left, and back", async (t) => {
  const [west, east] = await start(t);
  const errors: unknown[] = [];
  const mesh = joinMesh([west.cluster, east.cluster], {
    onError: (error) => errors.push(error),
    now: () => performance.now(),
    random: () => 0.5,
  });
  t.after(() => mesh.stop());

  for (const [own, other] of [
    [west, "east"],
    [east, "west"],
  ] as const) {
    const { name } = own.cluster;
    await own.create("serviceentries.networking.istio.io", entry(name, other));
    await own.create("destinationrules.networking.istio.io", rule(name));
  }
  await mesh.settled();
  await untilAnswer(west, "orders-west");
  await untilAnswer(east, "orders-east");

  await west.cluster.api.delete("pods", { namespace: "default", name: "orders-west" });
  await untilAnswer(west, "orders-east");
  await untilAnswer(east, "orders-east");

  const pod = processPod("orders-again", "node web-server.ts 8080", container);
  await west.create("pods", { ...pod, metadata: { ...(pod["metadata"] as JsonObject), labels: { app: "orders" } } });
  await untilAnswer(west, "orders-again");

  // Objects count from the moment on in which they are written.
  const route = { route: [{ destination: { host: "caller.default.svc.cluster.local", port: { number: 8080 } } }] };
  await west.create("virtualservices.networking.istio.io", istio("VirtualService", { hosts: [host], http: [route] }));
  await mesh.settled();
  await untilAnswer(west, "caller-west");
  const key = { namespace: "default", name: host };
  await west.cluster.api.delete("virtualservices.networking.istio.io", key);
  const gateway = { address: "gateway.east.example.", ports: { http: 15443 }, labels: regionOf("east") };
  await west.cluster.api.patch("serviceentries.networking.istio.io", key, { spec: { endpoints: [gateway] } });
  await mesh.settled();
  await untilAnswer(west, "orders-east");
  await untilAnswer(east, "orders-east");
  assert.deepEqual(errors, []);
});
