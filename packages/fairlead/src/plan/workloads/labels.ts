import type { LabelSelector } from "@fairlead/apimachinery/k8s";
import { nameLabel } from "../names.ts";
import { commonLabels, sorted } from "../shared/metadata.ts";
import { object, stringMap } from "../shared/read.ts";
import type { AppSpec } from "../../kinds/app.ts";
import { once, type WorkloadContext } from "./context.ts";
import { datadogLabels } from "./datadog.ts";
import { isApp } from "./replicas.ts";

/** The labels of the pods: the common ones, those that the selector wants, then `pod.labels`. */
export function podLabels(context: WorkloadContext): { [key: string]: string } {
  return once(context, computePodLabels);
}

function computePodLabels(context: WorkloadContext): { [key: string]: string } {
  const { declaration, world, spec, mode } = context;
  const wanted = mode === "exact" ? {} : stringMap(object(spec.selector as LabelSelector | undefined)?.matchLabels);
  return sorted({
    ...commonLabels(declaration, world),
    ...datadogLabels(context),
    ...wanted,
    ...stringMap(object(spec.pod)?.labels),
  });
}

/** The labels by which the App's Service, monitors and budget find its pods. They never change in an App's life. */
export function selectorLabels(context: WorkloadContext<AppSpec>): { [key: string]: string } {
  const written = object(context.spec.selector);
  if (written !== undefined) return sorted(stringMap(written.matchLabels));
  const pods = podLabels(context);
  // Exact mode without a selector: all that is known of the pods is their labels.
  if (context.mode === "exact") return pods;
  const keys = context.mode === "compat" ? ["app", "part-of"] : [nameLabel];
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(pods, key)).map((key) => [key, pods[key]!]));
}

/** The selector by which monitors find the pods of an App or a Task; a Job's own selector is not known beforehand. */
export function podSelector(context: WorkloadContext): LabelSelector {
  if (isApp(context)) return workloadSelector(context);
  const pods = podLabels(context);
  const keys =
    context.mode === "standard" ? [nameLabel] : context.mode === "compat" ? ["app", "part-of"] : Object.keys(pods);
  return {
    matchLabels: Object.fromEntries(keys.filter((key) => Object.hasOwn(pods, key)).map((key) => [key, pods[key]!])),
  };
}

/** The selector of the workload and of what watches its pods. */
export function workloadSelector(context: WorkloadContext<AppSpec>): LabelSelector {
  const written = object(context.spec.selector);
  if (written !== undefined) return written;
  return { matchLabels: selectorLabels(context) };
}
