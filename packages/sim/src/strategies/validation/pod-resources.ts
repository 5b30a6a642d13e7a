import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  compareText,
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  formatQuantity,
  get,
  isObject,
  textOf,
  type JsonObject,
  type JsonValue,
  type Quantity,
} from "@fairlead/apimachinery";
import { duplicateValue, forbiddenValue, invalidValue, requiredValue } from "../../field-problem.ts";
import { isSet, listOf, objections, read, text, type Problems } from "./checks.ts";
import { quantityOf, resourceProblems } from "./container-resources.ts";
import { goStruct } from "./go-struct.ts";

/** The names that containers may refer to. */
export function claimNamesOf(spec: JsonObject): ReadonlySet<string> {
  return new Set(
    listOf(spec["resourceClaims"])
      .map((one) => text(one, "name"))
      .filter((name) => name !== ""),
  );
}

const claimFields = { Name: true, ResourceClaimName: true, ResourceClaimTemplateName: true } as const;

/** What is wrong with the claims of a pod. */
export function* podClaimProblems(list: JsonValue | undefined, at: string): Problems {
  const seen = new Set<string>();
  for (const [index, claim] of listOf(list).entries()) {
    const here = `${at}[${index}]`;
    const name = text(claim, "name");
    if (name === "") yield requiredValue(`${here}.name`);
    else if (seen.has(name)) yield duplicateValue(`${here}.name`, name);
    else yield* objections(`${here}.name`, name, dns1123LabelProblem(name));
    seen.add(name);
    const [own, template] = [get(claim, "resourceClaimName"), get(claim, "resourceClaimTemplateName")];
    const shown = goStruct({ ...(claim as JsonObject), name }, claimFields);
    if (isSet(own) && isSet(template)) {
      const why = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
      yield invalidValue(here, shown, why);
    }
    if (!isSet(own) && !isSet(template)) {
      yield invalidValue(here, shown, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
    }
    for (const [key, value] of Object.entries({ resourceClaimName: own, resourceClaimTemplateName: template })) {
      if (isSet(value)) yield* objections(`${here}.${key}`, value, dns1123SubdomainProblem(textOf(value)));
    }
  }
}

/** What is wrong with the resources of a whole pod. */
export function* podResourceProblems(spec: JsonObject, specAt: string): Problems {
  const at = `${specAt}.resources`;
  const resources = spec["resources"];
  if (!isObject(resources)) return;
  if (text(spec, "os", "name") === "windows") {
    yield forbiddenValue(at, "may not be set for a windows pod");
    return;
  }
  if (isSet(resources["claims"])) {
    yield forbiddenValue(`${at}.claims`, "claims may not be set for Resources at pod-level");
  }
  yield* resourceProblems(resources, at, { claims: claimNamesOf(spec), isPod: true });
  yield* totalProblems(spec, resources, at);
}

/** All containers together ask for no more than the pod, and none has a higher limit. */
function* totalProblems(spec: JsonObject, resources: JsonObject, at: string): Problems {
  for (const list of ["requests", "limits"]) {
    const own = resources[list];
    for (const name of Object.keys(isObject(own) ? own : {}).toSorted(compareText)) {
      if (list === "limits" && !name.startsWith("hugepages-")) continue;
      const [total, most] = [totalOf(spec, list, name), quantityOf(get(own, name))];
      if (total === undefined || most === undefined || compareQuantities(total, most) <= 0) continue;
      const shown = canonicalQuantity(get(own, name) as string | number);
      const why = `must be greater than or equal to aggregate container ${list} of ${formatQuantity(total)}`;
      yield invalidValue(`${at}.${list}[${name}]`, shown, why);
    }
  }
  for (const [index, container] of listOf(spec["containers"]).entries()) {
    const limits = read(container, "resources", "limits");
    for (const name of Object.keys(isObject(limits) ? limits : {}).toSorted(compareText)) {
      const bound = read(resources, "limits", name);
      const [own, most] = [quantityOf(get(limits, name)), quantityOf(bound)];
      if (own === undefined || most === undefined || compareQuantities(own, most) <= 0) continue;
      const [shown, limit] = [get(limits, name), bound].map((one) => canonicalQuantity(one as string | number));
      // The path is the server's.
      const here = `${at}.containers[${index}][${name}].limits`;
      yield invalidValue(here, shown, `must be less than or equal to pod limits of ${limit!}`);
    }
  }
}

/** What the pod needs at most: all containers, or an init container beside the sidecars that run before it. */
function totalOf(spec: JsonObject, list: string, name: string): Quantity | undefined {
  const amountOf = (container: JsonValue): Quantity | undefined => quantityOf(read(container, "resources", list, name));
  const plus = (a: Quantity | undefined, b: Quantity | undefined): Quantity | undefined =>
    a === undefined ? b : b === undefined ? a : addQuantities(a, b);
  let sidecars: Quantity | undefined;
  let first: Quantity | undefined;
  for (const container of listOf(spec["initContainers"])) {
    const isSidecar = get(container, "restartPolicy") === "Always";
    if (isSidecar) sidecars = plus(sidecars, amountOf(container));
    const now = isSidecar ? sidecars : plus(sidecars, amountOf(container));
    if (now !== undefined && (first === undefined || compareQuantities(now, first) > 0)) first = now;
  }
  const total = listOf(spec["containers"]).map(amountOf).reduce(plus, sidecars);
  if (total === undefined || first === undefined) return total ?? first;
  return compareQuantities(first, total) > 0 ? first : total;
}
