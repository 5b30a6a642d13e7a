import {
  compareText,
  dns1123SubdomainProblem,
  get,
  isObject,
  labelKeyProblem,
  parseQuantity,
  quantityUnits,
  textOf,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { ipProblems, isAddress } from "./addresses.ts";
import { isSet, listOf, nonNegative, objections, read, sortedMap, specOf, text, type Problems } from "./checks.ts";
import { conditionProblems } from "./conditions.ts";

export function* serviceStatusProblems(service: JsonObject, old: JsonObject): Problems {
  const path = ["loadBalancer", "ingress"];
  const list = read(service["status"], ...path);
  const at = "status.loadBalancer.ingress";
  if (text(specOf(service), "type") !== "LoadBalancer" && listOf(list).length > 0) {
    yield forbiddenValue(at, "may only be used when `spec.type` is 'LoadBalancer'");
  } else yield* ingressProblems(list, read(old["status"], ...path), at, { hasModes: true });
}

export function* ingressStatusProblems(ingress: JsonObject, old: JsonObject): Problems {
  const path = ["loadBalancer", "ingress"];
  const [list, before] = [read(ingress["status"], ...path), read(old["status"], ...path)];
  yield* ingressProblems(list, before, "status.loadBalancer.ingress", { hasModes: false });
}

const modes = ["Proxy", "VIP"];

function* ingressProblems(
  list: JsonValue | undefined,
  old: JsonValue | undefined,
  at: string,
  { hasModes }: { readonly hasModes: boolean },
): Problems {
  const known = new Set(listOf(old).map((one) => text(one, "ip")));
  for (const [index, one] of listOf(list).entries()) {
    const here = `${at}[${index}]`;
    const [address, name, mode] = [text(one, "ip"), text(one, "hostname"), get(one, "ipMode")];
    if (address !== "" && !known.has(address)) yield* ipProblems(`${here}.ip`, address);
    if (hasModes) {
      if (!isSet(mode)) {
        if (address !== "") yield requiredValue(`${here}.ipMode`, "must be specified when `ip` is set");
      } else if (address === "") yield forbiddenValue(`${here}.ipMode`, "may not be specified when `ip` is not set");
      else if (!modes.includes(textOf(mode))) yield unsupportedValue(`${here}.ipMode`, mode, modes);
    }
    if (name === "") continue;
    yield* objections(`${here}.hostname`, name, dns1123SubdomainProblem(name));
    if (isAddress(name)) yield invalidValue(`${here}.hostname`, name, "must be a DNS name, not an IP address");
  }
}

export function* namespaceStatusProblems(namespace: JsonObject): Problems {
  const isGoing = isSet(get(namespace["metadata"], "deletionTimestamp"));
  const phase = text(namespace["status"], "phase");
  const expected = isGoing ? "Terminating" : "Active";
  if (phase === expected) return;
  yield invalidValue(
    "status.Phase",
    phase,
    `may only be '${expected}' if \`deletionTimestamp\` is ${isGoing ? "not " : ""}empty`,
  );
}

export function* budgetStatusProblems(budget: JsonObject): Problems {
  const { status } = budget;
  yield* conditionProblems(get(status, "conditions"), "status.conditions");
  yield* nonNegative("status", status, "disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods");
}

export function* autoscalerStatusProblems(autoscaler: JsonObject): Problems {
  yield* nonNegative("status", autoscaler["status"], "currentReplicas", "desiredReplicas");
}

const resizeStates = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
];

export function* claimStatusProblems(claim: JsonObject): Problems {
  const { status } = claim;
  if (listOf(specOf(claim)["accessModes"]).length === 0) yield requiredValue("Spec.accessModes");
  for (const [name, amount] of entriesOf(get(status, "capacity"))) {
    yield* wholeAmount(`status.capacity[${name}]`, amount);
  }
  const at = "status.allocatedResourceStatuses";
  for (const [name, state] of entriesOf(get(status, "allocatedResourceStatuses"))) {
    yield* claimKey(name, at);
    if (!resizeStates.includes(textOf(state))) yield unsupportedValue(at, name, resizeStates);
  }
  for (const [name, amount] of entriesOf(get(status, "allocatedResources"))) {
    const problems = [...claimKey(name, "status.allocatedResources")];
    yield* problems.length > 0 ? problems : wholeAmount(`status.allocatedResources[${name}]`, amount);
  }
}

function* claimKey(name: string, at: string): Problems {
  const why = labelKeyProblem(name);
  if (why !== undefined) yield* objections(at, name, why);
  else if ((!name.includes("/") || name.includes("kubernetes.io/")) && name !== "storage") {
    yield unsupportedValue(at, name, ["storage"]);
  }
}

function* wholeAmount(at: string, amount: JsonValue): Problems {
  const quantity = typeof amount === "string" || typeof amount === "number" ? parseQuantity(amount) : undefined;
  const whole = quantity === undefined ? 0n : quantityUnits(quantity);
  if (whole < 0n) yield invalidValue(at, Number(whole), "must be a valid resource quantity");
}

function entriesOf(map: JsonValue | undefined): readonly (readonly [string, JsonValue])[] {
  return Object.entries(isObject(map) ? sortedMap(map) : {}).toSorted(([a], [b]) => compareText(a, b));
}
