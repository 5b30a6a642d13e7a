import type { LabelSelector } from "@fairlead/apimachinery/k8s";
import { items, stringMap, texts } from "./read.ts";

/** Whether labels fulfil a selector: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ */
export function matchesLabels(selector: LabelSelector, labels: { readonly [key: string]: string }): boolean {
  const wanted = Object.entries(stringMap(selector.matchLabels));
  if (!wanted.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)) return false;
  return items(selector.matchExpressions).every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    const listed = value !== undefined && texts(values).includes(value);
    if (operator === "In") return listed;
    if (operator === "NotIn") return !listed;
    if (operator === "Exists") return value !== undefined;
    return operator === "DoesNotExist" && value === undefined;
  });
}
