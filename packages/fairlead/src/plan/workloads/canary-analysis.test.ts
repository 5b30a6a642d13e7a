import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { appSpec, planApp, type Surroundings } from "../../../test/workloads/planning.ts";

const steps = [
  { weight: 30, pause: "5m" },
  { weight: 60, pause: "5m" },
];

function analysed(analysis: object, around: Surroundings = { environment: "prod" }, more: object = {}) {
  const planned = planApp(appSpec({ monitoring: { datadog: true }, rollout: { steps, analysis }, ...more }), around);
  const strategy = planned.one("Rollout").spec["strategy"] as { canary?: { analysis?: JsonObject } };
  const metric = (name: string) => (planned.one("AnalysisTemplate", name).spec["metrics"] as JsonObject[])[0]!;
  return { ...planned, analysis: strategy.canary?.analysis, metric };
}

const datadog = { operation: "http.request", errorRPM: 5, p95latency: "500ms" };

describe("the analysis of a canary", () => {
  test("by Datadog is one template for errors and one for latency, in seconds", () => {
    const planned = analysed({ datadog });
    assert.deepEqual(planned.analysis, {
      templates: [{ templateName: "orders-errors" }, { templateName: "orders-latency" }],
      startingStep: 2,
      args: [
        { name: "service-name", value: "orders" },
        { name: "env", value: "prod" },
        { name: "version", value: "1.4.2" },
        { name: "operation", value: "http.request" },
        { name: "p95latency", value: "0.5" },
        { name: "errorRPM", value: "5" },
      ],
    });
    assert.equal(planned.metric("orders-latency")["successCondition"], "default(result, 0) <= {{args.p95latency}}");
    assert.deepEqual(planned.codes, []);
  });

  test("declares in each template the arguments that the Rollout gives and the template uses", () => {
    const planned = analysed({ datadog, web: { url: "http://x", successCondition: "result" } });
    const given = (planned.analysis!["args"] as JsonObject[]).map(({ name }) => name);
    for (const template of planned.objects.filter(({ kind }) => kind === "AnalysisTemplate")) {
      const spec = template["spec"] as { args: { name: string }[] };
      const declared = spec.args.map(({ name }) => name);
      const used = [...JSON.stringify(spec).matchAll(/\{\{args\.([\w-]+)\}\}/g)].map(([, name]) => name);
      assert.deepEqual(
        used.filter((name) => !declared.includes(name!)),
        [],
      );
      assert.deepEqual(
        declared.filter((name) => !given.includes(name)),
        [],
      );
    }
  });

  test("asks for what is known: no environment, no tag of it", () => {
    const { metric } = analysed({ datadog: { operation: "http.request", p95latency: 2 } }, {});
    const { query } = (metric("orders-latency")["provider"] as { datadog: JsonObject }).datadog;
    assert.equal(query, "p95:trace.{{args.operation}}{service:{{args.service-name}},version:{{args.version}}}");
  });

  test("by Prometheus and by a web request passes the condition on", () => {
    const { metric } = analysed({
      prometheus: {
        address: "http://p",
        query: "q",
        successCondition: "result[0] < 1",
        interval: "30s",
        failureLimit: 0,
      },
      web: { url: "http://x", jsonPath: "{$.ok}", successCondition: "result", headers: { Accept: "json" } },
    });
    assert.deepEqual(metric("orders-prometheus"), {
      name: "prometheus",
      interval: "30s",
      failureLimit: 0,
      successCondition: "result[0] < 1",
      provider: { prometheus: { address: "http://p", query: "q" } },
    });
    assert.deepEqual(metric("orders-web")["provider"], {
      web: { url: "http://x", headers: [{ key: "Accept", value: "json" }], jsonPath: "{$.ok}" },
    });
  });

  test("starts within the canary's steps", () => {
    const short = analysed({ datadog }, {}, { rollout: { steps: [{ weight: 50 }], analysis: { datadog } } });
    assert.equal(short.analysis?.["startingStep"], undefined);
    const late = analysed({ datadog, startingStep: 4 });
    assert.deepEqual(late.codes, ["FL233"]);
    assert.match(late.findings[0]!.message, /step 4, and the canary has 4/);
  });

  test("joins Argo's own canary, and not blueGreen", () => {
    const canary = { steps: [{ setWeight: 5 }] };
    const joined = analysed({}, {}, { rollout: { strategy: { canary }, analysis: { datadog } } });
    assert.deepEqual((joined.analysis!["templates"] as JsonObject[]).length, 2);
    const blueGreen = analysed(
      {},
      { environment: "prod" },
      { rollout: { strategy: { blueGreen: {} }, analysis: { datadog } } },
    );
    assert.deepEqual(blueGreen.codes, ["FL233"]);
  });

  const nothing: [what: string, analysis: object, more: object, says: RegExp][] = [
    ["nothing is measured", {}, {}, /measures nothing/],
    ["there is no threshold", { datadog: { operation: "x" } }, {}, /no threshold/],
    ["the pods are not tagged", { datadog }, { monitoring: {} }, /not tagged/],
  ];
  for (const [what, analysis, more, says] of nothing) {
    test(`that always passes is a finding: ${what}`, () => {
      const { findings } = analysed(analysis, { environment: "prod" }, more);
      assert.deepEqual(
        findings.map(({ code }) => code),
        ["FL233"],
      );
      assert.match(findings[0]!.message, says);
    });
  }
});
