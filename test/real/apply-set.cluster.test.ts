import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { get } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import {
  accessOf,
  applySetId,
  createClient,
  deleteApplySet,
  diffApplySet,
  parentState,
  planFor,
  runApply,
  waitFor,
  type ApplySetOptions,
  type Resource,
  type RunOptions,
  type RunResult,
} from "@fairlead/kube";
import { readAccess } from "../../scripts/real/access.ts";
import { formatWrite, writesDuring } from "../../scripts/real/writes.ts";

const { plane, programs } = readAccess();
const userAgent = `apply-set-test/${process.pid}`;
const client = createClient(accessOf({ name: "real", server: plane.url, ca: plane.certificate, token: plane.token }), {
  userAgent,
});
const run = promisify(execFile);
const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const namespaces: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };
const deployments: Resource = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};

const made: string[] = [];

/** A namespace of the test's own, which is removed in the end. */
async function space(name: string): Promise<string> {
  const full = `${name}-${process.pid}`;
  made.push(full);
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: full } });
  return full;
}

after(async () => {
  for (const name of made) await client.delete(namespaces, { name }).catch(() => undefined);
  await client.close();
});

function optionsIn(namespace: string, changes: Partial<ApplySetOptions> = {}): ApplySetOptions {
  return {
    parent: { resource: configMaps, key: { namespace, name: "set" } },
    fieldManager: "fairlead/apply",
    tooling: "fairlead/v0.1.0",
    prune: true,
    adopt: false,
    complete: true,
    namespace,
    ...changes,
  };
}

async function apply(
  desired: readonly KrmObject[],
  options: ApplySetOptions,
  how: RunOptions = {},
): Promise<RunResult> {
  return runApply(client, await planFor(client, desired, options), how);
}

/** What the API server's audit log has of our writes. */
async function writesOf(work: () => Promise<unknown>): Promise<string[]> {
  const writes = await writesDuring(plane, work, { userAgent: new RegExp(userAgent) });
  return writes.map(formatWrite);
}

function kubectl(...words: string[]): Promise<{ stdout: string; stderr: string }> {
  return run(programs.kubectl, ["--kubeconfig", plane.kubeconfig, ...words], {
    env: { ...process.env, KUBECTL_APPLYSET: "true" },
  });
}

function configMap(name: string, data: { [key: string]: string } = { a: "1" }): KrmObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
}

/** With everything that the server writes in a form of its own. */
function web(image = "web:1"): KrmObject[] {
  const labels = { app: "web" };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "web" } },
    { apiVersion: "v1", kind: "Secret", metadata: { name: "web" }, stringData: { token: "hunter2" } },
    configMap("web"),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", annotations: {} },
      spec: {
        selector: labels,
        ports: [
          { name: "http", port: 80, targetPort: "http" },
          { name: "udp", port: 80, protocol: "UDP" },
        ],
      },
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "web" },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "web" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "web" },
      subjects: [{ kind: "ServiceAccount", name: "web" }],
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", creationTimestamp: null } as unknown as KrmObject["metadata"],
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: "web",
            containers: [
              {
                name: "web",
                image,
                env: [
                  { name: "EMPTY", value: "" },
                  { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
                ],
                ports: [{ name: "http", containerPort: 8080 }],
                resources: { limits: { cpu: "1000m", memory: "1024Mi" }, requests: { cpu: 0.5 } },
                volumeMounts: [{ name: "config", mountPath: "/config" }],
              },
            ],
            volumes: [{ name: "config", configMap: { name: "web" } }],
          },
        },
      },
    },
    {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 2,
        maxReplicas: 3,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
        ],
      },
    },
  ];
}

