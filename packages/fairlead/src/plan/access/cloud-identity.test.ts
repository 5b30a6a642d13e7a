import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import type { CloudIdentitySpec } from "../../kinds/cloud-identity.ts";
import { appSpec, declare, worldOf, type Surroundings } from "../../../test/workloads/planning.ts";
import type { Declaration } from "../declaration.ts";
import { cloudIdentityPlanner } from "./cloud-identity.ts";

function plan(spec: CloudIdentitySpec, around: Surroundings & { namespace?: string | undefined } = {}) {
  const declared = declare("CloudIdentity", spec, { name: "backend", ...around });
  const declaration = "namespace" in around ? { ...declared, namespace: around.namespace } : declared;
  const { desired, findings } = cloudIdentityPlanner.plan(declaration, worldOf(declaration, around));
  return {
    desired,
    findings,
    codes: findings.map(({ code }) => code),
    list: desired.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
    spec: (index: number) => desired[index]!["spec"] as JsonObject,
  };
}
const gcp: CloudIdentitySpec = { project: "shop-prod" };
const uuid = "11111111-2222-3333-4444-555555555555";

describe("an identity on Google Cloud", () => {
  test("is a ServiceAccount, a Google account and the binding between them", () => {
    const { list, desired, spec, codes } = plan(gcp);
    assert.deepEqual(codes, []);
    assert.deepEqual(list, [
      "ServiceAccount/backend",
      "IAMServiceAccount/backend",
      "IAMPolicyMember/backend-workload-identity",
    ]);
    assert.equal(
      desired[0]!.metadata.annotations?.["iam.gke.io/gcp-service-account"],
      "backend@shop-prod.iam.gserviceaccount.com",
    );
    assert.equal(spec(2)["member"], "serviceAccount:shop-prod.svc.id.goog[shop/backend]");
    assert.equal(spec(2)["role"], "roles/iam.workloadIdentityUser");
  });

  test("takes the Environment's project", () => {
    const { codes } = plan({}, { settings: { messaging: { project: "p" } } });
    assert.deepEqual(codes, []);
  });

  test("of an account that exists makes none, and knows its project", () => {
    const { list, spec } = plan({ email: "x@data.iam.gserviceaccount.com", roles: ["roles/a.b"] });
    assert.deepEqual(list, [
      "ServiceAccount/backend",
      "IAMPolicyMember/backend-workload-identity",
      "IAMPolicyMember/backend-a-b",
    ]);
    assert.equal(
      get(spec(1)["resourceRef"], "external"),
      "projects/data/serviceAccounts/x@data.iam.gserviceaccount.com",
    );
    assert.equal(spec(2)["member"], "serviceAccount:x@data.iam.gserviceaccount.com");
  });

  test("gets roles on the project, or on what is named, each in an object that is named after it", () => {
    const on = (name: string) => ({ role: "roles/pubsub.publisher", resource: { kind: "PubSubTopic", name } });
    const { list, spec, codes } = plan({ ...gcp, roles: ["roles/pubsub.publisher", on("orders"), on("payments")] });
    assert.deepEqual(codes, []);
    const names = list.slice(3);
    assert.equal(names[0], "IAMPolicyMember/backend-pubsub-publisher");
    assert.equal(new Set(names).size, 3);
    assert.equal(get(spec(3)["resourceRef"], "external"), "projects/shop-prod");
    assert.deepEqual(spec(4)["resourceRef"], {
      apiVersion: "pubsub.cnrm.cloud.google.com/v1beta1",
      kind: "PubSubTopic",
      name: "orders",
    });
  });

  test("gives own roles of projects names of their own", () => {
    const { list } = plan({
      ...gcp,
      roles: ["roles/reader", "projects/p/roles/reader", "organizations/1/roles/reader"],
    });
    assert.equal(new Set(list).size, 6);
  });

  test("does not hand its pods the API server's token, unless it is told to", () => {
    assert.equal(plan(gcp).desired[0]!["automountServiceAccountToken"], false);
    const { desired } = plan({ ...gcp, serviceAccount: { automountServiceAccountToken: true } });
    assert.equal(desired[0]!["automountServiceAccountToken"], true);
  });

  test("of the predecessor has its shape", () => {
    const { list, spec, desired } = plan(gcp, { compat: true });
    assert.deepEqual(list, ["ServiceAccount/backend", "IAMServiceAccount/backend", "IAMPartialPolicy/backend"]);
    const members = [{ member: "serviceAccount:shop-prod.svc.id.goog[shop/backend]" }];
    assert.deepEqual(spec(2)["bindings"], [{ role: "roles/iam.workloadIdentityUser", members }]);
    assert.equal(desired[1]!.metadata.annotations?.["cnrm.cloud.google.com/project-id"], "shop-prod");
  });
});

