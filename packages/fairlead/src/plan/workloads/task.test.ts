import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { appSpec, container, declare, planTask, taskSpec } from "../../../test/workloads/planning.ts";

describe("a Task that runs once", () => {
  test("is a Job that retries in place", () => {
    const planned = planTask(taskSpec());
    const { apiVersion, metadata } = planned.one("Job");
    assert.deepEqual([apiVersion, metadata.name], ["batch/v1", "orders"]);
    assert.equal(planned.template.spec["restartPolicy"], "OnFailure");
    assert.deepEqual(planned.codes, []);
  });

  test("passes every field of a Job on", () => {
    const own = {
      parallelism: 2,
      completions: 4,
      completionMode: "Indexed",
      backoffLimit: 1,
      backoffLimitPerIndex: 1,
      maxFailedIndexes: 1,
      activeDeadlineSeconds: 60,
      ttlSecondsAfterFinished: 60,
      podReplacementPolicy: "Failed",
      podFailurePolicy: { rules: [] },
      successPolicy: { rules: [{ succeededCount: 1 }] },
      suspend: true,
      managedBy: "example.com/controller",
      manualSelector: true,
      selector: { matchLabels: { a: "b" } },
    };
    const { template, ...spec } = planTask(taskSpec(own)).one("Job").spec;
    assert.deepEqual(spec, own);
    assert.equal((template as { spec: JsonObject }).spec["restartPolicy"], "Never");
  });

  test("tells the deadline of the Job from that of its pods", () => {
    const planned = planTask(taskSpec({ activeDeadlineSeconds: 60, podActiveDeadlineSeconds: 30 }));
    assert.equal(planned.one("Job").spec["activeDeadlineSeconds"], 60);
    assert.equal(planned.template.spec["activeDeadlineSeconds"], 30);
  });

  test("has a name that says what it does when it shall be unique", () => {
    const nameOf = (more: object) => String(planTask(taskSpec({ uniqueName: true, ...more })).one("Job").metadata.name);
    assert.match(nameOf({}), /^orders-[0-9a-f]{8}$/);
    assert.equal(nameOf({}), nameOf({}));
    assert.notEqual(nameOf({}), nameOf({ backoffLimit: 3 }));
    assert.notEqual(nameOf({}), nameOf({ containers: [container({ args: ["other"] })] }));
  });

  test("becomes another Job when a configuration changes that it reloads", () => {
    const nameOf = (value: string) => {
      const data = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "shop" }, data: { value } };
      const spec = taskSpec({ uniqueName: true, reload: true, containers: [container({ configs: ["c"] })] });
      return planTask(spec, { objects: [data] }).one("Job").metadata.name;
    };
    assert.notEqual(nameOf("one"), nameOf("two"));
  });
});

describe("a Task on a schedule", () => {
  test("is a CronJob", () => {
    const own = {
      schedule: "0 3 * * *",
      timeZone: "Europe/Berlin",
      suspend: false,
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 10,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 2,
    };
    const planned = planTask(
      taskSpec({ ...own, backoffLimit: 2, job: { labels: { a: "b" }, annotations: { c: "d" } } }),
    );
    const { jobTemplate, ...spec } = planned.one("CronJob").spec as JsonObject & { jobTemplate: JsonObject };
    assert.deepEqual(spec, own);
    assert.deepEqual((jobTemplate["spec"] as JsonObject)["backoffLimit"], 2);
    const { labels, annotations } = jobTemplate["metadata"] as { labels: JsonObject; annotations: JsonObject };
    assert.deepEqual([labels["a"], annotations], ["b", { c: "d" }]);
    assert.deepEqual(planned.codes, []);
  });

  test("by hand is a suspended CronJob whose time never comes", () => {
    const { spec } = planTask(taskSpec({ manual: true })).one("CronJob");
    assert.deepEqual([spec["suspend"], spec["schedule"]], [true, "0 0 31 2 *"]);
  });
});

describe("findings about Tasks", () => {
  const long = "a".repeat(53);
  const cases: [what: string, spec: object, code: string, says: RegExp, name?: string][] = [
    ["a schedule beside manual", { schedule: "@daily", manual: true }, "FL237", /both/],
    ["manual that is not suspended", { manual: true, suspend: false }, "FL237", /suspend says false/],
    ["a schedule with too few fields", { schedule: "0 3 * *" }, "FL238", /0 3 \* \*,/],
    ["a schedule out of range", { schedule: "61 3 * * *" }, "FL238", /61/],
    ["a word that is no schedule", { schedule: "@sometimes" }, "FL238", /@sometimes/],
    ["a time zone in the schedule", { schedule: "TZ=UTC 0 3 * * *" }, "FL238", /time zone/],
    ["an unknown time zone", { schedule: "@daily", timeZone: "Mars/Olympus" }, "FL239", /Mars/],
    ["a CronJob's field on a Job", { concurrencyPolicy: "Forbid" }, "FL241", /concurrencyPolicy/],
    ["a Job's field on a CronJob", { schedule: "@daily", uniqueName: true }, "FL241", /uniqueName/],
    [
      "a failure policy that restarts in place",
      { podFailurePolicy: { rules: [] }, restartPolicy: "OnFailure" },
      "FL242",
      /OnFailure/,
    ],
    [
      "a CronJob's name without room for its Jobs",
      { schedule: "@daily" },
      "FL240",
      /53 characters; it may have 52/,
      long,
    ],
    ["a unique name without room for its hash", { uniqueName: true }, "FL240", /it may have 54/, "a".repeat(55)],
    ["a reload that changes nothing", { reload: true }, "FL229", /Job without uniqueName/],
    ["a reload of what runs anew anyway", { reload: true, schedule: "@daily" }, "FL229", /CronJob/],
  ];
  for (const [what, spec, code, says, name] of cases) {
    test(what, () => {
      const { findings } = planTask(taskSpec(spec), name === undefined ? {} : { name });
      assert.deepEqual(
        findings.map((finding) => finding.code),
        [code],
      );
      assert.match(findings[0]!.message, says);
    });
  }

  test("an App of the same name, whose Service would find the Task's pods", () => {
    const twin = { declarations: [declare("App", appSpec() as never)] };
    assert.deepEqual(planTask(taskSpec(), twin).codes, ["FL243"]);
    assert.deepEqual(planTask(taskSpec({ standardLabels: false }), twin).codes, []);
  });
});
