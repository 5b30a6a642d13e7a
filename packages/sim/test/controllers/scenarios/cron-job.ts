import type { JsonObject } from "@fairlead/apimachinery";
import type { Scenario, Step } from "../scenario/scenario.ts";
import { type Behaviour, job } from "./parts.ts";

const tick = (spec: JsonObject = {}, behaviour?: Behaviour): Step => ({
  create: {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "tick" },
    spec: {
      schedule: "* * * * *",
      ...spec,
      jobTemplate: {
        metadata: { labels: { of: "tick" } },
        spec: job({ backoffLimit: 0 }, behaviour === undefined ? {} : { behaviour })["spec"]!,
      },
    },
  },
});
const started: Step = { until: ["CronJob", "tick", { status: { lastScheduleTime: "*" } }] };
const active: Step = { until: ["CronJob", "tick", { status: { active: { kind: "Job" } } }] };

export const cronJobScenarios: readonly Scenario[] = [
  {
    title: "starts a Job on schedule",
    steps: [
      tick(),
      started,
      { until: ["CronJob", "tick", { status: { active: undefined } }] },
      { merge: ["CronJob", "tick", { spec: { suspend: true } }] },
    ],
  },
  {
    title: "is suspended",
    steps: [tick({ suspend: true }), { settle: true }],
  },
  {
    title: "runs a Job each minute until told otherwise, and keeps one that has failed",
    steps: [
      tick({ failedJobsHistoryLimit: 1 }, "fail"),
      started,
      { pass: 61 },
      { merge: ["CronJob", "tick", { spec: { suspend: true } }] },
      { settle: true },
    ],
  },
  {
    title: "keeps a Job running rather than start a second one",
    steps: [
      tick({ concurrencyPolicy: "Forbid" }, "keeps-running"),
      active,
      { pass: 61 },
      { merge: ["CronJob", "tick", { spec: { suspend: true } }] },
      { settle: true },
    ],
  },
  {
    title: "replaces a Job that still runs",
    steps: [
      tick({ concurrencyPolicy: "Replace" }, "keeps-running"),
      active,
      { pass: 61 },
      { merge: ["CronJob", "tick", { spec: { suspend: true } }] },
      { settle: true },
    ],
  },
];
