import assert from "node:assert/strict";
import { test } from "node:test";
import { get, valueAt } from "@fairlead/apimachinery";
import { flattenLists, parseStream, type KrmObject } from "@fairlead/krm";
import { importObjects } from "../../src/import/import.ts";
import { roundTrip } from "./compare.ts";
import { cases, deployment, service } from "./kinds-cases.ts";

function objects(text: string): KrmObject[] {
  const { documents, findings } = parseStream(text, { file: "input.yaml" });
  assert.deepEqual(findings, []);
  return flattenLists(documents).map(({ value }) => value as KrmObject);
}

for (const { name, input, declared, untouched, reason, has, lacks } of cases) {
  test(`imports ${name}`, async () => {
    const result = await roundTrip(objects(input));
    const titles = (list: readonly KrmObject[]) => list.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
    assert.deepEqual(titles(result.imported.declarations), declared, JSON.stringify(result.imported.findings, null, 1));
    assert.deepEqual(
      titles(result.imported.untouched),
      [...(untouched ?? [])].sort(),
      JSON.stringify(result.imported.findings, null, 1),
    );
    assert.deepEqual(result.differences, []);
    assert.deepEqual(result.errors, []);
    const text = JSON.stringify(result.imported.declarations);
    for (const pattern of has ?? []) assert.match(text, pattern);
    for (const pattern of lacks ?? []) assert.doesNotMatch(text, pattern);
    const messages = result.imported.findings.filter(({ code }) => code === "FL501").map(({ message }) => message);
    if (untouched !== undefined && declared.length === 0) assert.equal(messages.length >= untouched.length, true);
    if (reason !== undefined)
      assert.equal(
        messages.some((message) => reason.test(message)),
        true,
        messages.join("\n"),
      );
  });
}

const pod = `
      hostAliases: [{ip: 10.0.0.1, hostnames: [a]}]
      nodeSelector: {disk: ssd}
      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}
      tolerations: [{key: a, operator: Equal, value: b, effect: NoSchedule}]
      topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}}]
      imagePullSecrets: [{name: pull}]
      dnsConfig: {nameservers: [1.1.1.1], options: [{name: ndots, value: "2"}]}
      securityContext: {runAsUser: 1000, fsGroup: 2000, sysctls: [{name: net.core.somaxconn, value: "1"}], seLinuxOptions: {level: x}}
      readinessGates: [{conditionType: a/b}]
      runtimeClassName: gvisor
      enableServiceLinks: false
      shareProcessNamespace: true
      initContainers:
      - {name: init, image: "i:1", command: [sh], args: [-c, "echo $(A)"], envFrom: [{secretRef: {name: s}}, {configMapRef: {name: c}}]}
      - {name: proxy, image: "p:1", restartPolicy: Always, startupProbe: {exec: {command: ["true"]}}}
      containers:
      - name: web
        image: web:1
        env:
        - {name: A, value: "1"}
        - {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: C, valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}}
        - {name: D, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
        - {name: E}
        envFrom: [{configMapRef: {name: c}}, {secretRef: {name: s}}]
        ports: [{name: http, containerPort: 8080}, {containerPort: 53, protocol: UDP}]
        readinessProbe: {httpGet: {path: /, port: http, httpHeaders: [{name: a, value: b}]}, periodSeconds: 3}
        livenessProbe: {tcpSocket: {port: 8080}}
        startupProbe: {grpc: {port: 9000, service: s}, failureThreshold: 30}
        lifecycle: {preStop: {sleep: {seconds: 3}}, postStart: {exec: {command: [a]}}}
        securityContext: {capabilities: {add: [NET_ADMIN], drop: [ALL]}, runAsNonRoot: true, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false}
        resources: {limits: {cpu: "1", memory: 1Gi, nvidia.com/gpu: "1"}, requests: {cpu: 100m, ephemeral-storage: 1Gi}}
        volumeMounts: [{name: a, mountPath: /a, subPathExpr: $(A)}]
        volumeDevices: [{name: dev, devicePath: /dev/x}]
        stdin: true
        tty: true
        workingDir: /w
        terminationMessagePolicy: FallbackToLogsOnError
      - {name: sidecar, image: "s:1", resources: {requests: {cpu: 10m}}, envFrom: [{prefix: P_, configMapRef: {name: c}}]}
      volumes:
      - {name: a, emptyDir: {medium: Memory, sizeLimit: 1Gi}}
      - {name: b, configMap: {name: c, items: [{key: k, path: p, mode: 256}], optional: true}}
      - {name: c, secret: {secretName: s, defaultMode: 256}}
      - {name: d, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
      - {name: e, projected: {sources: [{serviceAccountToken: {path: t, audience: x}}, {clusterTrustBundle: {name: b, path: p}}, {secret: {name: s}}]}}
      - {name: f, hostPath: {path: /x, type: DirectoryOrCreate}}
      - {name: dev, persistentVolumeClaim: {claimName: p, readOnly: true}}
      - {name: h, nfs: {server: nas, path: /}}
      - {name: i, csi: {driver: d, volumeAttributes: {a: b}}}
      - {name: j, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}
      - {name: k, iscsi: {targetPortal: t, iqn: "iqn.2001-04.com.example:disk", lun: 0}}
      - {name: l, image: {reference: "r:1", pullPolicy: Always}}`;

