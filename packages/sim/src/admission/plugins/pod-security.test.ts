import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { admit, context, pod, request, resources } from "../../../test/admission.ts";
import { podSecurity } from "./pod-security.ts";

const labelled = (labels: Record<string, string>): JsonObject => ({
  metadata: {
    name: "shop",
    labels: Object.fromEntries(
      Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]),
    ),
  },
});
const under = (labels: Record<string, string>, pods: JsonObject[] = []) =>
  podSecurity(context({ namespaces: [labelled(labels)], pods }));

const container = (securityContext: JsonObject, more: JsonObject = {}): JsonObject =>
  pod({ containers: [{ name: "main", image: "web:1", securityContext, ...more }] });

const good: JsonObject = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

test("lists all that a bare Pod does against the restricted standard, in the server's words", async () => {
  const { refused } = await admit(under({ enforce: "restricted" }), request(resources.pods, pod()));
  assert.equal(
    refused?.["message"],
    'pods "web" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  );
  assert.deepEqual(refused?.["details"], { name: "web", kind: "pods" });
});

const baseline: readonly [JsonObject, string][] = [
  [container({ privileged: true }), 'privileged (container "main" must not set securityContext.privileged=true)'],
  [pod({ hostNetwork: true, hostPID: true }), "host namespaces (hostNetwork=true, hostPID=true)"],
  [
    pod({
      volumes: [
        { name: "a", hostPath: { path: "/" } },
        { name: "b", hostPath: {} },
      ],
    }),
    'hostPath volumes (volumes "a", "b")',
  ],
  [
    container({}, { ports: [{ hostPort: 80 }, { hostPort: 443 }] }),
    'hostPort (container "main" uses hostPorts 443, 80)',
  ],
  [
    container({ capabilities: { add: ["SYS_ADMIN", "CHOWN", "NET_RAW"] } }),
    'non-default capabilities (container "main" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
  ],
  [
    container({}, { livenessProbe: { httpGet: { host: "example.com" } } }),
    'probe or lifecycle host (container "main" uses probe or lifecycle host "example.com")',
  ],
  [
    container({ procMount: "Unmasked" }),
    'procMount (container "main" must not set securityContext.procMount to "Unmasked")',
  ],
  [
    container({ appArmorProfile: { type: "Unconfined" } }),
    'forbidden AppArmor profile (container "main" must not set AppArmor profile type to "Unconfined")',
  ],
  [
    pod({ securityContext: { seLinuxOptions: { type: "spc_t", user: "u" } } }),
    'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
  ],
  [
    container({ seccompProfile: { type: "Unconfined" } }),
    'seccompProfile (container "main" must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [pod({ securityContext: { sysctls: [{ name: "kernel.msgmax" }] } }), "forbidden sysctls (kernel.msgmax)"],
  [
    container({ windowsOptions: { hostProcess: true } }),
    'hostProcess (container "main" must not set securityContext.windowsOptions.hostProcess=true)',
  ],
];

for (const [object, message] of baseline) {
  test(`finds against the baseline: ${message}`, async () => {
    const result = await admit(under({ enforce: "baseline" }), request(resources.pods, object));
    assert.equal(result.message, `pods "web" is forbidden: violates PodSecurity "baseline:latest": ${message}`);
    assert.ok((await admit(under({ enforce: "privileged" }), request(resources.pods, object))).object);
  });
}

const restricted: readonly [JsonObject, string][] = [
  [container({ ...good, runAsUser: 0 }), 'runAsUser=0 (container "main" must not set runAsUser=0)'],
  [
    container({ ...good, runAsNonRoot: false }),
    'runAsNonRoot != true (container "main" must not set securityContext.runAsNonRoot=false)',
  ],
  [
    { ...container(good), spec: { ...(container(good)["spec"] as JsonObject), volumes: [{ name: "v", nfs: {} }] } },
    'restricted volume types (volume "v" uses restricted volume type "nfs")',
  ],
  [
    container({ ...good, capabilities: { drop: ["ALL"], add: ["CHOWN"] } }),
    'unrestricted capabilities (container "main" must not include "CHOWN" in securityContext.capabilities.add)',
  ],
];

for (const [object, message] of restricted) {
  test(`finds against the restricted standard: ${message}`, async () => {
    const result = await admit(under({ enforce: "restricted" }), request(resources.pods, object));
    assert.equal(result.message, `pods "web" is forbidden: violates PodSecurity "restricted:latest": ${message}`);
    assert.ok((await admit(under({ enforce: "baseline" }), request(resources.pods, object))).object);
  });
}

test("lets good Pods in, and those of a user namespace where only that is missing", async () => {
  assert.ok((await admit(under({ enforce: "restricted" }), request(resources.pods, container(good)))).object);
  const rooted = container({ ...good, runAsNonRoot: false });
  const inside = { ...rooted, spec: { ...(rooted["spec"] as JsonObject), hostUsers: false } };
  assert.ok((await admit(under({ enforce: "restricted" }), request(resources.pods, inside))).object);
  const old = await admit(
    under({ enforce: "restricted", "enforce-version": "v1.34" }),
    request(resources.pods, inside),
  );
  assert.match(old.message!, /"restricted:v1.34": runAsNonRoot != true/);
});

test("warns about templates and never refuses them; enforcing warns too", async () => {
  const deployment = { metadata: { name: "web" }, spec: { template: container({ privileged: true }) } };
  const asked = request(resources.deployments, deployment);
  assert.ok((await admit(under({ enforce: "baseline" }), asked)).object);
  assert.deepEqual(asked.warnings, [
    'would violate PodSecurity "baseline:latest": privileged (container "main" must not set securityContext.privileged=true)',
  ]);
});

test("leaves a Pod alone whose containers stay what they are", async () => {
  const old = pod();
  const asked = request(resources.pods, { ...pod(), x: 1 }, { operation: "UPDATE", old });
  assert.ok((await admit(under({ enforce: "restricted" }), asked)).object);
  const changed = pod({ containers: [{ name: "main", image: "web:2" }] });
  assert.match((await admit(under({ enforce: "restricted" }), { ...asked, object: changed })).message!, /violates/);
});

test("refuses labels that say nothing", async () => {
  const { refused } = await admit(
    under({}),
    request(resources.namespaces, labelled({ enforce: "strict", "warn-version": "1.30" })),
  );
  assert.equal(
    refused?.["message"],
    'Namespace "shop" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.30": must be "latest" or "v1.x"]',
  );
});

test("warns of Pods that are there already when more is enforced", async () => {
  const named = (name: string, object: JsonObject): JsonObject => ({
    ...object,
    metadata: { name, namespace: "shop" },
  });
  const pods = [
    named("b", container({ privileged: true })),
    named("a", container({ privileged: true })),
    named("c", pod({ hostIPC: true })),
  ];
  const asked = request(resources.namespaces, labelled({ enforce: "baseline" }), {
    operation: "UPDATE",
    old: labelled({}),
  });
  await admit(under({}, pods), asked);
  assert.deepEqual(asked.warnings, [
    'existing pods in namespace "shop" violate the new PodSecurity enforce level "baseline:latest"',
    "a (and 1 other pod): privileged",
    "c: host namespaces",
  ]);
});
