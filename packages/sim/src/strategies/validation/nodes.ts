import { isObject, labelKeyProblem, labelValueProblem, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import {
  duplicateValue,
  forbiddenValue,
  internalError,
  invalidValue,
  requiredValue,
  unsupportedValue,
} from "../../field-problem.ts";
import { cidrProblems, isOfFormat } from "./addresses.ts";
import { amountProblems } from "./amounts.ts";
import { countedNames } from "./counted-names.ts";
import { listOf, objections, read, sortedMap, specOf, text, type Problems } from "./checks.ts";
import { goStruct } from "./go-struct.ts";

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** What is wrong with a node. */
export function* nodeProblems(node: JsonObject): Problems {
  yield* taintProblems(specOf(node)["taints"]);
  yield* amountsProblems(node);
  const swap = read(node["status"], "nodeInfo", "swap", "capacity");
  if (typeof swap === "number" && swap <= 0) {
    yield invalidValue("metadata.nodeSwapStatus.capacity", swap, "must be greater than zero");
  }
  yield* featureProblems(read(node["status"], "declaredFeatures"));
  yield* rangeProblems(listOf(specOf(node)["podCIDRs"]).map(String));
}

function* taintProblems(list: JsonValue | undefined): Problems {
  const seen = new Set<string>();
  for (const [index, taint] of listOf(list).entries()) {
    const at = `metadata.taints[${index}]`;
    const [key, value, effect] = [text(taint, "key"), text(taint, "value"), text(taint, "effect")];
    yield* objections(`${at}.key`, key, labelKeyProblem(key));
    const why = labelValueProblem(value);
    if (why !== undefined) yield invalidValue(`${at}.value`, value, why.replaceAll("; ", ";"));
    if (effect === "") yield requiredValue(`${at}.effect`);
    else if (!effects.includes(effect)) yield unsupportedValue(`${at}.effect`, effect, effects);
    const both = JSON.stringify([key, effect]);
    if (seen.has(both)) {
      const fields = { Key: true, Value: true, Effect: true, TimeAdded: true } as const;
      const shown = goStruct({ value: "", ...(taint as JsonObject) }, fields);
      const { message, ...rest } = duplicateValue(at, shown);
      yield { ...rest, message: `${message}: taints must be unique by key and effect pair` };
    }
    seen.add(both);
  }
}

function* amountsProblems(node: JsonObject): Problems {
  for (const key of ["capacity", "allocatable"]) {
    const list = read(node["status"], key);
    for (const [name, amount] of Object.entries(isObject(list) ? sortedMap(list) : {})) {
      const isCounted = countedNames.has(name) || (name.includes("/") && !name.includes("kubernetes.io/"));
      yield* amountProblems(amount, `status.${key}.${name}`, isCounted);
    }
  }
}

const feature = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const longestFeature = 253;

function* featureProblems(list: JsonValue | undefined): Problems {
  const names = listOf(list).map(String);
  const at = "status.declaredFeatures";
  for (const [index, name] of names.entries()) {
    const shown = `invalid feature name ${JSON.stringify(name)}`;
    if (name.length > longestFeature) {
      yield invalidValue(`${at}[${index}]`, name, `${shown}: must be no more than ${longestFeature} characters`);
    } else if (!feature.test(name)) {
      const why =
        "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";
      yield invalidValue(`${at}[${index}]`, name, `${shown}: ${why}`);
    }
    const next = names[index + 1];
    if (next === undefined) continue;
    if (next === name) yield duplicateValue(`${at}[${index + 1}]`, next);
    else if (name > next) yield invalidValue(`${at}[${index + 1}]`, next, "list must be sorted alphabetically");
  }
}

function* rangeProblems(ranges: readonly string[]): Problems {
  const at = "spec.podCIDRs";
  for (const [index, range] of ranges.entries()) yield* cidrProblems(`${at}[${index}]`, range);
  if (ranges.length < 2) return;
  const wrong = ranges.findIndex((one) => !isOfFormat(one, "cidr"));
  if (wrong >= 0) {
    const why = `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${wrong}]: <nil> (invalid CIDR address: ${ranges[wrong]!})`;
    yield internalError(at, why);
  }
  const families = new Set(ranges.map((one) => one.includes(":")));
  if (wrong < 0 && ranges.length === 2 && families.size === 2) return;
  yield invalidValue(at, ranges, "may specify no more than one CIDR for each IP family");
}

/** What of a node may not change: what is given once. Looks at the rest of it once more, as the server does. */
export function* nodeChange(node: JsonObject, old: JsonObject): Problems {
  const [spec, before] = [specOf(node), specOf(old)];
  yield* amountsProblems(node);
  yield* featureProblems(read(node["status"], "declaredFeatures"));
  const seen = new Set<string>();
  for (const [index, address] of listOf(read(node["status"], "addresses")).entries()) {
    const shown = goStruct(address, { Type: true, Address: true });
    const key = JSON.stringify(shown);
    if (seen.has(key)) yield duplicateValue(`status.addresses[${index}]`, shown);
    seen.add(key);
  }
  const [ranges, former] = [listOf(spec["podCIDRs"]), listOf(before["podCIDRs"])];
  if (former.length > 0) {
    const count = ranges.length === former.length ? former.filter((one, index) => ranges[index] !== one).length : 1;
    const why = 'node updates may not change podCIDR except from "" to valid';
    for (let index = 0; index < count; index++) yield forbiddenValue("spec.podCIDRs", why);
  }
  const provider = text(before, "providerID");
  if (provider !== "" && text(spec, "providerID") !== provider) {
    const why = 'node updates may not change providerID except from "" to valid';
    yield forbiddenValue("spec.providerID", why);
  }
  yield* taintProblems(spec["taints"]);
  if (text(spec, "externalID") !== text(before, "externalID")) {
    yield forbiddenValue("spec.externalID", "may not be updated");
  }
}
