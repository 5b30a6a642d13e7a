import { isObject, type JsonObject } from "../json.ts";
import {
  apiServiceStatus,
  autoscalerStatus,
  budgetStatus,
  claimStatus,
  crdStatus,
  namespaceStatus,
  volumeStatus,
} from "./cluster.ts";
import { generalStatus, readyStatus } from "./generic.ts";
import { cronJobStatus, jobStatus } from "./jobs.ts";
import { gatewayStatus, ingressStatus, routeStatus, serviceStatus } from "./network.ts";
import type { ObjectStatus, StatusOptions, StatusRule } from "./object-status.ts";
import { podStatus } from "./pod.ts";
import { daemonSetStatus, deploymentStatus, replicaSetStatus, rolloutStatus, statefulSetStatus } from "./workloads.ts";

/** By group and kind; versions of one kind report alike. */
const rules: ReadonlyMap<string, StatusRule> = new Map<string, StatusRule>([
  ["/Namespace", namespaceStatus],
  ["/PersistentVolume", volumeStatus],
  ["/PersistentVolumeClaim", claimStatus],
  ["/Pod", podStatus],
  ["/ReplicationController", replicaSetStatus],
  ["/Service", serviceStatus],
  ["apiextensions.k8s.io/CustomResourceDefinition", crdStatus],
  ["apiregistration.k8s.io/APIService", apiServiceStatus],
  ["apps/DaemonSet", daemonSetStatus],
  ["apps/Deployment", deploymentStatus],
  ["apps/ReplicaSet", replicaSetStatus],
  ["apps/StatefulSet", statefulSetStatus],
  ["argoproj.io/Rollout", rolloutStatus],
  ["autoscaling/HorizontalPodAutoscaler", autoscalerStatus],
  ["batch/CronJob", cronJobStatus],
  ["batch/Job", jobStatus],
  ["gateway.networking.k8s.io/GRPCRoute", routeStatus],
  ["gateway.networking.k8s.io/Gateway", gatewayStatus],
  ["gateway.networking.k8s.io/HTTPRoute", routeStatus],
  ["gateway.networking.k8s.io/TCPRoute", routeStatus],
  ["gateway.networking.k8s.io/TLSRoute", routeStatus],
  ["networking.k8s.io/Ingress", ingressStatus],
  ["policy/PodDisruptionBudget", budgetStatus],
]);

/**
 * How far the cluster has come with an object, by the rules of kstatus: the conditions `Ready`, `Reconciling` and
 * `Stalled`, the observed generation, and for the well-known kinds what they say in their own words. Undefined stands
 * for an object that is not there.
 * https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus
 */
export function statusOf(object: JsonObject | undefined, options: StatusOptions = {}): ObjectStatus {
  if (object === undefined) return { status: "NotFound", reason: "NotFound", message: "it does not exist" };
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || !isObject(object["metadata"])) {
    return { status: "Unknown", reason: "Malformed", message: "it is no Kubernetes object" };
  }
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const rule = rules.get(`${group}/${kind}`) ?? readyStatus;
  return generalStatus(object) ?? rule(object, options);
}
