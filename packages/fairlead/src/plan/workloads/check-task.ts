import { cronProblem, isTimeZone } from "@fairlead/apimachinery";
import type { TaskSpec } from "../../kinds/task.ts";
import { object, shown, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { isCronJob } from "./cron-job.ts";
import { suffixLength } from "./job.ts";

const cronJobFields = [
  "concurrencyPolicy",
  "timeZone",
  "startingDeadlineSeconds",
  "successfulJobsHistoryLimit",
  "failedJobsHistoryLimit",
  "job",
] as const;

/** When a Task runs, and which fields its kind of object has. */
export function checkTask(context: WorkloadContext<TaskSpec>): void {
  const { spec } = context;
  const cron = isCronJob(spec);
  const schedule = text(spec.schedule);
  if (schedule !== undefined && spec.manual === true) {
    const hint = "remove manual; with suspend: true the schedule waits too";
    context.report("FL237", { message: "schedule and manual are both written", hint, field: ["spec", "manual"] });
  }
  if (spec.manual === true && spec.suspend === false) {
    const hint = "remove one of them";
    context.report("FL237", {
      message: "manual is suspended, and suspend says false",
      hint,
      field: ["spec", "suspend"],
    });
  }
  if (schedule !== undefined) checkSchedule(context, schedule);
  const zone = text(spec.timeZone);
  if (zone !== undefined && !isTimeZone(zone)) {
    const hint = "write a name such as Europe/Berlin or Etc/UTC";
    context.report("FL239", {
      message: `there is no time zone ${zone.slice(0, 64)}`,
      hint,
      field: ["spec", "timeZone"],
    });
  }
  checkFields(context, cron);
  checkName(context, cron);
  checkRestart(context);
  checkTwin(context);
  if (spec.reload === true && (cron || spec.uniqueName !== true) && context.mode !== "compat") {
    const message = cron ? "reload has no effect on a CronJob" : "reload has no effect on a Job without uniqueName";
    context.report("FL229", { message, hint: cron ? "remove it" : "add uniqueName: true", field: ["spec", "reload"] });
  }
}

function checkSchedule(context: WorkloadContext<TaskSpec>, schedule: string): void {
  const field = ["spec", "schedule"];
  if (/TZ=/.test(schedule)) {
    const message = `the time zone stands in the schedule ${shown(schedule)}`;
    context.report("FL238", { message, hint: "write it in timeZone", field });
    return;
  }
  const problem = cronProblem(schedule);
  if (problem === undefined) return;
  const message = `schedule is ${shown(schedule)}, which is no cron expression: ${problem}`;
  context.report("FL238", { message, hint: 'write five fields, such as "0 3 * * *", or @daily', field });
}

function checkFields(context: WorkloadContext<TaskSpec>, cron: boolean): void {
  const { spec } = context;
  for (const field of cron ? (["uniqueName"] as const) : cronJobFields) {
    const value = spec[field];
    if (value === undefined || value === null || value === false) continue;
    const message = `${field} does not apply to a ${cron ? "CronJob" : "Job"}`;
    context.report("FL241", {
      message,
      hint: cron ? "remove it" : "remove it, or add schedule",
      field: ["spec", field],
    });
  }
}

function checkName(context: WorkloadContext<TaskSpec>, cron: boolean): void {
  const unique = !cron && context.spec.uniqueName === true;
  const most = cron ? 52 : unique ? 63 - suffixLength : 63;
  if (context.name.length <= most) return;
  const why = cron
    ? "its Jobs get 11 more"
    : unique
      ? `the content hash adds ${suffixLength}`
      : "it is a label of its pods";
  context.report("FL240", {
    message: `${context.name} has ${context.name.length} characters; it may have ${most}, because ${why}`,
    hint: "shorten the name",
    field: ["metadata", "name"],
  });
}

function checkRestart(context: WorkloadContext<TaskSpec>): void {
  const { spec } = context;
  if (object(spec.podFailurePolicy) === undefined || spec.restartPolicy !== "OnFailure") return;
  const hint = "write restartPolicy: Never, or remove it";
  context.report("FL242", {
    message: "podFailurePolicy stands beside restartPolicy OnFailure",
    hint,
    field: ["spec", "restartPolicy"],
  });
}

/** In standard and compat mode an App's Service finds its pods by a label that is the name. */
function checkTwin(context: WorkloadContext<TaskSpec>): void {
  const { declaration, world, name } = context;
  if (context.mode === "exact" || world.declared("App", declaration.namespace, name) === undefined) return;
  const message = `an App is named ${name} too, and its Service would send requests to this Task's pods`;
  context.report("FL243", { message, hint: `name the Task ${name}-task, for example`, field: ["metadata", "name"] });
}