test("keeps every field of a pod with several containers and all kinds of volumes", async () => {
  const input = deployment().replace('\n      containers: [{name: web, image: "web:1"}]', pod);
  const result = await roundTrip(objects(input));
  assert.deepEqual(result.differences, []);
  assert.deepEqual(result.errors, []);
  assert.equal(result.imported.declarations.length, 1, JSON.stringify(result.imported.findings, null, 1));
  assert.equal(result.imported.untouched.length, 0);
  const containers = get(result.imported.declarations[0]!["spec"], "containers");
  assert.deepEqual(Array.isArray(containers) && containers.map((one) => get(one, "configs")), [["c"], undefined]);
});

test("turns hardening on where a workload has it already, and names the rest", async () => {
  const input = deployment(
    "",
    "web",
    "\n      automountServiceAccountToken: false\n      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}",
  ).replace(
    'image: "web:1"',
    'image: "web:1", securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}',
  );
  const { imported } = await roundTrip(objects(input));
  assert.equal(get(imported.declarations[0]!["spec"], "hardening"), undefined);
  const plain = await roundTrip(objects(deployment()));
  const [finding] = plain.imported.findings.filter(({ code }) => code === "FL500");
  for (const name of ["nonRoot", "seccomp", "dropCapabilities", "resources"])
    assert.match(finding!.message, new RegExp(name));
  assert.equal(plain.imported.findings.filter(({ code }) => code === "FL500").length, 1);
});

test("importing what was imported changes nothing more", async () => {
  const first = await roundTrip(objects(deployment() + service("web", "{app: web}")));
  const again = await roundTrip(first.rendered);
  assert.deepEqual(again.imported.declarations, first.imported.declarations);
});

test("leaves what is Fairlead's, and what it does not know, as it is", async () => {
  const input = `
apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: web}
spec: {containers: [{name: web, image: "w:1", resources: unlimited}]}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: w}
spec: {a: [], b: {}, c: null}
`;
  const imported = await importObjects(objects(input).map((object) => ({ object, file: "x" })));
  assert.deepEqual(imported.declarations, []);
  assert.deepEqual(imported.findings, []);
  assert.deepEqual(imported.untouched.find(({ kind }) => kind === "Widget")!["spec"], { a: [], b: {}, c: null });
});

test("reports what is no object", async () => {
  for (const object of [7, null, [], { kind: "Deployment" }, { apiVersion: "v1", kind: "X", metadata: 3 }]) {
    const { findings } = await importObjects([{ object, file: "x.yaml" }]);
    assert.deepEqual(
      findings.map(({ code, file }) => [code, file]),
      [["FL505", "x.yaml"]],
    );
  }
});

const served = (ports: string, more = "") => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        ports: [{name: http, containerPort: 8000}]${more}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: ${ports}}
`;
const probe = "httpGet: {path: /healthz, port: http}, timeoutSeconds: 2";

test("writes http where it stands for exactly the port, the Service and the probes", async () => {
  const probes = `
        readinessProbe: {${probe}, periodSeconds: 5}
        livenessProbe: {${probe}, periodSeconds: 10}
        startupProbe: {${probe}, periodSeconds: 2, failureThreshold: 60}
        lifecycle: {preStop: {sleep: {seconds: 5}}}`;
  const whole = await roundTrip(objects(served("[{name: http, port: 8000, targetPort: http}]", probes)));
  assert.deepEqual(whole.differences, []);
  const spec = whole.imported.declarations[0]!["spec"];
  assert.deepEqual(valueAt(spec, ["containers", 0, "http"]), { port: 8000, path: "/healthz" });
  for (const field of ["ports", "readinessProbe", "livenessProbe", "startupProbe"])
    assert.equal(valueAt(spec, ["containers", 0, field]), undefined, field);
  assert.equal(get(spec, "service"), undefined);
});

test("writes http without probes where the workload has none, or others", async () => {
  const bare = await roundTrip(objects(served("[{name: http, port: 80, targetPort: http}]")));
  assert.deepEqual(bare.differences, []);
  assert.deepEqual(valueAt(bare.imported.declarations[0]!["spec"], ["containers", 0, "http"]), {
    port: 8000,
    servicePort: 80,
    probe: false,
  });
  const own = await roundTrip(
    objects(
      served("[{name: http, port: 80, targetPort: http}]", `\n        readinessProbe: {${probe}, periodSeconds: 7}`),
    ),
  );
  assert.deepEqual(own.differences, []);
  assert.equal(valueAt(own.imported.declarations[0]!["spec"], ["containers", 0, "readinessProbe", "periodSeconds"]), 7);
});

test("keeps ports that http would change", async () => {
  const { imported, differences } = await roundTrip(objects(served("[{port: 80, targetPort: 8000}]")));
  assert.deepEqual(differences, []);
  const spec = imported.declarations[0]!["spec"];
  assert.deepEqual(valueAt(spec, ["service", "ports"]), [{ port: 80, targetPort: 8000 }]);
});
