import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { endpointCandidates } from "./endpoints.ts";

/** A field of a spec, by its path; `replace` is what it becomes, nothing to remove it. */
interface Step {
  readonly path: readonly (string | number)[];
  readonly replace?: JsonValue;
}

/** Switches and settings that only say what an App does without them, in the cases where it does. */
const own = ["standardLabels", "selector", "serviceAccount", "serviceAccountName"];
/** Fields of pods and containers that the API server fills in. */
const defaulted = new Set([
  "restartPolicy",
  "dnsPolicy",
  "schedulerName",
  "terminationGracePeriodSeconds",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "imagePullPolicy",
  "protocol",
  "successThreshold",
  "failureThreshold",
  "periodSeconds",
  "timeoutSeconds",
  "scheme",
  "revisionHistoryLimit",
  "progressDeadlineSeconds",
  "updateStrategy",
  "defaultMode",
  "apiVersion",
  "podManagementPolicy",
  "persistentVolumeClaimRetentionPolicy",
  "securityContext",
  "sessionAffinity",
  "internalTrafficPolicy",
  "ipFamilies",
  "ipFamilyPolicy",
  "type",
  "targetPort",
  "completions",
  "parallelism",
  "backoffLimit",
  "completionMode",
  "suspend",
  "concurrencyPolicy",
  "failedJobsHistoryLimit",
  "successfulJobsHistoryLimit",
  "podReplacementPolicy",
  "enableServiceLinks",
]);
const deepest = 12;

/**
 * Removes whatever makes no difference, as `same` judges it: opt-outs that are not needed, selectors and ports that
 * follow from the rest, defaults of the API. Asks as seldom as it can: all at once first, then by halves.
 */
export function simplify(spec: JsonObject, name: string, same: (spec: JsonObject) => boolean): JsonObject {
  let best = spec;
  for (const steps of [manualSteps, hardeningSteps, ownSteps, serviceSteps, defaultSteps, shorthandSteps]) {
    best = tryAll(best, steps(best), same);
  }
  best = withOneSwitch(best, same);
  for (let found: JsonObject | undefined = best; found !== undefined; best = found ?? best) {
    found = endpointCandidates(best, name).find(same);
  }
  return withoutEmpty(best, same);
}

/** Several opt-outs in a row are one: what they have in common. */
function withOneSwitch(spec: JsonObject, same: (spec: JsonObject) => boolean): JsonObject {
  const switches = spec["hardening"];
  if (!isObject(switches) || Object.keys(switches).length < 2) return spec;
  const on = Object.entries(switches).filter(([, value]) => value !== false);
  const candidate = { ...spec, hardening: { default: false, ...Object.fromEntries(on) } };
  return same(candidate) ? candidate : spec;
}

/** Keeps the largest set of steps that halving finds. */
function tryAll(spec: JsonObject, steps: readonly Step[], same: (spec: JsonObject) => boolean): JsonObject {
  if (steps.length === 0) return spec;
  const changed = applySteps(spec, steps);
  if (same(changed)) return changed;
  if (steps.length === 1) return spec;
  const half = Math.ceil(steps.length / 2);
  return tryAll(tryAll(spec, steps.slice(0, half), same), steps.slice(half), same);
}

/** Steps are given so that a path stays valid when those before it are done: fields only, list items are kept. */
function applySteps(spec: JsonObject, steps: readonly Step[]): JsonObject {
  return steps.reduce((result, { path, replace }) => changeAt(result, path, replace) as JsonObject, spec);
}

function changeAt(value: JsonValue, path: readonly (string | number)[], replace: JsonValue | undefined): JsonValue {
  const [first, ...rest] = path;
  if (first === undefined) return replace ?? value;
  if (Array.isArray(value)) return value.map((item, index) => (index === first ? changeAt(item, rest, replace) : item));
  if (!isObject(value) || typeof first !== "string") return value;
  if (rest.length > 0) {
    return Object.hasOwn(value, first) ? { ...value, [first]: changeAt(value[first]!, rest, replace) } : value;
  }
  if (replace !== undefined) return { ...value, [first]: replace };
  const { [first]: _removed, ...others } = value;
  return others;
}

function hardeningSteps(spec: JsonObject): Step[] {
  const switches = spec["hardening"];
  return isObject(switches) ? Object.keys(switches).map((name) => ({ path: ["hardening", name] })) : [];
}