describe("an identity elsewhere", () => {
  test("on AWS is the annotation of the role", () => {
    const roleArn = "arn:aws:iam::123456789012:role/path/uploads";
    const { list, desired, codes } = plan({ provider: "aws", roleArn });
    assert.deepEqual([list, codes], [["ServiceAccount/backend"], []]);
    assert.equal(desired[0]!.metadata.annotations?.["eks.amazonaws.com/role-arn"], roleArn);
  });

  test("on Azure is annotations and a label, and pods need the label too", () => {
    const { desired, codes } = plan({ provider: "azure", clientId: uuid, tenantId: uuid });
    assert.deepEqual(codes, ["FL458"]);
    const { annotations, labels } = desired[0]!.metadata;
    assert.deepEqual(annotations, {
      "azure.workload.identity/client-id": uuid,
      "azure.workload.identity/tenant-id": uuid,
    });
    assert.equal(labels?.["azure.workload.identity/use"], "true");
  });
});

describe("findings about identities", () => {
  const app = (spec: object) => [declare("App", appSpec(spec), { name: "backend" })] as unknown as Declaration[];
  const cases: readonly {
    what: string;
    spec: CloudIdentitySpec;
    around?: Parameters<typeof plan>[1];
    code: string;
    severity?: string;
    hint?: RegExp;
  }[] = [
    { what: "no project", spec: {}, code: "FL450", hint: /messaging\.project/ },
    { what: "no namespace", spec: gcp, around: { namespace: undefined }, code: "FL451", hint: /metadata\.namespace/ },
    { what: "an account id that is too short", spec: { ...gcp, account: "abc" }, code: "FL452", hint: /6 to 30/ },
    { what: "an account id with capitals", spec: { ...gcp, account: "Backend" }, code: "FL452" },
    {
      what: "a role without its prefix",
      spec: { ...gcp, roles: ["pubsub.publisher"] },
      code: "FL453",
      hint: /write roles\/pubsub\.publisher/,
    },
    { what: "a role that is none", spec: { ...gcp, roles: ["a b"] }, code: "FL453" },
    { what: "no role on AWS", spec: { provider: "aws" }, code: "FL454", hint: /arn:aws:iam/ },
    { what: "a role on AWS that is none", spec: { provider: "aws", roleArn: "uploads" }, code: "FL454" },
    { what: "no client on Azure", spec: { provider: "azure" }, code: "FL454" },
    { what: "a tenant that is none", spec: { provider: "azure", clientId: uuid, tenantId: "x" }, code: "FL454" },
    { what: "a role for everything", spec: { ...gcp, roles: ["roles/owner"] }, code: "FL455", severity: "warning" },
    {
      what: "an App that insists on making the same ServiceAccount",
      spec: gcp,
      around: { declarations: app({ serviceAccount: { create: true } }) },
      code: "FL456",
      hint: /remove serviceAccount\.create/,
    },
    {
      what: "another provider's field",
      spec: { ...gcp, roleArn: "x" },
      code: "FL457",
      severity: "warning",
      hint: /provider: aws/,
    },
    {
      what: "a role that is there twice",
      spec: { ...gcp, roles: ["roles/a", "roles/a"] },
      code: "FL459",
      severity: "warning",
    },
    {
      what: "a resource without a name",
      spec: { ...gcp, roles: [{ role: "roles/a", resource: { kind: "PubSubTopic" } }] },
      code: "FL460",
    },
    {
      what: "a resource with two names",
      spec: { ...gcp, roles: [{ role: "roles/a", resource: { kind: "X", name: "a", external: "b" } }] },
      code: "FL460",
    },
  ];
  for (const { what, spec, around, code, severity = "error", hint } of cases) {
    test(`tell of ${what}`, () => {
      const { findings } = plan(spec, around);
      const found = findings.find((finding) => finding.code === code);
      assert.ok(found !== undefined, `${code} among ${findings.map((one) => one.code).join(", ")}`);
      assert.equal(found.severity, severity);
      assert.match(found.hint ?? "", hint ?? /./);
    });
  }

  test("stay out where the App uses the identity", () => {
    assert.deepEqual(plan(gcp, { declarations: app({ serviceAccountName: "backend" }) }).codes, []);
  });
});
