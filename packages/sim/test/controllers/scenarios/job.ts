import type { JsonObject } from "@fairlead/apimachinery";
import type { Part, Scenario, Step } from "../scenario/scenario.ts";
import { job, type PodOptions } from "./parts.ts";

const work = (spec: JsonObject = {}, pod: PodOptions = {}): Step => ({ create: job(spec, pod) });
const status = (part: Part): Step => ({ until: ["Job", "work", { status: part }] });
const ended = (type: "Complete" | "Failed"): Step => status({ conditions: { type, status: "True" } });
const indexed: JsonObject = { completionMode: "Indexed" };
const spec = (patch: JsonObject): Step => ({ merge: ["Job", "work", { spec: patch }] });

export const jobScenarios: readonly Scenario[] = [
  { title: "completes when its pod has succeeded", steps: [work(), ended("Complete")] },
  {
    title: "runs until as many have succeeded as are wanted",
    steps: [work({ completions: 4, parallelism: 2 }), ended("Complete")],
  },
  { title: "completes without a number when one has succeeded", steps: [work({ parallelism: 2 }), ended("Complete")] },
  { title: "fails without a second try", steps: [work({ backoffLimit: 0 }, { behaviour: "fail" }), ended("Failed")] },
  { title: "tries again after a pause", steps: [work({ backoffLimit: 1 }, { behaviour: "fail" }), ended("Failed")] },
  {
    title: "gives every index a pod",
    steps: [work({ ...indexed, completions: 3, parallelism: 3 }), ended("Complete")],
  },
  {
    title: "fails indexes one by one",
    steps: [
      work({ ...indexed, completions: 2, parallelism: 2, backoffLimitPerIndex: 0 }, { behaviour: "fail" }),
      ended("Failed"),
    ],
  },
  {
    title: "fails when too many indexes have failed",
    steps: [
      work(
        { ...indexed, completions: 3, parallelism: 1, backoffLimitPerIndex: 0, maxFailedIndexes: 1 },
        { behaviour: "fail" },
      ),
      ended("Failed"),
    ],
  },
  {
    title: "fails by a rule of its pod failure policy",
    steps: [
      work(
        { podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [1] } }] } },
        { behaviour: "fail" },
      ),
      ended("Failed"),
    ],
  },
  {
    title: "fails an index by a rule of its pod failure policy",
    steps: [
      work(
        {
          ...indexed,
          completions: 2,
          parallelism: 2,
          backoffLimitPerIndex: 3,
          podFailurePolicy: { rules: [{ action: "FailIndex", onExitCodes: { operator: "In", values: [1] } }] },
        },
        { behaviour: "fail" },
      ),
      ended("Failed"),
    ],
  },
  {
    title: "is through by its success policy",
    steps: [
      work({ ...indexed, completions: 4, parallelism: 1, successPolicy: { rules: [{ succeededCount: 2 }] } }),
      ended("Complete"),
    ],
  },
  {
    title: "ends at its deadline",
    steps: [work({ activeDeadlineSeconds: 3 }, { behaviour: "keeps-running" }), ended("Failed")],
  },
  { title: "waits while it is suspended", steps: [work({ suspend: true }), { settle: true }] },
  {
    title: "runs when it is resumed",
    steps: [work({ suspend: true }), { settle: true }, spec({ suspend: false }), ended("Complete")],
  },
  {
    title: "stops its pods when it is suspended",
    steps: [work({}, { behaviour: "keeps-running" }), status({ ready: 1 }), spec({ suspend: true }), { settle: true }],
  },
  {
    title: "runs fewer pods at once when told to",
    steps: [
      work({ parallelism: 3, completions: 3 }, { behaviour: "keeps-running" }),
      status({ ready: 3 }),
      spec({ parallelism: 1 }),
      { settle: true },
    ],
  },
  {
    title: "is deleted when its time after the end is over",
    steps: [work({ ttlSecondsAfterFinished: 2 }), ended("Complete"), { pass: 4 }],
  },
  { title: "runs no pods for a Job of none", steps: [work({ parallelism: 0 }), { settle: true }] },
  { title: "completes at once where nothing is wanted", steps: [work({ completions: 0 }), ended("Complete")] },
];
