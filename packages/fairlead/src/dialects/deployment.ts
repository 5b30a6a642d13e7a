import { get, isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Conversion, ConvertOptions } from "./dialect.ts";
import { appFields, podFields, scalingFields } from "./fields.ts";
import { amount, asIs, integer, number, percent, text, type Reader } from "./readers.ts";
import { startTranslation, type Translation } from "./translation.ts";
import {
  environmentWithoutEffect,
  workloadNames,
  isEmpty,
  restOfObject,
  translateMetadata,
  translatePod,
} from "./workload.ts";

const known = [
  "app",
  "name",
  "part-of",
  "env",
  "container",
  "containers",
  "reloader",
  "monitoring",
  "scaling",
  "strategy",
] as const;

/** LummoDeployment and LummoRollout become an App; the second always with a `rollout`, the first with a `strategy`. */
export function convertDeployment(kind: "LummoDeployment" | "LummoRollout") {
  return (value: JsonObject, options?: ConvertOptions): Conversion => {
    const t = startTranslation(value, kind, "App", options);
    const name = translateMetadata(t, workloadNames);
    translatePod(t, name);
    translateScaling(t);
    if (kind === "LummoRollout") translateRollout(t);
    else translateStrategy(t);
    t.rest(["spec"], ["spec"], known, () => [...appFields, ...podFields()]);
    restOfObject(t, ["spec"]);
    return t.finish(name);
  };
}

const scalingPath: FieldPath = ["spec", "scaling"];

function translateScaling(t: Translation): void {
  const scaling = t.map(scalingPath);
  if (scaling === undefined) return;
  t.put(scalingPath, {});
  const rename = (from: string, to: string, reader: Reader) =>
    t.move([...scalingPath, from], [...scalingPath, to], reader);
  rename("minreplica", "min", integer);
  rename("maxreplica", "max", integer);
  for (const measure of ["cpu", "memory"]) {
    const path = [...scalingPath, measure];
    if (isObject(t.read(path))) {
      t.move([...path, "target"], path, percent);
      t.rest(path, path, ["target"], () => []);
    } else rename(measure, measure, percent);
  }
  const topics = t.read([...scalingPath, "pubsubTopic"]);
  const places: FieldPath[] = Array.isArray(topics)
    ? topics.map((_, index) => [...scalingPath, "pubsubTopic", index])
    : topics === undefined
      ? []
      : [[...scalingPath, "pubsubTopic"]];
  places.forEach((from, index) => translateQueue(t, from, [...scalingPath, "pubsub", index]));
  t.rest(scalingPath, scalingPath, ["minreplica", "maxreplica", "cpu", "memory", "pubsubTopic"], () => scalingFields);
}

/** A queue by whose backlog is scaled; `latency` and `throughput` are what the README announced. */
function translateQueue(t: Translation, from: FieldPath, to: FieldPath): void {
  const queue = t.read(from);
  if (typeof queue === "string") {
    t.put(to, {}, from);
    t.put([...to, "subscription"], queue, from);
    return;
  }
  t.put(to, {}, from);
  if (t.map(from) === undefined) return;
  t.move([...from, "name"], [...to, "subscription"], text);
  t.move([...from, "size"], [...to, "size"], amount);
  t.move([...from, "latency"], [...to, "maxAge"], text);
  t.move([...from, "throughput"], [...to, "throughput"], amount);
  t.rest(from, to, ["name", "size", "latency", "throughput"], () => [
    "activation",
    "authentication",
    "maxAge",
    "subscription",
  ]);
}

const strategyPath: FieldPath = ["spec", "strategy"];
const rolloutPath: FieldPath = ["spec", "rollout"];

function translateRollout(t: Translation): void {
  t.put(rolloutPath, {}, t.read(strategyPath) === undefined ? undefined : strategyPath);
  const env = t.read(["spec", "env"]);
  const steps: JsonValue[] =
    env === "prod" ? [{ weight: 30, pause: "5m" }, { weight: 60, pause: "10m" }, { weight: 100 }] : [{ weight: 100 }];
  const strategy = t.map(strategyPath);
  // Argo's own strategy brings its own steps.
  if (!hasArgoStrategy(strategy)) {
    t.put([...rolloutPath, "steps"], steps, env === undefined ? undefined : ["spec", "env"]);
  }
  translateArgo(t, strategy);
}

/**
 * The code ignored a LummoDeployment's strategy; the README promised: "as is, produce rollout". That promise is kept,
 * except in compat mode, where a Deployment stays a Deployment. A Deployment's own strategy stays one as well.
 */
function translateStrategy(t: Translation): void {
  environmentWithoutEffect(t);
  const strategy = t.map(strategyPath);
  if (strategy === undefined) return;
  if (t.compat) {
    t.report("FL158", strategyPath, {
      message: "spec.strategy had no effect on a LummoDeployment, and has none in compat mode",
      hint: "Remove it, or write a LummoRollout.",
    });
    return;
  }
  if (get(strategy, "type") !== undefined || get(strategy, "rollingUpdate") !== undefined) {
    t.move(strategyPath, ["spec", "updateStrategy"], asIs);
    return;
  }
  t.put(rolloutPath, {}, strategyPath);
  translateArgo(t, strategy);
}

function hasArgoStrategy(strategy: JsonObject | undefined): boolean {
  return !isEmpty(get(strategy, "canary")) || !isEmpty(get(strategy, "blueGreen"));
}

/** Argo's `canary` and `blueGreen` as they are, and the analysis by Datadog. */
function translateArgo(t: Translation, strategy: JsonObject | undefined): void {
  if (strategy === undefined) return;
  for (const name of ["canary", "blueGreen"]) {
    if (!isEmpty(get(strategy, name))) t.move([...strategyPath, name], [...rolloutPath, "strategy", name]);
  }
  const metrics = t.map([...strategyPath, "metrics"]);
  const from = [...strategyPath, "metrics", "datadog"];
  if (metrics !== undefined && t.map(from) !== undefined) {
    const to = [...rolloutPath, "analysis", "datadog"];
    t.put(to, {}, from);
    t.move([...from, "operation"], [...to, "operation"], text);
    t.move([...from, "errorRPM"], [...to, "errorRPM"], amount);
    t.move([...from, "p95latency"], [...to, "p95latency"], number);
    t.rest(from, to, ["operation", "errorRPM", "p95latency"], () => ["failureLimit", "interval"]);
  }
  t.rest([...strategyPath, "metrics"], [...rolloutPath, "analysis"], ["datadog"], () => ["prometheus", "web"]);
  t.rest(strategyPath, rolloutPath, ["canary", "blueGreen", "metrics"], () => []);
}
