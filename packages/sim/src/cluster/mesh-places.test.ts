import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { readMeshTable } from "../proxy/mesh-table.ts";
import { gatewayAddresses, labelledClusters, localityOfNodes, meshNames } from "./mesh-places.ts";

const node = (region: string, zone = ""): JsonObject => ({
  metadata: { labels: { "topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": zone } },
});

function tableOf(spec: JsonObject) {
  const object = {
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: { name: "orders", namespace: "mesh" },
    spec: { hosts: ["prd.orders.global"], ...spec },
  };
  return readMeshTable([object], { cluster: "eu", locality: "eu" });
}

describe("where a cluster of a mesh is", () => {
  test("is the region of most nodes, with the zone if there is one only", () => {
    assert.equal(localityOfNodes([]), "");
    assert.equal(localityOfNodes([{ metadata: {} }, node("eu", "a"), node("eu", "a")]), "eu/a");
    assert.equal(localityOfNodes([node("eu", "a"), node("eu", "b")]), "eu");
    assert.equal(localityOfNodes([node("us", "a"), node("eu"), node("eu")]), "eu");
  });

  test("is reached at the addresses of Services with the port for other clusters", () => {
    const ports = [{ port: 15443 }];
    const ingress = [{ hostname: "eu.example.com" }, { ip: "10.0.0.1" }];
    assert.deepEqual(
      gatewayAddresses([
        { spec: { ports, externalIPs: ["10.0.0.2"] }, status: { loadBalancer: { ingress } } },
        { spec: { ports: [{ port: 443 }] }, status: { loadBalancer: { ingress: [{ ip: "10.0.0.3" }] } } },
        { spec: { ports } },
      ]),
      ["eu.example.com", "10.0.0.1", "10.0.0.2"],
    );
  });

  test("stands in the labels of endpoints that lead to other clusters", () => {
    const to = (cluster: string) => ({ address: `GW.${cluster}.`, labels: { "topology.istio.io/cluster": cluster } });
    const table = tableOf({ ports: [], endpoints: [to("us"), to("eu"), { address: "gw.ap." }] });
    assert.deepEqual([...labelledClusters(table)], [["gw.us", "us"]]);
  });
});

describe("names of the mesh in a namespace", () => {
  const ports = [
    { number: 80, name: "http", protocol: "HTTP" },
    { number: 9090, name: "grpc", protocol: "GRPC" },
    { number: 5432, name: "tcp", protocol: "TCP" },
  ];
  const sidecar = { host: "127.0.0.1", port: 4000 };

  test("lead to its sidecar with every port that speaks HTTP", () => {
    assert.deepEqual(
      [...meshNames(tableOf({ ports }), "shop", sidecar)],
      [["prd.orders.global.shop.svc.cluster.local", { addresses: ["127.0.0.1"], ports: { 80: 4000, 9090: 4000 } }]],
    );
  });

  test("are those that it may see, of hosts that are names", () => {
    assert.equal(meshNames(tableOf({ ports, exportTo: ["cart"] }), "shop", sidecar).size, 0);
    assert.equal(meshNames(tableOf({ ports, exportTo: ["cart", "shop"] }), "shop", sidecar).size, 1);
    assert.equal(meshNames(tableOf({ ports, hosts: ["*.orders.global"] }), "shop", sidecar).size, 0);
    assert.equal(meshNames(tableOf({ ports: ports.slice(2) }), "shop", sidecar).size, 0);
  });
});
