import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodSpec } from "@fairlead/apimachinery/k8s";
import { compileText } from "../../src/compile/text.ts";

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
test("a plain App's pod passes the restricted Pod Security Standard, as the README says", async () => {
  const text = `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: hello}
spec: {containers: [{name: hello, image: "registry.example/hello:1.0.0", http: {port: 8080}, resources: unlimited}]}
`;
  const { generated } = await compileText([{ name: "hello.yaml", text }]);
  const workload = generated.find(({ object }) => object.kind === "Deployment")!.object;
  const pod = (workload["spec"] as unknown as { template: { spec: PodSpec } }).template.spec;
  assert.equal(pod.securityContext?.runAsNonRoot, true);
  assert.equal(pod.securityContext?.seccompProfile?.type, "RuntimeDefault");
  assert.deepEqual(
    [pod.hostNetwork, pod.hostPID, pod.hostIPC, pod.volumes],
    [undefined, undefined, undefined, undefined],
  );
  for (const { securityContext } of pod.containers) {
    assert.equal(securityContext?.allowPrivilegeEscalation, false);
    assert.equal(securityContext?.privileged, undefined);
    assert.deepEqual(securityContext?.capabilities, { drop: ["ALL"] });
  }
});
