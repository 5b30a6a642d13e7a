import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { coreEvent } from "../../conversions/event.ts";
import { ageOf } from "../human-duration.ts";
import { at, conditionOf, isTrueAt, listAt, nameOf, numberAt, objectAt, or, textAt } from "../read.ts";
import { age, type Cells } from "./cells.ts";
import { quantityText } from "./storage.ts";

export const nameAndAge: Cells = (object, now) => [nameOf(object), age(object, now)];

export const namespaceCells: Cells = (object, now) => [
  nameOf(object),
  textAt(object, "status", "phase"),
  age(object, now),
];

const sizeOf = (object: JsonObject, field: string): number => Object.keys(objectAt(object, field)).length;

export const secretCells: Cells = (object, now) => [
  nameOf(object),
  textAt(object, "type"),
  sizeOf(object, "data"),
  age(object, now),
];

export const configMapCells: Cells = (object, now) => [
  nameOf(object),
  sizeOf(object, "data") + sizeOf(object, "binaryData"),
  age(object, now),
];

const rolePrefix = "node-role.kubernetes.io/";

export const nodeCells: Cells = (object, now) => {
  const ready = listAt(object, "status", "conditions").findLast((one) => get(one, "type") === "Ready");
  const status = ready === undefined ? "Unknown" : get(ready, "status") === "True" ? "Ready" : "NotReady";
  const info = at(object, "status", "nodeInfo");
  const architecture = textAt(info, "architecture");
  const address = (type: string): string => {
    const found = listAt(object, "status", "addresses").find((one) => get(one, "type") === type);
    return found === undefined ? "<none>" : textAt(found, "address");
  };
  return [
    nameOf(object),
    status + (isTrueAt(object, "spec", "unschedulable") ? ",SchedulingDisabled" : ""),
    or(rolesOf(object).join(","), "<none>"),
    age(object, now),
    textAt(info, "kubeletVersion"),
    address("InternalIP"),
    address("ExternalIP"),
    or(textAt(info, "osImage"), "<unknown>"),
    or(textAt(info, "kernelVersion"), "<unknown>") + (architecture === "" ? "" : ` (${architecture})`),
    or(textAt(info, "containerRuntimeVersion"), "<unknown>"),
  ];
};

function rolesOf(node: JsonObject): readonly string[] {
  const roles = Object.entries(objectAt(node, "metadata", "labels")).map(([key, value]) => {
    if (key.startsWith(rolePrefix)) return key.slice(rolePrefix.length);
    return key === "kubernetes.io/role" ? textOf(value) : "";
  });
  return [...new Set(roles)].filter((role) => role !== "").sort();
}

export const quotaCells: Cells = (object, now) => {
  const hard = objectAt(object, "status", "hard");
  const used = objectAt(object, "status", "used");
  const texts = Object.keys(hard)
    .sort()
    .map((name) => ({ name, text: `${name}: ${quantityText(get(used, name))}/${quantityText(hard[name])}` }));
  const join = (limits: boolean): string =>
    texts
      .filter(({ name }) => name.startsWith("limits.") === limits)
      .map(({ text }) => text)
      .join(", ");
  return [nameOf(object), join(false), join(true), age(object, now)];
};

/** Of core, and of events.k8s.io, which names the same differently. */
export const eventCells: Cells = (sent, now) => {
  const event = sent["apiVersion"] === "events.k8s.io/v1" ? coreEvent(sent) : sent;
  const name = textAt(event, "involvedObject", "name");
  const kind = textAt(event, "involvedObject", "kind").toLowerCase();
  const first = at(event, "firstTimestamp");
  const last = at(event, "lastTimestamp");
  const series = at(event, "series");
  const firstText = ageOf(first ?? at(event, "eventTime"), now);
  const lastText = last === undefined ? firstText : ageOf(last, now);
  return [
    series === undefined ? lastText : ageOf(at(series, "lastObservedTime"), now),
    textAt(event, "type"),
    textAt(event, "reason"),
    name === "" ? kind : `${kind}/${name}`,
    textAt(event, "involvedObject", "fieldPath"),
    sourceText(event),
    textAt(event, "message").trim(),
    firstText,
    series === undefined ? numberAt(event, "count") || 1 : numberAt(series, "count"),
    nameOf(event),
  ];
};

function sourceText(event: JsonObject): string {
  const component = or(textAt(event, "source", "component"), textAt(event, "reportingComponent"));
  const instance = or(textAt(event, "source", "host"), textAt(event, "reportingInstance"));
  return instance === "" ? component : `${component}, ${instance}`;
}

export const componentStatusCells: Cells = (object) => {
  const healthy = listAt(object, "conditions").find((one) => get(one, "type") === "Healthy");
  const isHealthy = get(healthy, "status") === "True";
  return [
    nameOf(object),
    healthy === undefined ? "Unknown" : isHealthy ? "Healthy" : "Unhealthy",
    textAt(healthy, "message"),
    textAt(healthy, "error"),
  ];
};

export const apiServiceCells: Cells = (object, now) => {
  const service = at(object, "spec", "service");
  const condition = conditionOf(object, "Available");
  const [status, reason] = [textAt(condition, "status"), textAt(condition, "reason")];
  const available = status === "True" || reason === "" ? status : `${status} (${reason})`;
  return [
    nameOf(object),
    service === undefined ? "Local" : `${textAt(service, "namespace")}/${textAt(service, "name")}`,
    condition === undefined ? "Unknown" : available,
    age(object, now),
  ];
};

/** For kinds that have no columns of their own. */
export const nameAndCreation: Cells = (object) => {
  const created: JsonValue | undefined = at(object, "metadata", "creationTimestamp");
  return [nameOf(object), typeof created === "string" ? created : "0001-01-01T00:00:00Z"];
};
