import {
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  get,
  labelKeyProblem,
  labelValueProblem,
  type JsonObject,
  type JsonValue,
  textOf,
} from "@fairlead/apimachinery";
import { duplicateValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { affinityProblems } from "./affinity.ts";
import { isSet, labels, listOf, objections, oneOf, text, type Problems } from "./checks.ts";
import { containersProblems, type ContainerContext } from "./containers.ts";
import { dnsProblems, hostAliasProblems, hostnameProblems } from "./dns.ts";
import { hostNetworkProblems, hostUsersProblems, podSecurityProblems, systemProblems } from "./pod-security.ts";
import { claimNamesOf, podClaimProblems, podResourceProblems } from "./pod-resources.ts";
import { topologySpreadProblems } from "./topology-spread.ts";
import { checkVolumes } from "./volumes.ts";
import { hostProcessProblems } from "./windows-options.ts";

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export interface PodSpecOptions {
  /** Not the template of one. */
  readonly isPod: boolean;
  /** Of a pod; empty where it is not known yet. */
  readonly podName?: string;
}

/** What is wrong with a pod's spec, as ValidatePodSpec finds it. */
export function* podSpecProblems(spec: JsonObject, at: string, options: PodSpecOptions): Problems {
  const { names, problems } = checkVolumes(spec["volumes"], `${at}.volumes`, options);
  yield* problems;
  yield* podClaimProblems(spec["resourceClaims"], `${at}.resourceClaims`);
  const claims = claimNamesOf(spec);
  const { containers, initContainers, ephemeralContainers, terminationGracePeriodSeconds: grace } = spec;
  const own = namesOf(containers);
  const context = (kind: ContainerContext["kind"], taken: ReadonlySet<string>): ContainerContext => ({
    kind,
    taken,
    volumes: names,
    hostUsers: spec["hostUsers"] !== false,
    restartPolicy: text(spec, "restartPolicy"),
    claims,
    hooks: { grace: typeof grace === "number" ? grace : undefined },
  });
  yield* containersProblems(containers, `${at}.containers`, context("containers", new Set()));
  yield* containersProblems(initContainers, `${at}.initContainers`, context("initContainers", own));
  yield* ephemeralProblems(
    ephemeralContainers,
    `${at}.ephemeralContainers`,
    new Set([...own, ...namesOf(initContainers)]),
  );
  yield* podResourceProblems(spec, at);
  yield* hostNetworkProblems(spec, at, options);
  yield* oneOf(`${at}.restartPolicy`, spec["restartPolicy"], ["Always", "OnFailure", "Never"]);
  yield* oneOf(`${at}.dnsPolicy`, spec["dnsPolicy"], ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
  yield* labels(`${at}.nodeSelector`, spec["nodeSelector"]);
  yield* podSecurityProblems(spec, at);
  yield* affinityProblems(spec["affinity"], `${at}.affinity`);
  yield* dnsProblems(spec, at);
  for (const [index, gate] of listOf(spec["readinessGates"]).entries()) {
    const type = text(gate, "conditionType");
    yield* objections(`${at}.readinessGates[${index}].conditionType`, type, labelKeyProblem(type));
  }
  yield* gateProblems(spec["schedulingGates"], `${at}.schedulingGates`);
  yield* topologySpreadProblems(spec["topologySpreadConstraints"], `${at}.topologySpreadConstraints`);
  yield* hostProcessProblems(spec, at);
  yield* hostUsersProblems(spec, at);
  yield* hostnameProblems(spec, at);
  yield* nameProblem(`${at}.serviceAccountName`, spec["serviceAccountName"], dns1123SubdomainProblem);
  yield* nameProblem(`${at}.nodeName`, spec["nodeName"], dns1123SubdomainProblem);
  const deadline = spec["activeDeadlineSeconds"];
  if (typeof deadline === "number" && (deadline < 1 || deadline > 2_147_483_647)) {
    yield invalidValue(`${at}.activeDeadlineSeconds`, deadline, "must be between 1 and 2147483647, inclusive");
  }
  yield* nameProblem(`${at}.hostname`, spec["hostname"], dns1123LabelProblem);
  yield* nameProblem(`${at}.subdomain`, spec["subdomain"], dns1123LabelProblem);
  for (const [index, one] of listOf(spec["tolerations"]).entries()) {
    yield* tolerationProblems(one, `${at}.tolerations[${index}]`);
  }
  yield* hostAliasProblems(spec["hostAliases"], `${at}.hostAliases`);
  yield* nameProblem(`${at}.priorityClassName`, spec["priorityClassName"], dns1123SubdomainProblem);
  yield* nameProblem(`${at}.runtimeClassName`, spec["runtimeClassName"], dns1123SubdomainProblem);
  const preemption = spec["preemptionPolicy"];
  if (isSet(preemption)) {
    yield* oneOf(`${at}.preemptionPolicy`, preemption, ["PreemptLowerPriority", "Never"]);
  }
  yield* systemProblems(spec, at);
}

function* gateProblems(list: JsonValue | undefined, at: string): Problems {
  const seen = new Set<string>();
  for (const [index, gate] of listOf(list).entries()) {
    const name = text(gate, "name");
    yield* objections(`${at}[${index}]`, name, labelKeyProblem(name));
    if (seen.has(name)) yield duplicateValue(`${at}[${index}]`, name);
    seen.add(name);
  }
}

function namesOf(list: JsonValue | undefined): Set<string> {
  return new Set(listOf(list).map((one) => text(one, "name")));
}

const notEphemeral = ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"];

function* ephemeralProblems(list: JsonValue | undefined, at: string, taken: ReadonlySet<string>): Problems {
  const names = new Set<string>();
  for (const [index, one] of listOf(list).entries()) {
    const here = `${at}[${index}]`;
    const name = text(one, "name");
    if (name === "") yield requiredValue(`${here}.name`);
    else yield* objections(`${here}.name`, name, dns1123LabelProblem(name));
    if (text(one, "image") === "") yield requiredValue(`${here}.image`);
    if (taken.has(name) || names.has(name)) {
      yield {
        field: `${here}.name`,
        reason: "FieldValueDuplicate",
        message: `Duplicate value: ${JSON.stringify(name)}`,
      };
    }
    names.add(name);
    for (const key of notEphemeral) {
      const value = get(one, key);
      if (!isSet(value)) continue;
      const message = "Forbidden: cannot be set for an Ephemeral Container";
      yield { field: `${here}.${key}`, reason: "FieldValueForbidden", message };
    }
  }
}

function* nameProblem(at: string, value: JsonValue | undefined, check: (name: string) => string | undefined): Problems {
  const name = textOf(value);
  if (name !== "") yield* objections(at, name, check(name));
}

function* tolerationProblems(toleration: JsonValue, at: string): Problems {
  const [key, operator, value, effect] = ["key", "operator", "value", "effect"].map((one) => text(toleration, one)) as [
    string,
    string,
    string,
    string,
  ];
  if (key !== "") yield* objections(`${at}.key`, key, labelKeyProblem(key));
  else if (operator !== "Exists") {
    const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    yield invalidValue(`${at}.operator`, operator, why);
  }
  if (isSet(get(toleration, "tolerationSeconds")) && effect !== "NoExecute") {
    yield invalidValue(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
  }
  if (operator === "Equal" || operator === "") {
    const why = labelValueProblem(value);
    if (why !== undefined) yield invalidValue(`${at}.operator`, value, why.replaceAll("; ", ";"));
  } else if (operator === "Exists") {
    if (value !== "") yield invalidValue(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'");
  } else {
    const known = operator === "Lt" || operator === "Gt" ? ["Equal", "Exists", "Lt", "Gt"] : ["Equal", "Exists"];
    yield unsupportedValue(`${at}.operator`, operator, known);
  }
  if (effect !== "" && !effects.includes(effect)) yield unsupportedValue(`${at}.effect`, effect, effects);
}
