import type { JsonObject } from "@fairlead/apimachinery";
import type { Kinded, Texts } from "../common/objects.ts";

export interface JobReference {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly apiVersion: string;
  readonly resourceVersion?: string;
}

export interface CronJob extends Kinded {
  readonly spec: {
    readonly schedule: string;
    readonly timeZone?: string;
    readonly startingDeadlineSeconds?: number;
    readonly concurrencyPolicy?: string;
    readonly suspend?: boolean;
    readonly successfulJobsHistoryLimit?: number;
    readonly failedJobsHistoryLimit?: number;
    readonly jobTemplate: {
      readonly metadata?: { readonly labels?: Texts; readonly annotations?: Texts };
      readonly spec: JsonObject;
    };
  };
  readonly status?: CronJobStatus;
}

export interface CronJobStatus {
  readonly active?: readonly JobReference[];
  readonly lastScheduleTime?: string;
  readonly lastSuccessfulTime?: string;
}

/** With the zone in front, as schedules are read; one that names a zone itself keeps it. */
export function scheduleText({ spec }: CronJob): string {
  if (spec.schedule.includes("TZ") || spec.timeZone === undefined) return spec.schedule;
  return `TZ=${spec.timeZone} ${spec.schedule}`;
}
