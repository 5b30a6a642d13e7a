import {
  compareText,
  compareQuantities,
  configMapKeyProblem,
  dns1123SubdomainProblem,
  dns1123LabelProblem,
  get,
  isObject,
  labelKeyProblem,
  parseQuantity,
  portNameProblem,
  relaxedEnvVarNameProblem,
  type JsonObject,
  type JsonValue,
  textOf,
} from "@fairlead/apimachinery";
import type { FieldProblem } from "../../errors.ts";
import { duplicateValue, forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { listOf, nonNegative, objections, oneOf, portNumber, portNumberOrName, text, type Problems } from "./checks.ts";
import { descendingPath } from "./paths.ts";
import { containerSecurityProblems } from "./security-context.ts";

const protocols = ["SCTP", "TCP", "UDP"];

export type ContainerKind = "containers" | "initContainers" | "ephemeralContainers";

export interface ContainerContext {
  readonly volumes: ReadonlySet<string>;
  readonly kind: ContainerKind;
  /** Names of containers of other lists. */
  readonly taken: ReadonlySet<string>;
  /** Users in the containers are users of the node. */
  readonly hostUsers: boolean;
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
      if (names.has(name) || context.taken.has(name)) yield duplicateValue(`${here}.name`, name);
      else if (name !== "") names.add(name);
      yield* initProblems(container, here);
      continue;
    }
    if (names.has(name)) yield duplicateValue(`${here}.name`, name);
    names.add(name);
    yield* hooks(container, here);
    const policy = get(container, "restartPolicy");
    if (policy !== undefined && !["Always", "OnFailure", "Never"].includes(textOf(policy))) {
      yield unsupportedValue(`${here}.restartPolicy`, policy, ["Always", "OnFailure", "Never"]);
    }
  }
}

function* initProblems(container: JsonValue, at: string): Problems {
  const policy = get(container, "restartPolicy");
  if (policy === "Always") {
    yield* hooks(container, at);
    return;
  }
  for (const key of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]) {
    if (isObject(get(container, key)))
      yield forbiddenValue(`${at}.${key}`, "may not be set for init containers without restartPolicy=Always");
  }
}

function* hooks(container: JsonValue, at: string): Problems {
  const lifecycle = get(container, "lifecycle");
  for (const key of ["postStart", "preStop"]) {
    const handler = get(lifecycle, key);
    if (isObject(handler)) yield* handlerProblems(handler, `${at}.lifecycle.${key}`);
  }
  for (const key of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const probe = get(container, key);
    if (!isObject(probe)) continue;
    const here = `${at}.${key}`;
    yield* probeProblems(probe, here);
    const success = probe["successThreshold"];
    if (key !== "readinessProbe" && success !== 1)
      yield invalidValue(`${here}.successThreshold`, success ?? 0, "must be 1");
    if (key === "readinessProbe" && probe["terminationGracePeriodSeconds"] !== undefined) {
      yield invalidValue(
        `${here}.terminationGracePeriodSeconds`,
        probe["terminationGracePeriodSeconds"],
        "must not be set for readinessProbes",
      );
    }
  }
}

function* probeProblems(probe: JsonObject, at: string): Problems {
  yield* handlerProblems(probe, at);
  yield* nonNegative(
    at,
    probe,
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  );
  const grace = probe["terminationGracePeriodSeconds"];
  if (typeof grace === "number" && grace <= 0) {
    yield invalidValue(`${at}.terminationGracePeriodSeconds`, grace, "must be greater than 0");
  }
}

function* handlerProblems(handler: JsonObject, at: string): Problems {
  let count = 0;
  for (const key of ["exec", "httpGet", "tcpSocket", "grpc", "sleep"]) {
    const own = handler[key];
    if (!isObject(own)) continue;
    if (count > 0) {
      yield forbiddenValue(`${at}.${key}`, "may not specify more than 1 handler type");
      continue;
    }
    count++;
    if (key === "exec" && listOf(own["command"]).length === 0) yield requiredValue(`${at}.exec.command`);
    if (key === "httpGet") {
      if (text(own, "path") === "") yield requiredValue(`${at}.httpGet.path`);
      yield* portNumberOrName(`${at}.httpGet.port`, own["port"]);
      if (!["HTTP", "HTTPS"].includes(text(own, "scheme"))) {
        yield unsupportedValue(`${at}.httpGet.scheme`, own["scheme"], ["HTTP", "HTTPS"]);
      }
    }
    if (key === "tcpSocket" || key === "grpc") yield* portNumberOrName(`${at}.${key}.port`, own["port"]);
  }
  if (count === 0) yield requiredValue(at, "must specify a handler type");
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
    yield* envFromProblems(source, `${at}.envFrom[${index}]`);
  }
  yield* mountProblems(get(container, "volumeMounts"), `${at}.volumeMounts`, context.volumes);
  yield* oneOf(`${at}.imagePullPolicy`, get(container, "imagePullPolicy"), ["Always", "IfNotPresent", "Never"]);
  yield* resourceProblems(get(container, "resources"), `${at}.resources`);
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

const fieldPaths = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

