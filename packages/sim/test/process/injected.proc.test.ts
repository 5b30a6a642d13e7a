import assert from "node:assert/strict";
import { test } from "node:test";
import { installIstio } from "../../src/injector/install-istio.ts";
import { annotationsOf, at, containerOf } from "../../src/injector/inject/pod-parts.ts";
import { isReady, processCluster, processPod, until } from "./process-cluster.ts";

for (const nativeSidecars of [true, false]) {
  test(`a process pod becomes ready beside a proxy that is played, by its own probes, native: ${nativeSidecars}`, async (t) => {
    const { cluster, create, pod } = await processCluster(t);
    const istio = await installIstio(cluster, { version: "1.28.0", nativeSidecars, rootCertificates: true });
    t.after(() => istio.stop());
    await cluster.settled();
    await cluster.api.patch(
      "namespaces",
      { namespace: "", name: "default" },
      { metadata: { labels: { "istio-injection": "enabled" } } },
    );
    const ports = [{ name: "http", containerPort: 8080 }];
    const readinessProbe = { httpGet: { path: "/healthy", port: "http" }, periodSeconds: 1 };
    const livenessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1 };
    await create("pods", processPod("web", "node web-server.ts 8080", { ports, readinessProbe, livenessProbe }));
    await until(() => isReady(pod("web")), "the pod is ready");
    const ready = pod("web")!;
    const probe = at(containerOf(ready["spec"], "app"), "readinessProbe", "httpGet", "path");
    assert.equal(probe, "/app-health/app/readyz");
    assert.equal(containerOf(ready["spec"], "istio-proxy")?.["image"], "docker.io/istio/proxyv2:1.28.0");
    assert.ok("sidecar.istio.io/status" in annotationsOf(ready["metadata"]));
  });
}
