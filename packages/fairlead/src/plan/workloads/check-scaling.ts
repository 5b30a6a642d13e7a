import { cronProblem, isTimeZone, nearest, type FieldPath } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import type { Scaling } from "../../kinds/scaling.ts";
import { seconds } from "../shared/duration.ts";
import { integer, items, object, scalar, shown, text } from "../shared/read.ts";
import { placedContainers, stays } from "./check-containers.ts";
import { resourcesOf } from "./container.ts";
import type { WorkloadContext } from "./context.ts";
import { scalingEngine } from "./scaling.ts";
import { knownSubscriptions } from "./subscriptions.ts";
import { queueAuthentication } from "./trigger-authentication.ts";

const path: FieldPath = ["spec", "scaling"];
const measuredElsewhere = ["pubsub", "rabbitmq", "kafka", "prometheus", "cron", "triggers"] as const;

export function checkScaling(context: WorkloadContext<AppSpec>): void {
  const scaling = object(context.spec.scaling);
  if (scaling === undefined) return;
  if (integer(context.spec.replicas) !== undefined) {
    const message = `replicas ${context.spec.replicas} stands beside scaling, which decides the number`;
    context.report("FL211", { message, hint: "remove replicas", field: ["spec", "replicas"] });
  }
  checkLimits(context, scaling);
  checkEngine(context, scaling);
  checkUtilization(context, scaling);
  for (const [index, trigger] of items(scaling.pubsub).entries())
    checkPubsub(context, trigger, [...path, "pubsub", index]);
  for (const [index, trigger] of items(scaling.rabbitmq).entries()) {
    checkRabbitmq(context, trigger, [...path, "rabbitmq", index]);
  }
  for (const [index, trigger] of items(scaling.cron).entries()) checkCron(context, trigger, [...path, "cron", index]);
  for (const [index, trigger] of items(scaling.triggers as { type?: unknown }[] | undefined).entries()) {
    if (text(trigger.type) !== undefined) continue;
    const hint = "write the name of a KEDA scaler, such as redis";
    context.report("FL214", { message: "the trigger has no type", hint, field: [...path, "triggers", index] });
  }
}

function checkLimits(context: WorkloadContext<AppSpec>, scaling: Scaling): void {
  const min = integer(scaling.min) ?? 1;
  const max = integer(scaling.max);
  const idle = integer(scaling.idle);
  if (max !== undefined && min > max) {
    context.report("FL212", {
      message: `min ${min} is above max ${max}`,
      hint: "write min <= max",
      field: [...path, "min"],
    });
  }
  if (idle !== undefined && idle >= min) {
    context.report("FL212", {
      message: `idle ${idle} is not below min ${min}`,
      hint: "write idle < min",
      field: [...path, "idle"],
    });
  } else if (idle !== undefined && idle > 0) {
    const message = `idle ${idle}: KEDA holds no other idle count than 0`;
    context.report("FL212", {
      severity: "warning",
      message,
      hint: "write idle: 0, or leave it out",
      field: [...path, "idle"],
    });
  }
}

function checkEngine(context: WorkloadContext<AppSpec>, scaling: Scaling): void {
  const resources = (["cpu", "memory"] as const).filter((name) => integer(scaling[name]) !== undefined);
  const others = measuredElsewhere.filter((name) => items<object>(scaling[name]).length > 0);
  if (resources.length + others.length === 0) {
    const hint = "add cpu, memory, pubsub, rabbitmq, kafka, prometheus, cron or triggers";
    context.report("FL213", { message: "scaling has no trigger", hint, field: path });
    return;
  }
  const least = integer(scaling.idle) ?? integer(scaling.min) ?? 1;
  const hpa = scalingEngine(context) === "hpa";
  if (hpa) {
    for (const field of [...others, "idle", "fallback", "pollingInterval", "cooldownPeriod"] as const) {
      if (scaling[field] === undefined || scaling[field] === null) continue;
      const message = `${field} needs KEDA, and the engine is the HorizontalPodAutoscaler`;
      context.report("FL215", { message, hint: "write engine: keda, or remove it", field: [...path, field] });
    }
  }
  if (least === 0 && (hpa || others.length === 0)) {
    const message = `the least number of replicas is 0, and ${resources.join(" and ")} cannot be measured without pods`;
    context.report("FL216", { message, hint: "write min: 1", field: [...path, scaling.idle === 0 ? "idle" : "min"] });
  }
  if (context.mode === "compat") {
    const old = [...resources, ...(items(scaling.pubsub).length > 0 ? ["pubsub"] : [])];
    const message = `the triggers ${old.join(", ")} are written in the predecessor's form, which newer KEDA drops`;
    if (old.length > 0)
      context.report("FL219", { message, hint: "leave compat mode before upgrading KEDA", field: path });
  }
}

