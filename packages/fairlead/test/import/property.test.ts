import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { importObjects } from "../../src/import/import.ts";
import { manifests } from "./arbitrary.ts";
import { roundTrip } from "./compare.ts";

test("any Deployments and Services come out of import and render as they went in", async (t) => {
  let declared = 0;
  let workloads = 0;
  await fc.assert(
    fc.asyncProperty(manifests, async (objects) => {
      const result = await roundTrip(objects);
      assert.deepEqual(result.differences, []);
      assert.deepEqual(result.errors, []);
      workloads += objects.filter(({ kind }) => kind === "Deployment").length;
      declared += result.imported.declarations.length;
    }),
    runs(60),
  );
  t.diagnostic(`${declared} of ${workloads} workloads became Apps`);
  assert.equal(declared > workloads / 2, true, "most workloads become Apps, so that the property says something");
});

test("the order of the input makes no difference", async () => {
  await fc.assert(
    fc.asyncProperty(manifests, async (objects) => {
      const resources = objects.map((object) => ({ object, file: "x.yaml" }));
      const [one, other] = [await importObjects(resources), await importObjects(resources.toReversed())];
      assert.equal(JSON.stringify(one), JSON.stringify(other));
    }),
    runs(15),
  );
});

const almost = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<JsonValue>(null, true, 0, -1, 1e300, "", "web", "__proto__"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        "metadata",
        "name",
        "labels",
        "spec",
        "template",
        "containers",
        "selector",
        "matchLabels",
        "ports",
        "rules",
        "routes",
        "services",
        "__proto__",
        "constructor",
      ),
      tie("value"),
      { maxKeys: 4 },
    ) as fc.Arbitrary<JsonValue>,
  ),
})).value;

test("nothing that looks like an object makes import throw or lose it", async () => {
  const kinds = fc.constantFrom(
    ["apps/v1", "Deployment"],
    ["batch/v1", "CronJob"],
    ["v1", "Service"],
    ["autoscaling/v2", "HorizontalPodAutoscaler"],
    ["policy/v1", "PodDisruptionBudget"],
    ["traefik.io/v1alpha1", "IngressRoute"],
    ["traefik.io/v1alpha1", "IngressRouteTCP"],
    ["networking.k8s.io/v1", "Ingress"],
    ["gateway.networking.k8s.io/v1", "HTTPRoute"],
    ["keda.sh/v1alpha1", "ScaledObject"],
    ["monitoring.coreos.com/v1", "ServiceMonitor"],
    ["argoproj.io/v1alpha1", "Rollout"],
  );
  const object = fc
    .tuple(kinds, fc.constantFrom("a", "b"), almost)
    .map(
      ([[apiVersion, kind], name, spec]) =>
        ({ apiVersion: apiVersion!, kind: kind!, metadata: { name }, spec }) as KrmObject,
    );
  await fc.assert(
    fc.asyncProperty(fc.array(object, { minLength: 1, maxLength: 6 }), async (objects) => {
      const { declarations, untouched } = await importObjects(objects.map((one) => ({ object: one, file: "x.yaml" })));
      assert.equal(declarations.length + untouched.length >= 1, true);
      assert.equal(untouched.length <= objects.length, true);
      if (declarations.length === 0) assert.equal(untouched.length, objects.length);
    }),
    runs(150),
  );
});

test("any document is imported or reported, never thrown over", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(almost, { maxLength: 3 }), async (values) => {
      const { findings, untouched } = await importObjects(values.map((object) => ({ object, file: "x.yaml" })));
      assert.equal(findings.filter(({ code }) => code === "FL505").length + untouched.length, values.length);
    }),
    runs(60),
  );
});
