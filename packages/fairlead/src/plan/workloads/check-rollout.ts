import type { JsonObject } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import { seconds } from "../shared/duration.ts";
import { integer, items, object, scalar, shown, text } from "../shared/read.ts";
import { measures } from "./canary-analysis.ts";
import type { WorkloadContext } from "./context.ts";
import { datadogTags, usesDatadog } from "./datadog.ts";
import { containerServicePorts, hasMainService } from "./ports.ts";
import { workloadKind } from "./replicas.ts";
import { rolloutStrategy } from "./rollout.ts";
import { routesOf } from "./routes-of.ts";
import { missingServices, trafficRouter } from "./traffic.ts";

const path = ["spec", "rollout"];

export function checkRollout(context: WorkloadContext<AppSpec>): void {
  const rollout = object(context.spec.rollout);
  if (rollout === undefined || workloadKind(context.spec) !== "Rollout") return;
  const strategy = object(rollout.strategy as JsonObject | undefined);
  if (strategy !== undefined) checkStrategy(context, strategy);
  for (const [index, { weight, pause }] of items(rollout.steps).entries()) {
    const field = [...path, "steps", index];
    if (integer(weight) === undefined && pause !== true && text(pause) === undefined) {
      const hint = "write weight, pause, or both";
      context.report("FL232", { message: "the step does nothing", hint, field });
    }
    if (typeof pause === "string" && seconds(pause) === undefined) {
      const message = `pause is ${JSON.stringify(pause.slice(0, 40))}, which is no duration`;
      context.report("FL244", { message, hint: "write a duration such as 5m, or true to wait for a person", field });
    }
  }
  checkRouter(context);
  checkMissingServices(context);
  checkAnalysis(context);
}

function checkStrategy(context: WorkloadContext<AppSpec>, strategy: JsonObject): void {
  const field = [...path, "strategy"];
  const rollout = object(context.spec.rollout);
  if (Array.isArray(rollout?.steps)) {
    context.report("FL232", {
      message: "steps stands beside strategy",
      hint: "keep one of them",
      field: [...path, "steps"],
    });
  }
  if (rollout?.trafficRouter !== undefined && rollout.trafficRouter !== "none") {
    const message = `trafficRouter ${shown(rollout.trafficRouter)} stands beside strategy, which has Argo's own trafficRouting`;
    context.report("FL232", {
      message,
      hint: "remove trafficRouter, or write steps",
      field: [...path, "trafficRouter"],
    });
  }
  const kinds = ["canary", "blueGreen"].filter(
    (name) => object(strategy[name] as JsonObject | undefined) !== undefined,
  );
  if (kinds.length !== 1) {
    const message =
      kinds.length === 0 ? "strategy has neither canary nor blueGreen" : "strategy has canary and blueGreen";
    context.report("FL232", { message, hint: "write one of them", field });
  }
}

/** The Services that the strategy names are made of the App's ports. */
function checkMissingServices(context: WorkloadContext<AppSpec>): void {
  if (containerServicePorts(context).length > 0) return;
  for (const { name } of missingServices(context, rolloutStrategy(context))) {
    const hint = "declare http or grpc in the main container, or the Service in `services`";
    context.report("FL209", {
      message: `Service ${name} of the strategy has no ports`,
      hint,
      field: [...path, "strategy"],
    });
  }
}

function checkRouter(context: WorkloadContext<AppSpec>): void {
  const router = trafficRouter(context);
  if (router === "none") return;
  const field = [...path, "trafficRouter"];
  if (!hasMainService(context)) {
    const hint = "declare http or grpc in the main container";
    const message = `${shown(router)} cannot split the traffic of an App without a Service`;
    context.report("FL234", { message, hint, field });
  } else if (router === "gateway") {
    const { http, grpc } = routesOf(context);
    if (http.length + grpc.length > 0) return;
    const message = `no Route for a Gateway leads to ${context.name}, so there is nothing whose weights a canary could change`;
    const hint = "declare the Route in the input with target: gateway, or set that target in the Environment";
    context.report("FL234", { message, hint, field });
  }
}

function checkAnalysis(context: WorkloadContext<AppSpec>): void {
  const analysis = object(object(context.spec.rollout)?.analysis);
  if (analysis === undefined) return;
  const field = [...path, "analysis"];
  const datadog = object(analysis.datadog);
  if (datadog?.p95latency !== undefined && seconds(datadog.p95latency) === undefined) {
    const message = `p95latency is ${shown(datadog.p95latency)}, which is no duration`;
    context.report("FL244", {
      message,
      hint: "write a duration such as 500ms",
      field: [...field, "datadog", "p95latency"],
    });
  }
  if (datadog !== undefined && scalar(datadog.errorRPM) === undefined && datadog.p95latency === undefined) {
    const hint = "write errorRPM, p95latency, or both";
    context.report("FL233", {
      message: "the analysis by Datadog has no threshold",
      hint,
      field: [...field, "datadog"],
    });
  }
  const measured = measures(context);
  if (measured.length === 0 && datadog === undefined) {
    context.report("FL233", {
      message: "the analysis measures nothing",
      hint: "write datadog, prometheus or web",
      field,
    });
  }
  if (
    datadog !== undefined &&
    context.mode !== "compat" &&
    !usesDatadog(context) &&
    datadogTags(context).version !== undefined
  ) {
    const message =
      "the analysis asks Datadog for this version's traces, but the pods are not tagged with their version";
    context.report("FL233", { message, hint: "write monitoring: {datadog: true}", field: [...field, "datadog"] });
  }
  const canary = object(rolloutStrategy(context)["canary"] as JsonObject | undefined);
  if (canary === undefined) {
    const hint = "write prePromotionAnalysis or postPromotionAnalysis into the strategy";
    context.report("FL233", {
      message: "the analysis belongs to a canary, and the strategy is blueGreen",
      hint,
      field,
    });
    return;
  }
  const steps = items(canary["steps"] as JsonObject[]).length;
  const first = integer(analysis.startingStep);
  if (first !== undefined && first >= Math.max(1, steps)) {
    const message = `the analysis starts at step ${first}, and the canary has ${steps} (a step with a weight and a pause counts as two)`;
    context.report("FL233", {
      message,
      hint: `write startingStep below ${Math.max(1, steps)}`,
      field: [...field, "startingStep"],
    });
  }
}
