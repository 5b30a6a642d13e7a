import { get, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { humanDuration } from "../human-duration.ts";
import { at, conditionOf, isTrueAt, listAt, nameOf, numberAt, or, textAt } from "../read.ts";
import { selectorAsStruct } from "../selector-text.ts";
import { age, isDeleted, type Cells } from "./cells.ts";

/** Name, how many there are of a list of the object, age. */
export function countCells(...path: readonly string[]): Cells {
  return (object, now) => [nameOf(object), listAt(object, ...path).length, age(object, now)];
}

/** Of an admission policy: how many rules it has, in `spec.validations` or `spec.mutations`. */
export function policyCells(rules: string): Cells {
  return (object, now) => {
    const kind = at(object, "spec", "paramKind");
    const text = `${textAt(kind, "apiVersion")}/${textAt(kind, "kind")}`;
    return [
      nameOf(object),
      listAt(object, "spec", rules).length,
      kind === undefined ? "<unset>" : text,
      age(object, now),
    ];
  };
}

export const policyBindingCells: Cells = (object, now) => [
  nameOf(object),
  textAt(object, "spec", "policyName"),
  parameterText(at(object, "spec", "paramRef")),
  age(object, now),
];

function parameterText(parameter: JsonValue | undefined): string {
  const name = textAt(parameter, "name");
  if (name !== "") return `${or(textAt(parameter, "namespace"), "*")}/${name}`;
  const selector = at(parameter, "selector");
  return selector === undefined ? "<unset>" : selectorAsStruct(selector);
}

export const roleBindingCells: Cells = (object, now) => {
  const subjects = listAt(object, "subjects");
  const names = (kind: string, text: (subject: JsonValue) => string): string =>
    subjects
      .filter((one) => get(one, "kind") === kind)
      .map(text)
      .join(", ");
  const name = (subject: JsonValue): string => textAt(subject, "name");
  return [
    nameOf(object),
    `${textAt(object, "roleRef", "kind")}/${textAt(object, "roleRef", "name")}`,
    age(object, now),
    names("User", name),
    names("Group", name),
    names("ServiceAccount", (subject) => `${textAt(subject, "namespace")}/${name(subject)}`),
  ];
};

export const signingRequestCells: Cells = (object, now) => {
  const seconds = at(object, "spec", "expirationSeconds");
  return [
    nameOf(object),
    age(object, now),
    or(textAt(object, "spec", "signerName"), "<none>"),
    textAt(object, "spec", "username"),
    typeof seconds === "number" ? humanDuration(seconds * 1000) : "<none>",
    signingStatus(object),
  ];
};

/** Any status of a condition counts. */
function signingStatus(object: JsonObject): string {
  const has = (type: string): boolean => conditionOf(object, type) !== undefined;
  const decision = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  const issued = textAt(object, "status", "certificate") !== "";
  return decision + (has("Failed") ? ",Failed" : "") + (issued ? ",Issued" : "");
}

export const leaseCells: Cells = (object, now) => [
  nameOf(object),
  textAt(object, "spec", "holderIdentity"),
  age(object, now),
];

export const priorityClassCells: Cells = (object, now) => [
  nameOf(object),
  numberAt(object, "value"),
  isTrueAt(object, "globalDefault"),
  age(object, now),
  textAt(object, "preemptionPolicy"),
];

export const runtimeClassCells: Cells = (object, now) => [nameOf(object), textAt(object, "handler"), age(object, now)];

export const flowSchemaCells: Cells = (object, now) => {
  const dangling = conditionOf(object, "Dangling");
  const distinguisher = at(object, "spec", "distinguisherMethod");
  return [
    nameOf(object),
    textAt(object, "spec", "priorityLevelConfiguration", "name"),
    numberAt(object, "spec", "matchingPrecedence"),
    distinguisher === undefined ? "<none>" : textAt(distinguisher, "type"),
    age(object, now),
    dangling === undefined ? "?" : textAt(dangling, "status"),
  ];
};

export const priorityLevelCells: Cells = (object, now) => {
  const limited = at(object, "spec", "limited");
  const queuing = at(limited, "limitResponse", "queuing");
  const shares = limited === undefined ? "<none>" : (at(limited, "nominalConcurrencyShares") ?? null);
  const queue = (field: string): JsonValue => (queuing === undefined ? "<none>" : numberAt(queuing, field));
  return [
    nameOf(object),
    textAt(object, "spec", "type"),
    shares,
    queue("queues"),
    queue("handSize"),
    queue("queueLengthLimit"),
    age(object, now),
  ];
};

export const resourceClaimCells: Cells = (object, now) => {
  const allocated = at(object, "status", "allocation") !== undefined;
  const reserved = allocated && listAt(object, "status", "reservedFor").length > 0;
  const states = [
    ...(isDeleted(object) ? ["deleted"] : allocated ? [] : ["pending"]),
    ...(allocated ? ["allocated"] : []),
    ...(reserved ? ["reserved"] : []),
  ];
  return [nameOf(object), states.join(","), age(object, now)];
};

export const resourceSliceCells: Cells = (object, now) => [
  nameOf(object),
  textAt(object, "spec", "nodeName"),
  textAt(object, "spec", "driver"),
  textAt(object, "spec", "pool", "name"),
  age(object, now),
];
