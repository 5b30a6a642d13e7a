import { dns1123SubdomainProblem, get, labelKeyProblem, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { forbiddenValue, internalError, invalidValue } from "../../field-problem.ts";
import { ipProblems, isAddress } from "./addresses.ts";
import { isSet, listOf, objections, read, specOf, text, type Problems } from "./checks.ts";
import { goStruct } from "./go-struct.ts";

const systemConditions = ["PodScheduled", "Ready", "Initialized"];
const generationText = "must be a non-negative integer";

/** What of a pod's status cannot be, or can no more be. */
export function* podStatusProblems(pod: JsonObject, old: JsonObject): Problems {
  const { status } = pod;
  const before = old["status"];
  for (const [index, condition] of listOf(get(status, "conditions")).entries()) {
    const at = `status.conditions[${index}]`;
    yield* generationProblem(get(condition, "observedGeneration"), at);
    const type = text(condition, "type");
    if (!systemConditions.includes(type)) yield* objections(`${at}.Type`, type, labelKeyProblem(type));
  }
  const nominated = text(status, "nominatedNodeName");
  if (nominated !== "" && nominated !== text(before, "nominatedNodeName")) {
    yield* objections("status.nominatedNodeName", nominated, dns1123SubdomainProblem(nominated));
    if (text(specOf(old), "nodeName") !== "") {
      const why = "may not be set on pods that are already bound to a node";
      yield forbiddenValue("status.nominatedNodeName", why);
    }
  }
  yield* generationProblem(get(status, "observedGeneration"), "status");
  const [quality, formerQuality] = [text(status, "qosClass"), text(before, "qosClass")];
  if (quality !== formerQuality) yield invalidValue("status.qosClass", quality, "field is immutable");
  for (const [key, containers] of [
    ["containerStatuses", "containers"],
    ["initContainerStatuses", "initContainers"],
  ] as const) {
    yield* restartProblems(get(status, key), get(before, key), specOf(old), containers, `status.${key}`);
  }
  yield* addressProblems(get(status, "podIPs"), get(before, "podIPs"), "status.podIPs");
  const hosts = listOf(get(status, "hostIPs"));
  if (hosts.length > 0 && text(hosts[0], "ip") !== text(status, "hostIP")) {
    yield invalidValue("status.hostIPs[0].ip", text(hosts[0], "ip"), "must be equal to `hostIP`");
  }
  yield* addressProblems(hosts as JsonValue[], get(before, "hostIPs"), "status.hostIPs");
}

function* generationProblem(generation: JsonValue | undefined, at: string): Problems {
  if (typeof generation === "number" && generation < 0) {
    yield invalidValue(`${at}.observedGeneration`, generation, generationText);
  }
}

/** Containers that have ended for good do not run again. */
function* restartProblems(
  list: JsonValue | undefined,
  old: JsonValue | undefined,
  spec: JsonObject,
  key: "containers" | "initContainers",
  at: string,
): Problems {
  const rules = ["containers", "initContainers"].flatMap((one) =>
    listOf(spec[one]).flatMap((container) => listOf(get(container, "restartPolicyRules"))),
  );
  if (rules.some((one) => text(one, "action") === "RestartAllContainers")) return;
  for (const [index, before] of listOf(old).entries()) {
    const ended = read(before, "state", "terminated");
    if (!isSet(ended)) continue;
    const name = text(before, "name");
    const now = listOf(list).find((one) => text(one, "name") === name && !isSet(read(one, "state", "terminated")));
    if (now === undefined) continue;
    const container = listOf(spec[key]).find((one) => text(one, "name") === name);
    const code = Number(get(ended, "exitCode") ?? 0);
    if (container !== undefined && restarts(container, text(spec, "restartPolicy"), code)) continue;
    yield forbiddenValue(`${at}[${index}].state`, "may not be transitioned to non-terminated state");
  }
}

function restarts(container: JsonValue, podPolicy: string, code: number): boolean {
  const own = get(container, "restartPolicy");
  if (isSet(own)) {
    const rule = listOf(get(container, "restartPolicyRules")).find((one) => matchesCode(get(one, "exitCodes"), code));
    if (rule !== undefined && text(rule, "action") === "Restart") return true;
  }
  const policy = isSet(own) ? text(container, "restartPolicy") : podPolicy;
  return policy === "OnFailure" ? code !== 0 : policy !== "Never";
}

function matchesCode(codes: JsonValue | undefined, code: number): boolean {
  const has = listOf(get(codes, "values")).includes(code);
  return text(codes, "operator") === "In" ? has : text(codes, "operator") === "NotIn" && !has;
}

function* addressProblems(list: JsonValue | undefined, old: JsonValue | undefined, at: string): Problems {
  const addresses = listOf(list).map((one) => text(one, "ip"));
  const known = new Set(listOf(old).map((one) => text(one, "ip")));
  for (const [index, address] of addresses.entries()) {
    if (!known.has(address)) yield* ipProblems(`${at}[${index}]`, address);
  }
  if (addresses.length < 2) return;
  const wrong = addresses.findIndex((one) => !isAddress(one));
  if (wrong >= 0) {
    yield internalError(at, `failed to check for dual stack with error:invalid IP[${wrong}]: ${addresses[wrong]!}`);
  }
  const families = new Set(addresses.map((one) => one.includes(":")));
  if (wrong < 0 && addresses.length === 2 && families.size === 2) return;
  const shown = goStruct(list, { IP: true });
  yield invalidValue(at, shown, "may specify no more than one IP for each IP family");
}