function* envProblems(variable: JsonValue, at: string): Problems {
  const name = text(variable, "name");
  if (name === "") yield requiredValue(`${at}.name`);
  else yield* objections(`${at}.name`, name, relaxedEnvVarNameProblem(name));
  const from = get(variable, "valueFrom");
  if (!isObject(from)) return;
  const here = `${at}.valueFrom`;
  let count = 0;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = from;
  if (isObject(fieldRef)) {
    count++;
    yield* fieldRefProblems(fieldRef, `${here}.fieldRef`);
  }
  if (isObject(resourceFieldRef)) {
    count++;
    if (text(resourceFieldRef, "resource") === "") yield requiredValue(`${here}.resourceFieldRef.resource`);
  }
  if (isObject(configMapKeyRef)) {
    count++;
    yield* keyRefProblems(configMapKeyRef, `${here}.configMapKeyRef`);
  }
  if (isObject(secretKeyRef)) {
    count++;
    yield* keyRefProblems(secretKeyRef, `${here}.secretKeyRef`);
  }
  if (isObject(fileKeyRef)) count++;
  if (count === 0) {
    const known = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    yield invalidValue(here, "", `must specify one of: ${known}`);
  } else if (text(variable, "value") !== "") {
    yield invalidValue(here, "", "may not be specified when `value` is not empty");
  } else if (count > 1) yield invalidValue(here, "", "may not have more than one field specified at a time");
}

function* fieldRefProblems(ref: JsonObject, at: string): Problems {
  if (text(ref, "apiVersion") === "") yield requiredValue(`${at}.apiVersion`);
  const path = text(ref, "fieldPath");
  if (path === "") {
    yield requiredValue(`${at}.fieldPath`);
    return;
  }
  if (/^metadata\.(?:labels|annotations)\['.*'\]$/.test(path)) return;
  if (fieldPaths.includes(path)) return;
  yield invalidValue(`${at}.fieldPath`, path, `error converting fieldPath: field label not supported: ${path}`);
}

function* keyRefProblems(ref: JsonObject, at: string): Problems {
  const name = text(ref, "name");
  yield* objections(`${at}.name`, name, dns1123SubdomainProblem(name));
  const key = text(ref, "key");
  if (key === "") yield requiredValue(`${at}.key`);
  else yield* objections(`${at}.key`, key, configMapKeyProblem(key));
}

function* envFromProblems(source: JsonValue, at: string): Problems {
  const { configMapRef, secretRef } = isObject(source) ? source : {};
  if (isObject(configMapRef) && text(configMapRef, "name") === "") yield requiredValue(`${at}.configMapRef.name`);
  if (isObject(secretRef) && text(secretRef, "name") === "") yield requiredValue(`${at}.secretRef.name`);
  const count = [configMapRef, secretRef].filter(isObject).length;
  if (count === 0) yield invalidValue(at, "", "must specify one of: `configMapRef` or `secretRef`");
  else if (count > 1) yield invalidValue(at, "", "may not have more than one field specified at a time");
}

function* mountProblems(list: JsonValue | undefined, at: string, volumes: ReadonlySet<string>): Problems {
  const paths = new Set<string>();
  for (const [index, mount] of listOf(list).entries()) {
    const here = `${at}[${index}]`;
    const [name, path] = [text(mount, "name"), text(mount, "mountPath")];
    if (name === "") yield requiredValue(`${here}.name`);
    if (!volumes.has(name)) yield notFoundValue(`${here}.name`, name);
    if (path === "") yield requiredValue(`${here}.mountPath`);
    if (paths.has(path)) yield invalidValue(`${here}.mountPath`, path, "must be unique");
    paths.add(path);
    // The server forgets the index here.
    if (text(mount, "subPath") !== "") yield* descendingPath(`${at}.subPath`, text(mount, "subPath"));
  }
}

function notFoundValue(field: string, value: string): FieldProblem {
  return { field, reason: "FieldValueNotFound", message: `Not found: ${JSON.stringify(value)}` };
}

const standard = new Set(["cpu", "memory", "ephemeral-storage"]);

function* resourceProblems(resources: JsonValue | undefined, at: string): Problems {
  const limits = get(resources, "limits");
  for (const key of ["limits", "requests"]) {
    const list = get(resources, key);
    for (const [name, quantity] of Object.entries(isObject(list) ? list : {}).toSorted(([a], [b]) =>
      compareText(a, b),
    )) {
      const here = `${at}.${key}[${name}]`;
      yield* resourceNameProblems(name, here);
      const value = typeof quantity === "string" || typeof quantity === "number" ? parseQuantity(quantity) : undefined;
      if (value !== undefined && value.mantissa < 0n) {
        yield invalidValue(here, quantity, "must be greater than or equal to 0");
      }
      const limit = key === "requests" ? get(limits, name) : undefined;
      if (limit !== undefined && isMore(quantity, limit)) {
        yield invalidValue(
          `${at}.requests`,
          quantity,
          `must be less than or equal to ${name} limit of ${textOf(limit)}`,
        );
      }
    }
  }
}

function* resourceNameProblems(name: string, at: string): Problems {
  const why = labelKeyProblem(name);
  if (why !== undefined) yield* objections(at, name, why);
  if (name.includes("/") || standard.has(name) || name.startsWith("hugepages-")) return;
  yield invalidValue(at, name, "must be a standard resource for containers");
}

function isMore(a: JsonValue, b: JsonValue): boolean {
  const [left, right] = [a, b].map((one) =>
    typeof one === "string" || typeof one === "number" ? parseQuantity(one) : undefined,
  );
  return left !== undefined && right !== undefined && compareQuantities(left, right) > 0;
}