function checkUtilization(context: WorkloadContext<AppSpec>, scaling: Scaling): void {
  for (const name of ["cpu", "memory"] as const) {
    if (integer(scaling[name]) === undefined) continue;
    for (const placed of placedContainers(context).filter(stays)) {
      const resources = resourcesOf(placed.container) ?? object(context.spec.resources);
      if (object(resources?.requests)?.[name] !== undefined || object(resources?.limits)?.[name] !== undefined)
        continue;
      context.report("FL231", {
        message: `scaling by ${name} needs the request of every container; ${shown(placed.container.name)} has none`,
        hint: `write resources.requests.${name}`,
        field: [...placed.field, "resources"],
      });
    }
  }
}

function checkPubsub(
  context: WorkloadContext<AppSpec>,
  trigger: NonNullable<Scaling["pubsub"]>[number],
  field: FieldPath,
): void {
  const targets = (["size", "maxAge", "throughput"] as const).filter((name) => scalar(trigger[name]) !== undefined);
  if (targets.length !== 1) {
    const found = targets.length === 0 ? "none of size, maxAge and throughput" : targets.join(" and ");
    context.report("FL214", { message: `the trigger has ${found}`, hint: "write exactly one", field });
  }
  checkAmounts(context, trigger, ["size", "throughput", "activation"], field);
  if (trigger.maxAge !== undefined && seconds(trigger.maxAge) === undefined) {
    const message = `maxAge is ${shown(trigger.maxAge)}, which is no duration`;
    context.report("FL244", { message, hint: "write a duration such as 5m", field: [...field, "maxAge"] });
  }
  const known = knownSubscriptions(context);
  const name = text(trigger.subscription);
  if (
    name !== undefined &&
    known.length > 0 &&
    !name.startsWith("projects/") &&
    !known.some((one) => one.written === name || one.real === name)
  ) {
    const meant = nearest(
      name,
      known.map(({ written }) => written),
    );
    context.report("FL217", {
      message: `no Subscription declares ${name}`,
      hint:
        meant === undefined
          ? `declared are ${known.map(({ written }) => written).join(", ")}`
          : `did you mean ${meant}?`,
      field: [...field, "subscription"],
    });
  }
  checkCredentials(context, queueAuthentication(context, trigger.authentication, "pubsub") !== undefined, field);
}

function checkRabbitmq(
  context: WorkloadContext<AppSpec>,
  trigger: NonNullable<Scaling["rabbitmq"]>[number],
  field: FieldPath,
): void {
  const targets = (["size", "rate"] as const).filter((name) => scalar(trigger[name]) !== undefined);
  if (targets.length !== 1) {
    const found = targets.length === 0 ? "neither size nor rate" : "both size and rate";
    context.report("FL214", { message: `the trigger has ${found}`, hint: "write one of them", field });
  }
  checkAmounts(context, trigger, ["size", "rate", "activation"], field);
  if (trigger.protocol === "amqp" && trigger.rate !== undefined) {
    const message = "rate is read from RabbitMQ's management API, and the protocol is amqp";
    context.report("FL214", {
      message,
      hint: "write protocol: http, with the management URL",
      field: [...field, "protocol"],
    });
  }
  const known =
    text(trigger.hostFromEnv) !== undefined ||
    queueAuthentication(context, trigger.authentication, "rabbitmq") !== undefined;
  checkCredentials(context, known, field);
}

function checkAmounts(
  context: WorkloadContext<AppSpec>,
  trigger: object,
  names: readonly string[],
  field: FieldPath,
): void {
  for (const name of names) {
    const value = scalar((trigger as { [key: string]: unknown })[name]);
    if (value === undefined || (Number(value) >= 0 && /^[0-9.]+$/.test(value))) continue;
    const message = `${name} is ${JSON.stringify(value)}, which is no number`;
    context.report("FL214", { message, hint: "write a number", field: [...field, name] });
  }
}

function checkCredentials(context: WorkloadContext<AppSpec>, known: boolean, field: FieldPath): void {
  if (known || scalingEngine(context) !== "keda") return;
  context.report("FL218", {
    message: "the trigger names no TriggerAuthentication, and neither does the environment",
    hint: "write authentication here, or scaling.authentication in the Environment",
    field,
  });
}

function checkCron(
  context: WorkloadContext<AppSpec>,
  trigger: NonNullable<Scaling["cron"]>[number],
  field: FieldPath,
): void {
  for (const end of ["start", "end"] as const) {
    const problem = text(trigger[end]) === undefined ? "it is missing" : cronProblem(trigger[end]);
    if (problem === undefined) continue;
    const message = `${end} is ${shown(trigger[end])}, which is no cron expression: ${problem}`;
    context.report("FL238", { message, hint: 'write five fields, such as "0 8 * * 1-5"', field: [...field, end] });
  }
  if (text(trigger.start) !== undefined && trigger.start === trigger.end) {
    context.report("FL214", { message: "start and end are the same", hint: "end later than you start", field });
  }
  const zone = text(trigger.timezone);
  if (zone !== undefined && !isTimeZone(zone)) {
    const hint = "write a name such as Europe/Berlin or UTC";
    context.report("FL239", {
      message: `there is no time zone ${zone.slice(0, 64)}`,
      hint,
      field: [...field, "timezone"],
    });
  }
}
