import { canonicalQuantity, equal, get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue } from "../../field-problem.ts";
import { qosClassOf } from "../pods.ts";
import { isSet, listOf, read, specOf, text, type Problems } from "./checks.ts";

const onlySizes = "only cpu and memory resources are mutable";

/** Which changes of a pod's size are none that may be. */
export function* podResizeProblems(pod: JsonObject, old: JsonObject): Problems {
  const [spec, before] = [specOf(pod), specOf(old)];
  if (isSet(read(old, "metadata", "annotations", "kubernetes.io/config.mirror"))) {
    yield forbiddenValue("[]", "static pods cannot be resized");
    return;
  }
  if (text(before, "os", "name") === "windows") {
    yield forbiddenValue("[]", "windows pods cannot be resized");
    return;
  }
  let found = false;
  for (const problem of sizeProblems(pod, old)) {
    found = true;
    yield problem;
  }
  if (!found && !equal(withoutSizes(spec), withoutSizes(before))) yield forbiddenValue("spec", onlySizes);
}

function* sizeProblems(pod: JsonObject, old: JsonObject): Problems {
  const [spec, before] = [specOf(pod), specOf(old)];
  if (qosClassOf(pod) !== qosClassOf(old)) {
    yield invalidValue("spec", qosClassOf(old), "Pod QOS Class may not change as a result of resizing");
  }
  const running = listOf(get(old["status"], "containerStatuses")).find((one) => isSet(read(one, "state", "running")));
  if (running !== undefined && !isSet(get(running, "resources"))) {
    yield forbiddenValue("spec", "Pod running on node without support for resize");
  }
  yield* podLevelProblems(spec["resources"], before["resources"]);
  const order = [...orderProblems(spec, before)];
  yield* order;
  if (order.length > 0) return;
  for (const key of ["initContainers", "containers"]) {
    for (const [index, one] of listOf(before[key]).entries()) {
      const at = `spec.${key}[${index}].resources`;
      for (const list of ["requests", "limits"]) {
        const now = read(listOf(spec[key])[index], "resources", list);
        if (isRemoved(now, read(one, "resources", list))) {
          yield forbiddenValue(`${at}.${list}`, `resource ${list} cannot be removed`);
        }
      }
    }
  }
  for (const [index, one] of listOf(before["containers"]).entries()) {
    if (!sameBut(listOf(spec["containers"])[index], one)) yield forbiddenValue("spec", onlySizes);
  }
  for (const [index, one] of listOf(before["initContainers"]).entries()) {
    yield* initProblems(listOf(spec["initContainers"])[index], one, `spec.initContainers[${index}]`);
  }
}

function* initProblems(container: JsonValue | undefined, old: JsonValue, at: string): Problems {
  if (!sameBut(container, old)) {
    yield forbiddenValue(at, "only cpu and memory resources for init or sidecar containers are mutable");
  }
  if (text(container, "restartPolicy") === "Always" || equal(container ?? null, old)) return;
  for (const policy of listOf(get(container, "resizePolicy"))) {
    if (text(policy, "restartPolicy") !== "RestartContainer") continue;
    const why = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized";
    yield forbiddenValue(at, why);
  }
}

function* podLevelProblems(now: JsonValue | undefined, before: JsonValue | undefined): Problems {
  const isThere = (one: JsonValue | undefined): boolean =>
    Object.keys(amountsOf(get(one, "requests"))).length + Object.keys(amountsOf(get(one, "limits"))).length > 0;
  if (!isThere(now) && !isThere(before)) return;
  const at = "spec.resources";
  if (isSet(before)) {
    if (!isSet(now)) {
      yield forbiddenValue(at, "pod-level resources cannot be removed");
      return;
    }
    for (const list of ["requests", "limits"]) {
      if (isRemoved(get(now, list), get(before, list))) {
        yield forbiddenValue(`${at}.${list}`, `pod-level resource ${list} cannot be removed`);
      }
    }
  }
  const claims = (one: JsonValue | undefined): JsonValue => get(one, "claims") ?? null;
  if (!equal(otherAmounts(now), otherAmounts(before)) || !equal(claims(now), claims(before))) {
    yield forbiddenValue("spec", `${onlySizes} at pod-level`);
  }
}

function* orderProblems(spec: JsonObject, before: JsonObject): Problems {
  for (const key of ["containers", "initContainers"]) {
    const [now, then] = [listOf(spec[key]), listOf(before[key])];
    if (now.length !== then.length) {
      yield forbiddenValue(`spec.${key}`, `${key} may not be added or removed on resize`);
      continue;
    }
    for (const [index, one] of then.entries()) {
      if (text(now[index], "name") === text(one, "name")) continue;
      yield forbiddenValue(`spec.${key}[${index}].name`, `${key} may not be renamed or reordered on resize`);
    }
  }
}

function amountsOf(list: JsonValue | undefined): JsonObject {
  return isObject(list) ? list : {};
}

function isRemoved(now: JsonValue | undefined, before: JsonValue | undefined): boolean {
  return Object.keys(amountsOf(before)).some((name) => !Object.hasOwn(amountsOf(now), name));
}

/** Requests and limits of all else than CPU and memory, in one notation. */
function otherAmounts(resources: JsonValue | undefined): JsonObject {
  const shown = (list: JsonValue | undefined): JsonObject =>
    Object.fromEntries(
      Object.entries(amountsOf(list))
        .filter(([name]) => name !== "cpu" && name !== "memory")
        .map(([name, amount]) => [name, canonicalQuantity(amount as string | number)]),
    );
  return { requests: shown(get(resources, "requests")), limits: shown(get(resources, "limits")) };
}

function sameBut(container: JsonValue | undefined, old: JsonValue): boolean {
  if (!isObject(container) || !isObject(old)) return false;
  const without = (one: JsonObject): JsonObject => ({ ...one, resources: otherAmounts(one["resources"]) });
  return equal(without(container), without(old));
}

function withoutSizes(spec: JsonObject): JsonObject {
  const { containers: _, initContainers: __, resources: ___, ...rest } = spec;
  return rest;
}