test("applies, waits, and writes nothing the second time; a changed image is one write; pruning deletes", async () => {
  const namespace = await space("twice");
  const options = optionsIn(namespace);
  const first = await apply(web(), options);
  assert.deepEqual([first.ok, first.findings], [true, []]);
  const ready = await waitFor(
    client,
    first.steps.map(({ step }) => step.object),
    { condition: "ready", deadlineMs: 60_000 },
  );
  assert.deepEqual([ready.ok, ready.findings], [true, []]);

  const second: RunResult[] = [];
  assert.deepEqual(await writesOf(async () => second.push(await apply(web(), options))), []);
  assert.deepEqual([second[0]!.ok, second[0]!.writes], [true, 0]);
  const none = await diffApplySet(client, web(), options);
  assert.deepEqual([none.objects, none.findings], [[], []]);

  assert.deepEqual(await writesOf(() => apply(web("web:2"), options)), [`patch deployments ${namespace}/web 200`]);

  const less = web("web:2").filter(({ kind }) => kind !== "Service" && kind !== "HorizontalPodAutoscaler");
  const writes = await writesOf(() => apply(less, options));
  assert.deepEqual(writes, [
    `delete horizontalpodautoscalers ${namespace}/web 200`,
    `delete services ${namespace}/web 200`,
    `patch configmaps ${namespace}/set 200`,
  ]);
  const result = await deleteApplySet(client, options);
  assert.deepEqual([result.ok, result.parent], [true, "deleted"]);
  const gone = await waitFor(
    client,
    web().map((object) => ({ ...object, name: object.metadata.name!, namespace })),
    {
      condition: "deleted",
      deadlineMs: 60_000,
    },
  );
  assert.ok(gone.ok);
});

test("kubectl diff finds no difference in what was applied", async () => {
  const namespace = await space("kdiff");
  const options = optionsIn(namespace);
  const objects = web();
  assert.ok((await apply(objects, options)).ok);
  const plan = await planFor(client, objects, options);
  const file = path.join(plane.folder, `kdiff-${process.pid}.json`);
  writeFileSync(
    file,
    JSON.stringify({ apiVersion: "v1", kind: "List", items: plan.steps.map(({ desired }) => desired) }),
  );
  const { stdout } = await kubectl("diff", "--server-side", "--field-manager=fairlead/apply", "-f", file);
  assert.equal(stdout, "");
});

test("kubectl refuses our set by its tooling, and we refuse kubectl's until it is adopted", async () => {
  const namespace = await space("tooling");
  const options = optionsIn(namespace);
  assert.ok((await apply([configMap("ours")], options)).ok);
  const file = path.join(plane.folder, `tooling-${process.pid}.json`);
  writeFileSync(file, JSON.stringify(configMap("theirs")));
  const prune = ["apply", "-n", namespace, "--server-side", "--prune", "-f", file];
  await assert.rejects(
    kubectl(...prune, "--applyset=configmaps/set"),
    /managed by tooling "fairlead" instead of "kubectl"/,
  );

  await kubectl(...prune, "--applyset=configmaps/kubectl-set");
  const theirs = optionsIn(namespace, { parent: { resource: configMaps, key: { namespace, name: "kubectl-set" } } });
  const refused = await apply([configMap("theirs", { a: "2" })], theirs);
  assert.deepEqual([refused.ok, refused.writes], [false, 0]);
  assert.match(
    refused.findings.map(({ message }) => message).join("\n"),
    /is an apply set of kubectl\/v1[^ ]*, not of fairlead/,
  );

  const adopted = await apply([configMap("theirs", { a: "2" })], { ...theirs, adopt: true });
  assert.deepEqual([adopted.ok, adopted.findings.map(({ code }) => code).sort()], [true, ["FL719", "FL719"]]);
  const parent = await client.get(configMaps, { namespace, name: "kubectl-set" });
  assert.equal(parentState(parent).tooling, "fairlead/v0.1.0");
  assert.equal(parentState(parent).id, applySetId(theirs.parent));
  await assert.rejects(kubectl(...prune, "--applyset=configmaps/kubectl-set"), /managed by tooling "fairlead"/);
  assert.equal((await apply([configMap("theirs", { a: "2" })], theirs)).writes, 0);
});

