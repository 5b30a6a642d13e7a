import { formatPath, get, isObject, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { containerFields, kubernetesContainerFields } from "./fields.ts";
import { integer, list, text, texts } from "./readers.ts";
import { describe, type Translation } from "./translation.ts";

/** Fields that the predecessor's container had beside Kubernetes' own, and the names that its README promised. */
const foreignFields = [...containerFields, "base"] as const;

export interface ContainerRules {
  /** The name of a container that has none. */
  readonly name?: string | undefined;
  /** Fields beside the container's own that the caller reads. */
  readonly beside?: readonly string[];
}

/**
 * Translates the container at `from`. Its fields are Kubernetes' own, with `configs`, `secrets`, `http` and `grpc`
 * beside them and `base` or `extends` for the LummoContainer that it starts from.
 */
export function translateContainer(t: Translation, from: FieldPath, to: FieldPath, rules: ContainerRules): void {
  const source = t.map(from);
  t.put(to, {}, from);
  if (source === undefined) return;
  const field = (name: string, read: (value: JsonValue) => JsonValue | undefined) => {
    const value = t.read([...from, name]);
    const result = value === undefined ? undefined : read(value);
    if (result !== undefined) t.put([...to, name], result, [...from, name]);
  };
  if (!t.move([...from, "name"], [...to, "name"], text) && rules.name !== undefined) {
    t.put([...to, "name"], rules.name);
  }
  const base = t.move([...from, "extends"], [...to, "extends"], text);
  if (t.read([...from, "base"]) !== undefined) {
    if (base) t.report("FL159", [...from, "base"], { message: "base and extends are both written; extends counts" });
    else t.move([...from, "base"], [...to, "extends"], text);
  }
  for (const [name, value] of Object.entries(source)) {
    if (value === null || foreignFields.some((known) => known === name)) continue;
    if (name === "ports") field(name, (ports) => readPorts(t, [...from, name], ports));
    else if (name === "env") field(name, readEnv);
    else if (name === "command" || name === "args") field(name, readWords);
    else if (kubernetesContainerFields().includes(name)) t.move([...from, name], [...to, name]);
  }
  for (const name of ["http", "grpc"]) field(name, readEndpoint);
  for (const name of ["configs", "secrets"]) field(name, texts);
  const resources = t.read([...from, "resources"]);
  if (isPlaceholder(resources)) reportPlaceholder(t, [...from, "resources"]);
  else if (resources !== undefined) t.put([...to, "resources"], resources, [...from, "resources"]);
  const extending = t.read([...from, "extends"]) ?? t.read([...from, "base"]);
  if ((resources === undefined || isPlaceholder(resources)) && extending === undefined) withoutResources(t, from, to);
  t.rest(from, to, [...foreignFields, ...kubernetesContainerFields(), ...(rules.beside ?? [])], () => []);
}

/** The predecessor asked for none. A container that extends another may get them from there. */
function withoutResources(t: Translation, from: FieldPath, to: FieldPath): void {
  t.put([...to, "resources"], "unlimited", [...from, "resources"]);
  const name = t.read([...from, "name"]);
  t.report("FL154", [...from, "resources"], {
    message: `${typeof name === "string" ? `container ${name}` : formatPath(from)} has no resources and is rendered without requests and limits`,
    hint: "Write resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}, or resources: unlimited.",
  });
}

/** `{port: 80}`, `{port: "80"}`, or only the number. */
function readEndpoint(value: JsonValue): JsonValue {
  if (!isObject(value)) {
    const port = integer(value);
    return typeof port === "number" ? { port } : value;
  }
  const port = get(value, "port");
  return port === undefined ? value : { ...value, port: integer(port) };
}

/** Kubernetes' list of ports; a single one, and plain numbers, stand for what they mean. */
function readPorts(t: Translation, from: FieldPath, value: JsonValue): JsonValue | undefined {
  if (isPlaceholder(value)) {
    reportPlaceholder(t, from);
    return undefined;
  }
  return (list(value) as JsonValue[]).map((item) => {
    if (!isObject(item)) {
      const port = integer(item);
      return typeof port === "number" ? { containerPort: port } : item;
    }
    const port = get(item, "containerPort");
    return port === undefined ? item : { ...item, containerPort: integer(port) };
  });
}

/** Environment variables are strings; a number or a boolean stands for its text. */
function readEnv(value: JsonValue): JsonValue {
  if (!Array.isArray(value)) return value;
  return value.map((item): JsonValue => {
    const own: JsonValue | undefined = get(item, "value");
    return own === undefined ? item : { ...(item as JsonObject), value: own === null ? "" : text(own) };
  });
}

function readWords(value: JsonValue): JsonValue {
  return Array.isArray(value) ? value.map(text) : value;
}

/** `...`, as examples write what they leave out. */
export function isPlaceholder(value: JsonValue | undefined): boolean {
  return typeof value === "string" && /^(\.{3}|…)$/.test(value.trim());
}

function reportPlaceholder(t: Translation, from: FieldPath): void {
  t.report("FL155", from, {
    message: `${formatPath(from)} is ${describe("...")}, which stands for nothing`,
    hint: "Write a list of ports such as [{name: http, containerPort: 8000}], or remove the field.",
  });
}
