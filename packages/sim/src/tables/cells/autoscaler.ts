import type { JsonValue } from "@fairlead/apimachinery";
import { autoscalerToV2 } from "../../conversions/autoscaler.ts";
import { at, listAt, nameOf, numberAt, textAt } from "../read.ts";
import { age, type Cells } from "./cells.ts";
import { quantityText } from "./storage.ts";

export const autoscalerCells: Cells = (sent, now) => {
  // The server makes rows of its own, newest form of the object.
  const object = sent["apiVersion"] === "autoscaling/v1" ? autoscalerToV2(sent) : sent;
  const min = at(object, "spec", "minReplicas");
  return [
    nameOf(object),
    `${textAt(object, "spec", "scaleTargetRef", "kind")}/${textAt(object, "spec", "scaleTargetRef", "name")}`,
    metricsText(listAt(object, "spec", "metrics"), listAt(object, "status", "currentMetrics")),
    typeof min === "number" ? String(min) : "<unset>",
    numberAt(object, "spec", "maxReplicas"),
    numberAt(object, "status", "currentReplicas"),
    age(object, now),
  ];
};

function metricsText(specs: readonly JsonValue[], statuses: readonly JsonValue[]): string {
  if (specs.length === 0) return "<none>";
  const texts = specs.map((spec, index) => metricText(spec, statuses[index]));
  const text = texts.slice(0, 2).join(", ");
  return texts.length > 2 ? `${text} + ${texts.length - 2} more...` : text;
}

const fields: Readonly<Record<string, string>> = {
  External: "external",
  Pods: "pods",
  Object: "object",
  Resource: "resource",
  ContainerResource: "containerResource",
};

function metricText(spec: JsonValue, status: JsonValue | undefined): string {
  const type = textAt(spec, "type");
  const field = Object.hasOwn(fields, type) ? fields[type]! : undefined;
  if (field === undefined) return "<unknown type>";
  const target = at(spec, field, "target");
  const reported = at(status, field) !== undefined;
  const current = at(status, field, "current");
  const average = at(target, "averageValue");
  const amount = (value: JsonValue | undefined): string => (reported ? quantityText(value) : "<unknown>");
  if (field === "pods") return `${amount(at(current, "averageValue"))}/${quantityText(average)}`;
  if (field === "external" || field === "object") {
    if (average === undefined) return `${amount(at(current, "value"))}/${quantityText(at(target, "value"))}`;
    const value = at(current, "averageValue");
    return `${value === undefined ? "<unknown>" : quantityText(value)}/${quantityText(average)} (avg)`;
  }
  const name = textAt(spec, field, "name");
  if (average !== undefined) return `${name}: ${amount(at(current, "averageValue"))}/${quantityText(average)}`;
  const percent = (value: JsonValue | undefined, otherwise: string): string =>
    typeof value === "number" ? `${value}%` : otherwise;
  const [used, wanted] = [at(current, "averageUtilization"), at(target, "averageUtilization")];
  return `${name}: ${percent(used, "<unknown>")}/${percent(wanted, "<auto>")}`;
}