test("names whose an object is, and which manager owns a field", async () => {
  const namespace = await space("owners");
  const options = optionsIn(namespace);
  const file = path.join(plane.folder, `owners-${process.pid}.json`);
  writeFileSync(file, JSON.stringify(configMap("theirs")));
  await kubectl("apply", "-n", namespace, "-f", file);
  const foreign = await apply([configMap("theirs", { a: "2" })], options);
  assert.deepEqual([foreign.ok, foreign.writes, foreign.findings[0]!.code], [false, 0, "FL702"]);
  assert.match(foreign.findings[0]!.message, /field manager kubectl-client-side-apply/);

  assert.ok((await apply(web(), options)).ok);
  await kubectl("scale", "-n", namespace, "deployment/web", "--replicas=5");
  const conflict = await apply(web(), options);
  assert.deepEqual([conflict.ok, conflict.writes, conflict.findings[0]!.code], [false, 0, "FL704"]);
  assert.match(conflict.findings[0]!.message, /spec\.replicas set to another value by kubectl/);
  const shown = await diffApplySet(client, web(), options);
  assert.deepEqual(
    shown.objects.map(({ step, changes }) => [step.object.kind, changes.map(({ path: where }) => where.join("."))]),
    [["Deployment", ["spec.replicas"]]],
  );
  const forced = await apply(web(), { ...options, adopt: true });
  assert.ok(forced.ok);
  assert.equal(get(get(await client.get(deployments, { namespace, name: "web" }), "spec"), "replicas"), 2);
});

test("removes what is no longer declared from an object that kubectl had applied before it was adopted", async () => {
  const namespace = await space("former");
  const options = optionsIn(namespace);
  const file = path.join(plane.folder, `former-${process.pid}.json`);
  writeFileSync(file, JSON.stringify(configMap("former", { a: "1", b: "2" })));
  await kubectl("apply", "-n", namespace, "-f", file);
  const adopted = await apply([configMap("former", { a: "1", b: "2" })], { ...options, adopt: true });
  assert.deepEqual([adopted.ok, adopted.findings.map(({ code }) => code)], [true, ["FL719"]]);
  const again = await apply([configMap("former", { a: "1", b: "2" })], { ...options, adopt: true });
  assert.deepEqual([again.ok, again.writes], [true, 0]);
  assert.ok((await apply([configMap("former")], options)).ok);
  assert.deepEqual((await client.get(configMaps, { namespace, name: "former" }))["data"], { a: "1" });
});

test("names the field that cannot change, and what to do", async () => {
  const namespace = await space("fixed");
  const options = optionsIn(namespace);
  const job = (image: string): KrmObject => ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "once" },
    spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "once", image }] } } },
  });
  const service = (clusterIP: string): KrmObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "fixed" },
    spec: { clusterIP, ports: [{ port: 80 }] },
  });
  assert.ok((await apply([job("a:1"), service("10.96.7.71")], options)).ok);
  const result = await apply([job("a:2"), service("10.96.7.72")], options);
  assert.equal(result.ok, false);
  const found = new Map(result.findings.map((finding) => [finding.object?.kind, finding]));
  assert.equal(found.get("Service")!.code, "FL710", found.get("Service")!.message);
  assert.match(found.get("Service")!.message, /spec\.clusterIPs\[0\] cannot be changed/);
  const other = await apply([job("a:2"), service("10.96.7.71")], options);
  assert.equal(other.findings[0]!.code, "FL710");
  assert.match(other.findings[0]!.message, /spec\.template cannot be changed/);
  assert.match(other.findings[0]!.hint!, /under another name/);
});

