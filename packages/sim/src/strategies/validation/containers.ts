import { dns1123LabelProblem, get, isObject, portNameProblem, type JsonValue } from "@fairlead/apimachinery";
import { duplicateValue, forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { listOf, objections, oneOf, portNumber, text, type Problems } from "./checks.ts";
import { resourceProblems } from "./container-resources.ts";
import { envFromProblems, envProblems } from "./environment.ts";
import { hookProblems, type HookContext } from "./handlers.ts";
import { hostPortConflicts } from "./host-ports.ts";
import { deviceProblems, mountProblems, type Volumes } from "./mounts.ts";
import { resizePolicyProblems, restartPolicyProblems } from "./restart-policies.ts";
import { containerSecurityProblems } from "./security-context.ts";

const protocols = ["SCTP", "TCP", "UDP"];

export type ContainerKind = "containers" | "initContainers" | "ephemeralContainers";

export interface ContainerContext {
  readonly volumes: Volumes;
  readonly kind: ContainerKind;
  /** Names of containers of other lists. */
  readonly taken: ReadonlySet<string>;
  /** Users in the containers are users of the node. */
  readonly hostUsers: boolean;
  readonly hooks: HookContext;
  /** Names of the pod's resource claims. */
  readonly claims: ReadonlySet<string>;
  /** Of the pod. */
  readonly restartPolicy: string;
}

export function* containersProblems(list: JsonValue | undefined, at: string, context: ContainerContext): Problems {
  const containers = listOf(list);
  if (containers.length === 0) {
    if (context.kind === "containers") yield requiredValue(at);
    return;
  }
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const here = `${at}[${index}]`;
    const name = text(container, "name");
    yield* commonProblems(container, here, context);
    if (context.kind === "initContainers") {
      yield* restartPolicyProblems(container, here);
      if (names.has(name) || context.taken.has(name)) yield duplicateValue(`${here}.name`, name);
      else if (name !== "") names.add(name);
      // They run one by one; the server takes the index for that of the first.
      yield* hostPortConflicts([container], at);
      yield* initProblems(container, here, context);
      continue;
    }
    if (names.has(name)) yield duplicateValue(`${here}.name`, name);
    names.add(name);
    yield* hookProblems(container, here, context.hooks);
    yield* restartPolicyProblems(container, here);
  }
  if (context.kind === "containers") yield* hostPortConflicts(containers, at);
}

function* initProblems(container: JsonValue, at: string, { hooks }: ContainerContext): Problems {
  if (get(container, "restartPolicy") === "Always") {
    yield* hookProblems(container, at, hooks);
    return;
  }
  for (const key of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]) {
    if (isObject(get(container, key)))
      yield forbiddenValue(`${at}.${key}`, "may not be set for init containers without restartPolicy=Always");
  }
  for (const [index, policy] of listOf(get(container, "resizePolicy")).entries()) {
    if (text(policy, "restartPolicy") !== "RestartContainer") continue;
    const why = "must not be set to 'RestartContainer' for non-sidecar initContainers";
    yield invalidValue(`${at}.resizePolicy[${index}].restartPolicy`, "RestartContainer", why);
  }
}

function* commonProblems(container: JsonValue, at: string, context: ContainerContext): Problems {
  const name = text(container, "name");
  if (name === "") yield requiredValue(`${at}.name`);
  else yield* objections(`${at}.name`, name, dns1123LabelProblem(name));
  if (text(container, "image") === "") yield requiredValue(`${at}.image`);
  yield* oneOf(`${at}.terminationMessagePolicy`, get(container, "terminationMessagePolicy"), [
    "File",
    "FallbackToLogsOnError",
  ]);
  yield* portProblems(get(container, "ports"), `${at}.ports`);
  for (const [index, variable] of listOf(get(container, "env")).entries()) {
    yield* envProblems(variable, `${at}.env[${index}]`);
  }
  for (const [index, source] of listOf(get(container, "envFrom")).entries()) {
    yield* envFromProblems(source, `${at}.envFrom`, index);
  }
  yield* mountProblems(container, `${at}.volumeMounts`, context.volumes);
  yield* deviceProblems(container, `${at}.volumeDevices`, context.volumes);
  yield* oneOf(`${at}.imagePullPolicy`, get(container, "imagePullPolicy"), ["Always", "IfNotPresent", "Never"]);
  yield* resourceProblems(get(container, "resources"), `${at}.resources`, { claims: context.claims, isPod: false });
  yield* resizePolicyProblems(get(container, "resizePolicy"), `${at}.resizePolicy`, context.restartPolicy);
  yield* containerSecurityProblems(get(container, "securityContext"), `${at}.securityContext`, context);
}

function* portProblems(list: JsonValue | undefined, at: string): Problems {
  const names = new Set<string>();
  for (const [index, port] of listOf(list).entries()) {
    const here = `${at}[${index}]`;
    const name = text(port, "name");
    if (name !== "") {
      const why = portNameProblem(name);
      if (why !== undefined) yield* objections(`${here}.name`, name, why);
      else if (names.has(name)) yield duplicateValue(`${here}.name`, name);
      else names.add(name);
    }
    const number = get(port, "containerPort") ?? 0;
    if (number === 0) yield requiredValue(`${here}.containerPort`);
    else yield* portNumber(`${here}.containerPort`, number);
    const host = get(port, "hostPort") ?? 0;
    if (host !== 0) yield* portNumber(`${here}.hostPort`, host);
    const protocol = text(port, "protocol");
    if (protocol === "") yield requiredValue(`${here}.protocol`);
    else if (!protocols.includes(protocol)) yield unsupportedValue(`${here}.protocol`, protocol, protocols);
  }
}
