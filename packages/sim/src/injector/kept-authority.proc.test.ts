import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createCluster, type Cluster } from "../cluster/create-cluster.ts";
import { objectsIn, textAt } from "./inject/pod-parts.ts";
import { installIstio } from "./install-istio.ts";
import { keptAuthority } from "./kept-authority.ts";

const key = { namespace: "istio-system", name: "istio-ca-secret" };
let cluster: Cluster;

before(async () => {
  cluster = await createCluster({ seed: 5 });
});
after(() => cluster?.stop());

/** The authority that the API server trusts the injector by. */
function trusted(): string {
  const name = "istio-sidecar-injector";
  const webhooks = "mutatingwebhookconfigurations.admissionregistration.k8s.io";
  const configuration = cluster.api.get(webhooks, { namespace: "", name });
  const bundles = objectsIn(configuration, "webhooks").map((one) => textAt(one, "clientConfig", "caBundle"));
  assert.equal(new Set(bundles).size, 1);
  return Buffer.from(bundles[0]!, "base64").toString("utf8");
}

test("an injector that is installed again has the authority of the last time, and pods get through", async () => {
  const seen: string[] = [];
  for (let time = 0; time < 2; time++) {
    const istio = await installIstio(cluster, { version: "1.28.0", keepAuthority: true });
    await cluster.settled();
    seen.push(istio.injector.authority);
    assert.equal(trusted(), istio.injector.authority);
    const metadata = { name: `web-${time}`, namespace: "default", labels: { "sidecar.istio.io/inject": "true" } };
    const spec = { containers: [{ name: "web", image: "web:1" }] };
    const pod = await cluster.api.create("pods", { apiVersion: "v1", kind: "Pod", metadata, spec });
    assert.equal(objectsIn(pod["spec"], "initContainers").at(-1)?.["name"], "istio-proxy");
    await istio.stop();
  }
  assert.equal(seen[0], seen[1]);
});

test("a Secret that holds no authority is replaced", async () => {
  const mine = await keptAuthority(cluster, key.namespace);
  const other = Buffer.from("something else").toString("base64");
  for (const data of [{ "ca-key.pem": other }, { "ca-cert.pem": other }, { "ca-cert.pem": "" }]) {
    await cluster.api.patch("secrets", key, { data });
    const made = await keptAuthority(cluster, key.namespace);
    assert.notEqual(made.certificate, mine.certificate);
    assert.deepEqual(await keptAuthority(cluster, key.namespace), made);
  }
});
