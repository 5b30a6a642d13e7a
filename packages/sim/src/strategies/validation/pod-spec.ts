import {
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  get,
  isObject,
  labelKeyProblem,
  labelValueProblem,
  type JsonObject,
  type JsonValue,
  textOf,
  validate,
} from "@fairlead/apimachinery";
import { invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { labelSelectorProblems } from "../../label-problems.ts";
import { isSet, labels, listOf, objections, oneOf, text, type Problems } from "./checks.ts";
import { containersProblems, type ContainerContext } from "./containers.ts";
import { checkVolumes } from "./volumes.ts";

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** What is wrong with a pod's spec, as ValidatePodSpec finds it. */
export function* podSpecProblems(spec: JsonObject, at: string): Problems {
  const { names, problems } = checkVolumes(spec["volumes"], `${at}.volumes`);
  yield* problems;
  const { containers, initContainers, ephemeralContainers } = spec;
  const own = namesOf(containers);
  const context = (kind: ContainerContext["kind"], taken: ReadonlySet<string>): ContainerContext => ({
    kind,
    taken,
    volumes: names,
  });
  yield* containersProblems(containers, `${at}.containers`, context("containers", new Set()));
  yield* containersProblems(initContainers, `${at}.initContainers`, context("initContainers", own));
  yield* ephemeralProblems(
    ephemeralContainers,
    `${at}.ephemeralContainers`,
    new Set([...own, ...namesOf(initContainers)]),
  );
  yield* oneOf(`${at}.restartPolicy`, spec["restartPolicy"], ["Always", "OnFailure", "Never"]);
  yield* oneOf(`${at}.dnsPolicy`, spec["dnsPolicy"], ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
  yield* labels(`${at}.nodeSelector`, spec["nodeSelector"]);
  for (const [index, gate] of listOf(spec["readinessGates"]).entries()) {
    const type = text(gate, "conditionType");
    yield* objections(`${at}.readinessGates[${index}].conditionType`, type, labelKeyProblem(type));
  }
  for (const [index, gate] of listOf(spec["schedulingGates"]).entries()) {
    yield* objections(`${at}.schedulingGates[${index}]`, text(gate, "name"), labelKeyProblem(text(gate, "name")));
  }
  yield* spreadProblems(spec["topologySpreadConstraints"], `${at}.topologySpreadConstraints`);
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
  for (const [index, alias] of listOf(spec["hostAliases"]).entries()) {
    yield* ipProblems(`${at}.hostAliases[${index}].ip`, text(alias, "ip"));
    for (const [which, name] of listOf(get(alias, "hostnames")).entries()) {
      yield* objections(`${at}.hostAliases[${index}].hostnames[${which}]`, name, dns1123SubdomainProblem(textOf(name)));
    }
  }
  yield* nameProblem(`${at}.priorityClassName`, spec["priorityClassName"], dns1123SubdomainProblem);
  yield* nameProblem(`${at}.runtimeClassName`, spec["runtimeClassName"], dns1123SubdomainProblem);
  const preemption = spec["preemptionPolicy"];
  if (isSet(preemption)) {
    yield* oneOf(`${at}.preemptionPolicy`, preemption, ["PreemptLowerPriority", "Never"]);
  }
}

export function* podTemplateProblems(template: JsonValue | undefined, at: string): Problems {
  yield* labels(`${at}.labels`, get(get(template, "metadata"), "labels"));
  for (const key of Object.keys(annotationsOf(template)).sort()) {
    yield* objections(`${at}.annotations`, key, labelKeyProblem(key.toLowerCase()));
  }
  const spec = get(template, "spec");
  yield* podSpecProblems(isObject(spec) ? spec : {}, `${at}.spec`);
}

function annotationsOf(template: JsonValue | undefined): JsonObject {
  const found = get(get(template, "metadata"), "annotations");
  return isObject(found) ? found : {};
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

/** An IPv4 or IPv6 address. */
export function isAddress(address: string): boolean {
  return isOfFormat(address, "ipv4") || isOfFormat(address, "ipv6");
}

export function isOfFormat(value: string, format: string): boolean {
  return validate(value, { type: "string", format }).length === 0;
}

export function* ipProblems(at: string, address: string): Problems {
  if (!isAddress(address))
    yield invalidValue(at, address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
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

function* spreadProblems(list: JsonValue | undefined, at: string): Problems {
  for (const [index, one] of listOf(list).entries()) {
    const here = `${at}[${index}]`;
    const skew = get(one, "maxSkew") ?? 0;
    if (typeof skew === "number" && skew <= 0) yield invalidValue(`${here}.maxSkew`, skew, "must be greater than zero");
    const key = text(one, "topologyKey");
    if (key === "") yield requiredValue(`${here}.topologyKey`, "can not be empty");
    else yield* objections(`${here}.topologyKey`, key, labelKeyProblem(key));
    const action = get(one, "whenUnsatisfiable");
    const known = ["DoNotSchedule", "ScheduleAnyway"];
    if (!known.includes(textOf(action))) yield unsupportedValue(`${here}.whenUnsatisfiable`, textOf(action), known);
    const selector = get(one, "labelSelector");
    if (isObject(selector)) yield* labelSelectorProblems(`${here}.labelSelector`, selector);
  }
}
