/** What deploy/ installs for the sidecars: the chart by Helm, the base by kubectl, both on a real API server. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { get, isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream, print, refKey, refOf, type KrmObject } from "@fairlead/krm";
import { kubeconfigText, readAccess } from "../../scripts/real/access.ts";
import { ensureTool } from "../../scripts/real/ensure-tool.ts";
import { execute, type Execution } from "../../scripts/real/execute.ts";
import { runHelm } from "../../scripts/real/run-helm.ts";
import { root } from "../../scripts/build/workspace.ts";

const { plane, programs } = readAccess();
const chart = path.join(root, "deploy", "charts", "fairlead");
const base = path.join(root, "deploy", "sidecars");
const namespace = "fairlead-sidecars";
let folder: string;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "sidecars-deploy-"));
  await ensureTool("helm");
  writeFileSync(path.join(folder, "kubeconfig"), kubeconfigText(plane), { mode: 0o600 });
});
after(() => rmSync(folder, { recursive: true, force: true }));

const helm = (...parameters: readonly string[]): Promise<Execution> => runHelm(folder, parameters);

async function rendered(values: JsonObject = {}): Promise<ReadonlyMap<string, KrmObject>> {
  const file = path.join(folder, "values.yaml");
  writeFileSync(file, print(values));
  const kubernetes = ["--kube-version", "1.36.3", "--namespace", namespace];
  const { status, stdout, stderr } = await helm("template", "fairlead", chart, "--values", file, ...kubernetes);
  assert.equal(status, 0, stderr);
  return byName(stdout, "the chart");
}

async function refused(values: JsonObject): Promise<string> {
  const file = path.join(folder, "values.yaml");
  writeFileSync(file, print(values));
  const { status, stderr } = await helm("template", "fairlead", chart, "--values", file, "--kube-version", "1.36.3");
  assert.notEqual(status, 0);
  return stderr;
}

function byName(text: string, file: string): ReadonlyMap<string, KrmObject> {
  const { documents, findings } = parseStream(text, { file });
  assert.deepEqual(findings, []);
  const objects = documents.map(({ value }) => value as unknown as KrmObject);
  return new Map(objects.filter(isObject).map((object) => [refKey(refOf(object)), object]));
}

/** Without what Helm alone needs. */
function common(object: KrmObject): JsonValue {
  const copy = structuredClone(object) as JsonObject;
  const metadata = copy["metadata"] as JsonObject;
  const labels: JsonObject = {};
  for (const [key, value] of Object.entries((metadata["labels"] ?? {}) as JsonObject)) {
    if (key !== "helm.sh/chart" && key !== "app.kubernetes.io/managed-by") setOwn(labels, key, value);
  }
  metadata["labels"] = labels;
  const annotations = get(get(get(copy["spec"], "template"), "metadata"), "annotations");
  if (isObject(annotations)) delete annotations["checksum/policy"];
  return copy;
}

