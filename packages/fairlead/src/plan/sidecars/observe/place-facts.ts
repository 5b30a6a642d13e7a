import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { BudgetFact, ControlPlaneFact, NamespaceFact, NodeFact, ProxyConfigFact } from "../model/facts.ts";
import { canonical, sha256 } from "./canonical.ts";
import { revisionLabel } from "./keys.ts";
import { at, countAt, itemsAt, labelOf, labelsAt, objectAt, observedOf, textAt } from "./read.ts";
import { templateOf } from "./template.ts";
import { workloadFact } from "./workload.ts";

export function namespaceFact(object: JsonObject, cluster: string): NamespaceFact | undefined {
  const observed = observedOf(object, cluster);
  return (
    observed && {
      fact: "namespace",
      ...observed,
      labels: labelsAt(object, ["metadata", "labels"]),
      annotations: labelsAt(object, ["metadata", "annotations"], (key) => key !== lastApplied),
      terminating:
        textAt(object, "metadata", "deletionTimestamp") !== "" || textAt(object, "status", "phase") === "Terminating",
    }
  );
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Of a Deployment that is istiod, by the labels of Istio's charts. */
export function controlPlaneFact(object: JsonObject, cluster: string): ControlPlaneFact | undefined {
  const labels = labelsAt(object, ["spec", "template", "metadata", "labels"]);
  if (labelOf(labels, "app") !== "istiod" && labelOf(labels, "istio") !== "pilot") return undefined;
  const observed = observedOf(object, cluster);
  const workload = workloadFact(object, cluster);
  if (observed === undefined || workload === undefined) return undefined;
  const { generation, observedGeneration, replicas, updatedReplicas, totalReplicas, availableReplicas } = workload;
  const containers = itemsAt(object, "spec", "template", "spec", "containers");
  const discovery = containers.find((one) => one["name"] === "discovery") ?? containers[0];
  return {
    fact: "control-plane",
    ...observed,
    revision: labelOf(labels, revisionLabel) ?? textAt(object, "metadata", "labels", revisionLabel) ?? "",
    labels,
    rolledOut:
      observedGeneration >= generation &&
      updatedReplicas >= replicas &&
      totalReplicas <= updatedReplicas &&
      availableReplicas >= updatedReplicas,
    replicas,
    hash: templateOf(at(object, "spec", "template"))?.hash ?? "",
    image: textAt(discovery, "image"),
  };
}

export function proxyConfigFact(object: JsonObject, cluster: string): ProxyConfigFact | undefined {
  const observed = observedOf(object, cluster);
  return (
    observed && {
      fact: "proxy-config",
      ...observed,
      selector: labelsAt(object, ["spec", "selector", "matchLabels"]),
      hash: sha256(canonical(at(object, "spec"))),
    }
  );
}

export function budgetFact(object: JsonObject, cluster: string): BudgetFact | undefined {
  const observed = observedOf(object, cluster);
  if (observed === undefined) return undefined;
  const selector = get(objectAt(object, "spec"), "selector");
  const generation = countAt(object, ["metadata", "generation"], 0);
  return {
    fact: "budget",
    ...observed,
    selector: isObject(selector) ? selector : undefined,
    disruptionsAllowed: countAt(object, ["status", "disruptionsAllowed"], 0),
    current: countAt(object, ["status", "observedGeneration"], 0) >= generation,
  };
}

export function nodeFact(object: JsonObject, cluster: string): NodeFact | undefined {
  const observed = observedOf(object, cluster);
  if (observed === undefined) return undefined;
  const label = (key: string): string => textAt(object, "metadata", "labels", key);
  return {
    fact: "node",
    ...observed,
    region: label("topology.kubernetes.io/region") || label("failure-domain.beta.kubernetes.io/region"),
    zone: label("topology.kubernetes.io/zone") || label("failure-domain.beta.kubernetes.io/zone"),
  };
}
