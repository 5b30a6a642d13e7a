import assert from "node:assert/strict";
import { before, test } from "node:test";
import { equal, get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { admiralKinds } from "../../packages/fairlead/src/kinds/admiral/admiral-kinds.ts";
import { definitions } from "../../packages/fairlead/src/cli/cluster/definitions.ts";
import { defaultRegistry } from "../../packages/fairlead/src/plan/mesh/config/registry-settings.ts";
import { homeAccess, remoteAccess } from "../../packages/fairlead/src/plan/mesh/config/access.ts";
import { admiralSettings, defaultSettings } from "../../packages/fairlead/src/plan/mesh/model/presets.ts";
import { readMeshConfig } from "../../packages/fairlead/src/plan/mesh/config/read-mesh-config.ts";
import { specOf } from "../../packages/fairlead/src/plan/mesh/config/spec-of.ts";
import { presetOf } from "../../packages/fairlead/src/plan/mesh/config/settings-of.ts";
import { loadKind } from "../../packages/fairlead/src/kinds/load.ts";
import type { KrmObject } from "@fairlead/krm";
import { discover } from "../../scripts/real/discovery.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { dryRun, formatVerdict } from "../../scripts/real/dry-run.ts";
import { execute } from "../../scripts/real/execute.ts";
import { installCrds } from "../../scripts/real/install-crds.ts";
import { request } from "../../scripts/real/request.ts";
import { until } from "../../scripts/real/until.ts";
import { accepted } from "../../packages/fairlead/test/schema/admiral-objects.ts";
import { mutations } from "./mutate.ts";

const { plane, programs } = readAccess();
const namespace = "mesh-kinds";
const group = "/apis/admiral.io/v1alpha1";

const send = async (method: "POST" | "PUT" | "GET" | "DELETE", path: string, object?: JsonObject) => {
  const answer = await request(plane, { method, path, ...(object !== undefined && { body: JSON.stringify(object) }) });
  return { status: answer.status, object: JSON.parse(answer.text) as JsonObject };
};

before(async () => {
  await installCrds(plane, await definitions("mesh"));
  await send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
});

test("the server serves every kind of a mesh, by schemas that are structural", async () => {
  const names = [...admiralKinds.map(({ plural }) => `${plural}.admiral.io`), "meshconfigs.fairlead.dev"];
  for (const name of names) {
    const { object } = await send("GET", `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
    const conditions = get(object["status"], "conditions") as { type: string; status: string; message: string }[];
    const bad = conditions.filter((one) => one.type === "NonStructuralSchema" || one.status !== "True");
    assert.deepEqual(bad, [], name);
  }
});

test("what the predecessor's definitions accept is accepted, stored whole, and has a status of its own", async () => {
  for (const [index, [what, kind, body]] of accepted.entries()) {
    const { plural } = admiralKinds.find((one) => one.kind === kind)!;
    const path = `${group}/namespaces/${namespace}/${plural}`;
    const { status: sent, ...rest } = body;
    const name = `accepted-${index}`;
    const object = { apiVersion: "admiral.io/v1alpha1", kind, metadata: { name, namespace }, ...rest };
    const created = await send("POST", `${path}?fieldValidation=Strict`, {
      ...object,
      ...(sent !== undefined && { status: sent }),
    });
    assert.equal(created.status, 201, `${what}: ${JSON.stringify(created.object)}`);
    assert.ok(
      equal(created.object["spec"] ?? {}, rest["spec"] ?? {}),
      `${what}: ${JSON.stringify(created.object["spec"])}`,
    );
    assert.equal(created.object["status"], undefined, `${what}: the status is a subresource`);

    const written: JsonObject = {
      ...(isObject(sent) ? sent : {}),
      observedGeneration: 1,
      conditions: [
        {
          type: "Ready",
          status: "True",
          observedGeneration: 1,
          lastTransitionTime: "2026-01-01T00:00:00Z",
          reason: "Applied",
          message: "",
        },
      ],
      hosts: ["prd.orders.global"],
      clusters: [{ name: "eu-1" }, { name: "us-1", conflicts: ["ServiceEntry x belongs to somebody else"] }],
    };
    const put = await send("PUT", `${path}/${name}/status?fieldValidation=Strict`, {
      ...created.object,
      status: written,
    });
    assert.equal(put.status, 200, `${what}: ${JSON.stringify(put.object)}`);
    assert.ok(equal(put.object["status"]!, written), `${what}: ${JSON.stringify(put.object["status"])}`);
  }
});

test("kubectl shows by short name what became of an object", async () => {
  const parameters = ["--kubeconfig", plane.kubeconfig, "get", "gtp", "-n", namespace];
  const { stdout } = await until("the short name to be published", async () => {
    const shown = await execute(programs.kubectl, parameters);
    return shown.status === 0 && shown;
  });
  assert.match(stdout, /^NAME +IDENTITY +READY +REASON +AGE\n/);
  assert.match(stdout, /accepted-0 +True +Applied/);
});

test("client-side kubectl apply takes the definitions, and again without a change", async () => {
  const crds = JSON.stringify({ apiVersion: "v1", kind: "List", items: await definitions("mesh") });
  const run = () => execute(programs.kubectl, ["--kubeconfig", plane.kubeconfig, "apply", "-f", "-"], { input: crds });
  const first = await run();
  assert.equal(first.status, 0, first.stderr);
  const again = await run();
  const changed = again.stdout.split("\n").filter((line) => line !== "" && !line.endsWith(" unchanged"));
  assert.deepEqual(changed, []);
});

function meshConfigs(): JsonObject[] {
  return ([undefined, "admiral"] as const).map((compat) => {
    const { settings, registry } = presetOf(compat);
    const metadata = { name: compat ?? "default", namespace };
    return {
      apiVersion: "fairlead.dev/v1alpha1",
      kind: "MeshConfig",
      metadata,
      spec: specOf(settings, registry) as unknown as JsonObject,
    };
  });
}

test("both presets, written out, are MeshConfigs to the server", async () => {
  const { example } = await loadKind("MeshConfig");
  const verdicts = await dryRun(plane, [...meshConfigs(), example]);
  assert.deepEqual(verdicts.filter((one) => !one.accepted).map(formatVerdict), []);
});

test("what the server refuses of a changed MeshConfig, Fairlead refuses too", async (t) => {
  const cases = meshConfigs().flatMap((object) => [...mutations(object)]);
  const verdicts = await dryRun(
    plane,
    cases.map((one) => one.object),
  );
  const missed: string[] = [];
  let refused = 0;
  for (const [index, verdict] of verdicts.entries()) {
    if (verdict.accepted) continue;
    refused++;
    // What is wrong with the object's metadata is not a MeshConfig's to say.
    if (cases[index]!.what.includes("metadata")) continue;
    const { findings } = readMeshConfig(verdict.object);
    if (!findings.some(({ severity }) => severity === "error")) missed.push(`${cases[index]!.what}: ${verdict.reason}`);
  }
  t.diagnostic(`${cases.length} changed MeshConfigs, ${refused} refused by the server`);
  assert.ok(refused > 0);
  assert.equal(missed.length, 0, `${missed.length} of ${cases.length} are missed:\n${missed.slice(0, 30).join("\n")}`);
});

function accessObjects(): KrmObject[] {
  return [admiralSettings, defaultSettings, { ...defaultSettings, output: "ambient" as const }].flatMap((settings) => [
    ...remoteAccess(settings),
    ...homeAccess(settings, { ...defaultRegistry, home: "home" }),
  ]);
}

test("the accounts and roles that clusters need are accepted", async () => {
  const verdicts = await dryRun(plane, accessObjects());
  assert.deepEqual(verdicts.filter((one) => !one.accepted).map(formatVerdict), []);
});

test("every resource that a role names is one that the server has, where it serves the group", async () => {
  const served = await discover(plane);
  const rules = accessObjects().flatMap(
    ({ rules: list }) => (list ?? []) as { apiGroups: string[]; resources: string[] }[],
  );
  const named = rules.flatMap(({ apiGroups: [of = ""], resources }) =>
    resources.map((resource) => ({ of, resource: resource.replace(/\/status$/, "") })),
  );
  const judged = named.filter(({ of }) => served.some((one) => one.group === of));
  const missing = judged.filter(
    ({ of, resource }) => !served.some((one) => one.group === of && one.plural === resource),
  );
  assert.deepEqual(missing, []);
  assert.ok(judged.some(({ of }) => of === "networking.istio.io") && judged.some(({ of }) => of === "argoproj.io"));
});

test("with its rights the account writes where it has to, and nowhere else", async () => {
  const settings = { ...admiralSettings, scope: { ...admiralSettings.scope, syncNamespace: "mesh-sync" } };
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: remoteAccess(settings) });
  const applied = await execute(
    programs.kubectl,
    ["--kubeconfig", plane.kubeconfig, "apply", "--server-side", "-f", "-"],
    { input },
  );
  // Only the Role beside the gateways needs a namespace that Istio brings along.
  assert.match(
    applied.stderr.replaceAll(/Error from server \(NotFound\): namespaces "istio-system" not found\n?/g, ""),
    /^\s*$/,
  );
  const may = async (verb: string, of: string, resource: string, at: string): Promise<boolean> => {
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: "system:serviceaccount:mesh-sync:fairlead-mesh",
        groups: ["system:serviceaccounts", "system:authenticated"],
        resourceAttributes: { verb, group: of, resource, namespace: at },
      },
    };
    const { object } = await send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body);
    return get(object["status"], "allowed") === true;
  };
  assert.equal(await may("create", "networking.istio.io", "serviceentries", "mesh-sync"), true);
  assert.equal(await may("list", "networking.istio.io", "serviceentries", "shop"), true);
  assert.equal(await may("create", "networking.istio.io", "serviceentries", "shop"), false);
  assert.equal(await may("patch", "admiral.io", "globaltrafficpolicies", "shop"), false);
  assert.equal(await may("get", "", "secrets", "mesh-sync"), false);
  assert.equal(await may("create", "", "pods", "mesh-sync"), false);
});