test("applies a namespace and its content, a definition and its objects, in one go, and deletes it all", async () => {
  const name = `bundle-${process.pid}`;
  const group = `p${process.pid}.example.org`;
  const objects: KrmObject[] = [
    ...web(),
    { apiVersion: `${group}/v1`, kind: "Gadget", metadata: { name: "g" }, spec: { parts: [{ name: "a", size: 1 }] } },
    { apiVersion: "v1", kind: "Pod", metadata: { name: "bare" }, spec: { containers: [{ name: "a", image: "a" }] } },
    { apiVersion: "v1", kind: "Namespace", metadata: { name } },
    {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `gadgets.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { kind: "Gadget", plural: "gadgets", singular: "gadget", listKind: "GadgetList" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: gadgetSchema } }],
      },
    },
  ];
  const options = optionsIn(name, { allow: ["delete-namespace", "delete-crd"] });
  const shown = await diffApplySet(client, objects, options);
  assert.deepEqual(shown.objects.length, objects.length);
  assert.deepEqual([...new Set(shown.findings.map(({ code }) => code))], ["FL718"]);
  const first = await apply(objects, options);
  assert.deepEqual([first.ok, first.findings], [true, []]);
  assert.deepEqual(await writesOf(() => apply(objects, options)), []);
  const unknown = objects.map((one) => (one.kind === "Gadget" ? { ...one, spec: { colour: "blue" } } : one));
  const refused = await apply(unknown, options);
  assert.deepEqual(
    refused.findings.map(({ code }) => code),
    ["FL711"],
  );
  assert.match(refused.findings[0]!.message, /spec\.colour/);
  const result = await deleteApplySet(client, options);
  assert.deepEqual([result.ok, result.findings], [true, []]);
  const gone = await waitFor(client, [{ apiVersion: "v1", kind: "Namespace", name }], {
    condition: "deleted",
    deadlineMs: 60_000,
  });
  assert.ok(gone.ok, JSON.stringify(gone.findings));
});

const gadgetSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        color: { type: "string", default: "red" },
        parts: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            required: ["name"],
            properties: { name: { type: "string" }, size: { type: "integer" }, unit: { type: "string", default: "m" } },
          },
        },
      },
    },
  },
};

test("says what the Pods of a workload say that does not become ready", async () => {
  const namespace = await space("stuck");
  const [deployment] = web().filter(({ kind }) => kind === "Deployment");
  const spec = deployment!["spec"] as { template: { spec: { [field: string]: unknown } } };
  const template = { ...spec.template, spec: { ...spec.template.spec, nodeSelector: { "no/such": "node" } } };
  const stuck = { ...deployment!, spec: { ...spec, template } } as KrmObject;
  const first = await apply(
    [stuck, ...web().filter(({ kind }) => kind === "ServiceAccount" || kind === "ConfigMap")],
    optionsIn(namespace),
  );
  assert.ok(first.ok);
  const target = { apiVersion: "apps/v1", kind: "Deployment", namespace, name: "web" };
  const result = await waitFor(client, [target], { condition: "ready", deadlineMs: 3_000 });
  assert.deepEqual([result.ok, result.ended], [false, "deadline"]);
  assert.match(result.findings[0]!.message, /; Pod web-[^ ]+: Unschedulable: .*node\(s\)/);
});

test("people who work on one set at once lose no member from sight", async (t) => {
  const namespace = await space("together");
  const options = optionsIn(namespace);
  const account: KrmObject = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "a" } };
  const secret: KrmObject = { apiVersion: "v1", kind: "Secret", metadata: { name: "a" }, stringData: { a: "1" } };
  const role: KrmObject = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "a" },
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
  };
  const pool = [configMap("a"), account, secret, role];
  const kinds = await Promise.all(pool.map((one) => client.discovery.resource(one)));
  const labelSelector = `applyset.kubernetes.io/part-of=${applySetId(options.parent)}`;
  const members = async (): Promise<string[]> => {
    const lists = await Promise.all(kinds.map((kind) => client.list(kind, { namespace, labelSelector })));
    return lists.flatMap(({ items }, index) => items.map(() => kinds[index]!.kind)).sort();
  };
  let wrote = 0;
  for (let round = 0; round < 16; round++) {
    const some = (by: number): KrmObject[] => pool.filter((_, index) => ((round * 5 + by * 7) >> index) % 2 === 1);
    const works = [apply(some(1), options), apply(some(2), options)];
    if (round % 4 === 3) works.push(deleteApplySet(client, options));
    for (const { writes } of await Promise.all(works)) wrote += writes;
    const parent = await client.find(configMaps, options.parent.key);
    const named = parent === undefined ? [] : (parentState(parent).kinds ?? []);
    const lost = (await members()).filter((kind) => !named.some((one) => one.split(".")[0] === kind));
    assert.deepEqual(lost, [], `round ${round}: the parent names ${named.join()}`);
  }
  t.diagnostic(`16 rounds, ${wrote} writes`);
  assert.ok((await apply([configMap("a")], options)).ok);
  assert.deepEqual(await members(), ["ConfigMap"]);
  assert.equal((await apply([configMap("a")], options)).writes, 0);
});