const find = (objects: ReadonlyMap<string, KrmObject>, kind: string): KrmObject => {
  const found = [...objects.values()].find((object) => object.kind === kind);
  assert.ok(found !== undefined, `no ${kind} in ${[...objects.keys()].join(", ")}`);
  return found;
};
const argsOf = (objects: ReadonlyMap<string, KrmObject>): string[] => {
  const pod = get(get(find(objects, "Deployment")["spec"], "template"), "spec");
  return (get(pod, "containers") as JsonObject[])[0]!["args"] as string[];
};
const rightsOf = (objects: ReadonlyMap<string, KrmObject>): string[] =>
  (find(objects, "ClusterRole")["rules"] as { apiGroups: string[]; resources: string[]; verbs: string[] }[]).flatMap(
    ({ apiGroups, resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${apiGroups[0]}/${resource}`)),
  );

describe("the chart", () => {
  test("passes helm lint --strict", async () => {
    const { status, stdout } = await helm("lint", "--strict", "--kube-version", "1.36.3", chart);
    assert.equal(status, 0, stdout);
  });

  test("makes the same objects as the kustomize base", async () => {
    const ofChart = await rendered();
    const { stdout, stderr, status } = await execute(programs.kubectl, ["kustomize", base], {
      env: { PATH: process.env["PATH"], HOME: folder },
      timeoutMs: 60_000,
    });
    assert.equal(status, 0, stderr);
    const ofBase = new Map(byName(stdout, "the base"));
    // Helm makes the namespace itself, with --create-namespace.
    for (const [key, object] of ofBase) if (object.kind === "Namespace") ofBase.delete(key);
    assert.deepEqual([...ofChart.keys()].sort(), [...ofBase.keys()].sort());
    for (const [key, object] of ofChart) assert.deepEqual(common(object), common(ofBase.get(key)!), key);
  });

  test("gives the right to evict, and to ask by dry run, only where that is asked for", async () => {
    const extra = ["create /pods/eviction", "create /pods"];
    const given = async (policy: JsonObject) => {
      const rights = rightsOf(await rendered({ sidecars: { policy } }));
      return extra.filter((right) => rights.includes(right));
    };
    assert.deepEqual(await given({}), []);
    assert.deepEqual(await given({ restart: { mode: "evict" } }), ["create /pods/eviction"]);
    assert.deepEqual(await given({ restart: { unknownOwners: "evict" } }), ["create /pods/eviction"]);
    assert.deepEqual(await given({ oracle: { ask: "dry-run" } }), ["create /pods"]);
    const dry = rightsOf(await rendered({ sidecars: { policy: { restart: { mode: "evict", dryRun: true } } } }));
    assert.deepEqual(
      dry.filter((right) => !/^(get|list|watch) /.test(right) && !right.includes("events.k8s.io")),
      [],
    );
  });

  test("reads Secrets only where it looks after registered clusters, and only theirs", async () => {
    const namespacesOf = (objects: ReadonlyMap<string, KrmObject>): (string | undefined)[] =>
      [...objects.values()]
        .filter((object) => JSON.stringify(object["rules"] ?? []).includes('"secrets"'))
        .map(({ kind, metadata }) => `${kind} ${metadata.namespace}`);
    const alone = await rendered();
    assert.deepEqual([namespacesOf(alone), argsOf(alone).includes("--registry")], [[], false]);
    const fleet = await rendered({ sidecars: { registry: true } });
    assert.deepEqual([namespacesOf(fleet), argsOf(fleet).includes("--registry")], [["Role fairlead-mesh"], true]);
  });

  test("takes the predecessor's values as they are, also the zeros that it ignored", async () => {
    const fortsaOptions = {
      dryRun: false,
      compareHub: true,
      restartDelay: 0,
      istiodConfigReadDelay: "10s",
      reconcilePeriod: "10h",
      annotationCooldown: "5m",
      skipNamespaces: ["kube-system", "istio-system"],
    };
    const args = argsOf(await rendered({ fortsaOptions }));
    assert.deepEqual(args.slice(args.indexOf("--compat-flags") + 1).sort(), [
      "--annotation-cooldown=5m",
      "--compare-hub=true",
      "--dry-run=false",
      "--istiod-config-read-delay=10s",
      "--reconcile-period=10h",
      "--restart-delay=0",
      "--skip-namespaces=kube-system,istio-system",
    ]);
    assert.ok(!args.includes("--config"));
    assert.match(await refused({ fortsaOptions: { restartDely: "1s" } }), /restartDely: there is no such option/);
    assert.match(
      await refused({ fortsaOptions: { dryRun: true }, sidecars: { policy: { compat: "fortsa" } } }),
      /cannot both be set/,
    );
  });

  test("heeds replicas, variables, pull secrets and scheduling, which the predecessor's declared and ignored", async () => {
    const objects = await rendered({
      image: { pullSecrets: [{ name: "pull" }], digest: `sha256:${"a".repeat(64)}` },
      sidecars: {
        replicas: 3,
        env: [{ name: "FORTSA_DRY_RUN", value: "true" }],
        priorityClassName: "system-cluster-critical",
        nodeSelector: { pool: "infra" },
        tolerations: [{ operator: "Exists" }],
      },
    });
    const spec = find(objects, "Deployment")["spec"];
    const pod = get(get(spec, "template"), "spec");
    assert.equal(get(spec, "replicas"), 3);
    assert.deepEqual(get(pod, "imagePullSecrets"), [{ name: "pull" }]);
    assert.equal(get(pod, "priorityClassName"), "system-cluster-critical");
    assert.deepEqual(get(pod, "nodeSelector"), { pool: "infra" });
    assert.deepEqual(get(pod, "tolerations"), [{ operator: "Exists" }]);
    const [container] = get(pod, "containers") as JsonObject[];
    assert.equal(container!["image"], `registry.example/fairlead@sha256:${"a".repeat(64)}`);
    assert.deepEqual(container!["env"], [{ name: "FORTSA_DRY_RUN", value: "true" }]);
  });

  test("says of a value that there is not, where it stands", async () => {
    assert.match(await refused({ sidecars: { replica: 2 } }), /replica/);
    assert.match(await refused({ sidecars: { replicas: "two" } }), /replicas/);
  });

  test("is installed, upgraded and removed on a real cluster, and leaves nothing", async () => {
    const flags = ["--namespace", namespace, "--create-namespace", "--set", "sidecars.replicas=0"];
    // The role for the control plane's ConfigMaps lies in its namespace.
    const kubectl = async (...args: string[]): Promise<Execution> =>
      execute(programs.kubectl, args, {
        env: { PATH: process.env["PATH"], HOME: folder, KUBECONFIG: path.join(folder, "kubeconfig") },
        timeoutMs: 60_000,
      });
    await kubectl("create", "namespace", "istio-system");
    try {
      const copy = path.join(folder, "chart");
      cpSync(chart, copy, { recursive: true });
      const installed = await helm("install", "fairlead", copy, ...flags);
      assert.equal(installed.status, 0, installed.stderr);
      const can = async (...what: string[]): Promise<string> => {
        const account = `system:serviceaccount:${namespace}:fairlead-sidecars`;
        return (await kubectl("auth", "can-i", ...what, "--as", account)).stdout.trim();
      };
      assert.equal(await can("patch", "deployments.apps", "-n", "shop"), "yes");
      assert.equal(await can("watch", "configmaps", "-n", "istio-system"), "yes");
      assert.equal(await can("watch", "configmaps", "-n", "shop"), "no");
      assert.equal(await can("get", "secrets", "-n", namespace), "no");
      assert.equal(await can("delete", "pods", "-n", "shop"), "no");
      assert.equal(await can("create", "pods/eviction", "-n", "shop"), "no");
      const evict = ["--set", "sidecars.policy.restart.mode=evict"];
      const upgraded = await helm("upgrade", "fairlead", copy, ...flags, ...evict);
      assert.equal(upgraded.status, 0, upgraded.stderr);
      assert.equal(await can("create", "pods", "--subresource=eviction", "-n", "shop"), "yes");
      const removed = await helm("uninstall", "fairlead", "--namespace", namespace, "--wait");
      assert.equal(removed.status, 0, removed.stderr);
      const left = await kubectl("get", "clusterroles,clusterrolebindings,roles,deployments", "-A", "-o", "name");
      assert.doesNotMatch(left.stdout, /fairlead-sidecars/);
    } finally {
      await kubectl("delete", "namespace", namespace, "istio-system", "--ignore-not-found", "--wait=false");
    }
  });
});

test("the base's Deployment runs under the account that rbac.yaml makes", () => {
  const access = byName(readFileSync(path.join(base, "rbac.yaml"), "utf8"), "rbac.yaml");
  const objects = byName(readFileSync(path.join(base, "sidecars.yaml"), "utf8"), "sidecars.yaml");
  assert.ok(objects.size >= 4 && [...objects.keys()].some((key) => key.includes("Deployment")));
  const pod = get(get(find(objects, "Deployment")["spec"], "template"), "spec");
  assert.equal(get(pod, "serviceAccountName"), find(access, "ServiceAccount").metadata.name);
});
