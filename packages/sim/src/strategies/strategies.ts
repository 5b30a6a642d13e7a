import { equal, get, textOf } from "@fairlead/apimachinery";
import {
  mutatingBindingStrategy,
  mutatingPolicyStrategy,
  validatingBindingStrategy,
  validatingPolicyStrategy,
} from "./admission-policies.ts";
import { apiServiceStrategy } from "./api-services.ts";
import { answeredWhenDeleted, createdOnUpdate, versionNeeded, withGeneration } from "./kinds-with.ts";
import { definitionStrategy } from "./definitions.ts";
import { namespaceStrategy } from "./namespaces.ts";
import { nodeStrategy } from "./nodes.ts";
import { podStrategy } from "./pods.ts";
import { selectableFields } from "./selectable-fields.ts";
import { serviceStrategy } from "./services.ts";
import { signingRequestStrategy } from "./signing-requests.ts";
import type { Strategy } from "./strategy.ts";
import { rules } from "./validation/rules.ts";
import { withRules } from "./validation/validated.ts";
import { bindingStrategy, clusterBindingStrategy, clusterRoleStrategy, roleStrategy } from "./rbac.ts";
import { mutatingWebhookStrategy, validatingWebhookStrategy } from "./webhook-configurations.ts";
import { claimStrategy, volumeStrategy } from "./volumes.ts";
import { warnings } from "./warnings.ts";
import { daemonSetStrategy, jobStrategy } from "./workloads.ts";

/** Annotations go on to ReplicaSets: they are part of what is wanted. */
const deploymentStrategy: Strategy = {
  countsAsWanted: (object, old) => !equal(get(object["metadata"], "annotations"), get(old["metadata"], "annotations")),
};

const secretStrategy: Strategy = {
  prepareForUpdate: (secret, old) => {
    if (textOf(secret["type"]) === "" && old["type"] !== undefined) secret["type"] = old["type"];
  },
};

const disruptionBudgetStrategy: Strategy = {
  prepareForCreate: (budget) => {
    budget["status"] = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
};

const ingressStrategy: Strategy = {
  prepareForCreate: (ingress) => {
    ingress["status"] = { loadBalancer: {} };
  },
};

const autoscalerStrategy: Strategy = {
  prepareForCreate: (autoscaler) => {
    autoscaler["status"] = { desiredReplicas: 0, currentMetrics: null };
  },
};

const replicationControllerStrategy: Strategy = {
  prepareForCreate: (controller) => {
    controller["status"] = { replicas: 0 };
  },
};

const replicaSetStrategy: Strategy = {
  prepareForCreate: (set) => {
    set["status"] = { replicas: 0 };
  },
};

const statefulSetStrategy: Strategy = {
  prepareForCreate: (set) => {
    set["status"] = { replicas: 0, availableReplicas: 0 };
  },
};

const admission = "admissionregistration.k8s.io";

const own: ReadonlyMap<string, Strategy> = new Map([
  [`mutatingadmissionpolicies.${admission}`, mutatingPolicyStrategy],
  [`mutatingadmissionpolicybindings.${admission}`, mutatingBindingStrategy],
  [`mutatingwebhookconfigurations.${admission}`, mutatingWebhookStrategy],
  [`validatingadmissionpolicies.${admission}`, validatingPolicyStrategy],
  [`validatingadmissionpolicybindings.${admission}`, validatingBindingStrategy],
  [`validatingwebhookconfigurations.${admission}`, validatingWebhookStrategy],
  ["apiservices.apiregistration.k8s.io", apiServiceStrategy],
  ["clusterrolebindings.rbac.authorization.k8s.io", clusterBindingStrategy],
  ["clusterroles.rbac.authorization.k8s.io", clusterRoleStrategy],
  ["certificatesigningrequests.certificates.k8s.io", signingRequestStrategy],
  ["customresourcedefinitions.apiextensions.k8s.io", definitionStrategy],
  ["daemonsets.apps", daemonSetStrategy],
  ["deployments.apps", deploymentStrategy],
  ["horizontalpodautoscalers.autoscaling", autoscalerStrategy],
  ["ingresses.networking.k8s.io", ingressStrategy],
  ["jobs.batch", jobStrategy],
  ["namespaces", namespaceStrategy],
  ["nodes", nodeStrategy],
  ["persistentvolumeclaims", claimStrategy],
  ["persistentvolumes", volumeStrategy],
  ["poddisruptionbudgets.policy", disruptionBudgetStrategy],
  ["pods", podStrategy],
  ["replicasets.apps", replicaSetStrategy],
  ["replicationcontrollers", replicationControllerStrategy],
  ["rolebindings.rbac.authorization.k8s.io", bindingStrategy],
  ["roles.rbac.authorization.k8s.io", roleStrategy],
  ["secrets", secretStrategy],
  ["services", serviceStrategy],
  ["statefulsets.apps", statefulSetStrategy],
]);

/** What a built-in kind does besides what all do, by `deployments.apps`. */
export function strategyOf(collection: string): Strategy {
  const fields = selectableFields.get(collection);
  const checked = rules.get(collection);
  const warned = warnings.get(collection);
  const strategy: Strategy = {
    hasGeneration: withGeneration.has(collection),
    createsOnUpdate: createdOnUpdate.has(collection),
    needsVersion: versionNeeded.has(collection),
    answersDeleted: answeredWhenDeleted.has(collection),
    ...(fields === undefined ? {} : { selectableFields: fields }),
    ...(warned === undefined ? {} : { warnings: warned }),
    ...own.get(collection),
  };
  return checked === undefined ? strategy : withRules(strategy, checked);
}