function ownSteps(spec: JsonObject): Step[] {
  const steps: Step[] = own.filter((field) => spec[field] !== undefined).map((field) => ({ path: [field] }));
  for (const path of [
    ["serviceAccount", "create"],
    ["serviceAccount", "name"],
    ["scaling", "engine"],
    ["scaling", "name"],
    ["disruptionBudget", "enabled"],
  ]) {
    if (get(spec[path[0]!], path[1]!) !== undefined) steps.push({ path });
  }
  const prometheus = get(spec["monitoring"], "prometheus");
  if (isObject(prometheus)) {
    for (const name of ["via", "port", "path"])
      if (prometheus[name] !== undefined) steps.push({ path: ["monitoring", "prometheus", name] });
  }
  return steps;
}

/** A suspended CronJob that never comes due is how a Task is kept for a person to start. */
function manualSteps(spec: JsonObject): Step[] {
  if (spec["suspend"] !== true || typeof spec["schedule"] !== "string") return [];
  const { schedule: _schedule, suspend: _suspend, standardLabels, ...rest } = spec;
  return [{ path: [], replace: { ...(standardLabels !== undefined && { standardLabels }), manual: true, ...rest } }];
}

function serviceSteps(spec: JsonObject): Step[] {
  const fields = ["enabled", "selector", "ports", "clusterIP"];
  const steps: Step[] = fields
    .filter((field) => get(spec["service"], field) !== undefined)
    .map((field) => ({ path: ["service", field] }));
  const others = spec["services"];
  for (const index of Array.isArray(others) ? others.keys() : [])
    for (const field of fields) steps.push({ path: ["services", index, field] });
  return steps;
}

/** Every field that Kubernetes has a default for, wherever it stands. */
function defaultSteps(spec: JsonObject): Step[] {
  const steps: Step[] = [];
  walk(spec, []);
  return steps;

  function walk(value: JsonValue, path: readonly (string | number)[]): void {
    if (path.length > deepest) return;
    if (Array.isArray(value)) value.forEach((item, index) => walk(item, [...path, index]));
    if (
      !isObject(value) ||
      path[0] === "volumeClaimTemplates" ||
      path[0] === "pod" ||
      path[0] === "patches" ||
      path[0] === "selector"
    )
      return;
    for (const [key, child] of Object.entries(value)) {
      if (defaulted.has(key)) steps.push({ path: [...path, key] });
      else walk(child, [...path, key]);
    }
  }
}

/** `envFrom` as `configs` and `secrets`, where the order allows it. */
function shorthandSteps(spec: JsonObject): Step[] {
  const steps: Step[] = [];
  for (const list of ["containers", "initContainers"]) {
    const containers = spec[list];
    for (const [index, container] of Array.isArray(containers) ? containers.entries() : []) {
      const short = isObject(container) ? withEnvShorthand(container) : undefined;
      if (short !== undefined)
        steps.push({
          path: [list],
          replace: (containers as JsonValue[]).map((one, at) => (at === index ? short : one)),
        });
    }
    const all = Array.isArray(containers)
      ? containers.map((one) => (isObject(one) ? (withEnvShorthand(one) ?? one) : one))
      : undefined;
    if (steps.length > 1 && all !== undefined)
      return [{ path: [list], replace: all }, ...steps.filter((step) => step.path[0] !== list)];
  }
  return steps;
}

function withEnvShorthand(container: JsonObject): JsonObject | undefined {
  const sources = container["envFrom"];
  if (!Array.isArray(sources) || sources.length === 0) return undefined;
  const configs: string[] = [];
  const secrets: string[] = [];
  for (const source of sources) {
    if (!isObject(source) || Object.keys(source).length !== 1) return undefined;
    const config = plainName(source["configMapRef"]);
    const secret = plainName(source["secretRef"]);
    if (config !== undefined && secrets.length === 0) configs.push(config);
    else if (secret !== undefined) secrets.push(secret);
    else return undefined;
  }
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(container)) {
    if (key !== "envFrom") result[key] = value;
    else {
      if (configs.length > 0) result["configs"] = configs;
      if (secrets.length > 0) result["secrets"] = secrets;
    }
  }
  return result;
}

function plainName(reference: JsonValue | undefined): string | undefined {
  const name = get(reference, "name");
  return isObject(reference) && Object.keys(reference).length === 1 && typeof name === "string" ? name : undefined;
}

/** Removes what the steps left empty: `service: {}`, `hardening: {}`. */
function withoutEmpty(spec: JsonObject, same: (spec: JsonObject) => boolean): JsonObject {
  let best = spec;
  for (const [key, value] of Object.entries(spec)) {
    if (!isObject(value) || Object.keys(value).length > 0) continue;
    const { [key]: _empty, ...rest } = best;
    if (same(rest)) best = rest;
  }
  return best;
}
