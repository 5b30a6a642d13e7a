import type { JsonObject } from "@fairlead/apimachinery";
import type { Conversion, ConvertOptions } from "./dialect.ts";
import { podFields, taskFields } from "./fields.ts";
import { flag, text } from "./readers.ts";
import { startTranslation } from "./translation.ts";
import { environmentWithoutEffect, workloadNames, restOfObject, translateMetadata, translatePod } from "./workload.ts";

const known = [
  "app",
  "name",
  "part-of",
  "env",
  "container",
  "containers",
  "reloader",
  "monitoring",
  "restartPolicy",
  "schedule",
  "generateNameSuffix",
] as const;

/** LummoJob and LummoCron become a Task. */
export function convertTask(kind: "LummoJob" | "LummoCron") {
  return (value: JsonObject, options?: ConvertOptions): Conversion => {
    const t = startTranslation(value, kind, "Task", options);
    const name = translateMetadata(t, workloadNames);
    translatePod(t, name);
    environmentWithoutEffect(t);
    const restartPolicy = t.read(["spec", "restartPolicy"]);
    // The predecessor's zero value; the API server refused it.
    if (restartPolicy !== "") t.move(["spec", "restartPolicy"], ["spec", "restartPolicy"], text);
    const schedule = t.read(["spec", "schedule"]);
    if (kind === "LummoCron") {
      if (schedule === undefined || schedule === "") {
        t.report("FL156", ["spec", "schedule"], {
          message: "spec.schedule is missing: a LummoCron without it would be a Job that runs once",
          hint: 'Write a cron expression such as schedule: "0 3 * * *", or make it a LummoJob.',
        });
      } else t.move(["spec", "schedule"], ["spec", "schedule"], text);
      if (t.read(["spec", "generateNameSuffix"]) !== undefined) {
        t.report("FL158", ["spec", "generateNameSuffix"], {
          message: "spec.generateNameSuffix has no effect on a LummoCron",
          hint: "Remove it; every run of a CronJob has a name of its own.",
        });
      }
    } else {
      t.move(["spec", "generateNameSuffix"], ["spec", "uniqueName"], flag);
      if (schedule !== undefined && schedule !== "") {
        t.report("FL158", ["spec", "schedule"], {
          severity: "warning",
          message: "spec.schedule has no effect on a LummoJob: it runs once",
          hint: "Remove it, or write kind: Task (or LummoCron) to run on the schedule.",
        });
      }
    }
    t.rest(["spec"], ["spec"], known, () => [...taskFields, ...podFields()]);
    restOfObject(t, ["spec"]);
    return t.finish(name);
  };
}
