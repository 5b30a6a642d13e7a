import type { JsonObject } from "../json.ts";
import { edit, filler, fillIn, size, type Defaulter } from "./defaulter.ts";

const rbac = "rbac.authorization.k8s.io";

function binding(object: JsonObject): void {
  edit(object, "roleRef", filler({ apiGroup: rbac }));
}

function subject(object: JsonObject): void {
  if (object["kind"] === "User" || object["kind"] === "Group") fillIn(object, { apiGroup: rbac });
}

function networkPolicySpec(spec: JsonObject): void {
  if (size(spec["policyTypes"]) > 0) return;
  spec["policyTypes"] = size(spec["egress"]) > 0 ? ["Ingress", "Egress"] : ["Ingress"];
}

function ingressClassParameters(object: JsonObject): void {
  fillIn(object, { scope: "Cluster" });
}

const webhook: JsonObject = {
  failurePolicy: "Fail",
  matchPolicy: "Equivalent",
  namespaceSelector: {},
  objectSelector: {},
  timeoutSeconds: 10,
};

const admission = (name: string): string => `io.k8s.api.admissionregistration.v1.${name}`;

/** Who may do what, who may reach whom, and what the cluster asks before it stores something. */
export const accessDefaults: readonly (readonly [string, Defaulter])[] = [
  ["io.k8s.api.rbac.v1.RoleBinding", binding],
  ["io.k8s.api.rbac.v1.ClusterRoleBinding", binding],
  ["io.k8s.api.rbac.v1.Subject", subject],
  ["io.k8s.api.networking.v1.NetworkPolicySpec", networkPolicySpec],
  ["io.k8s.api.networking.v1.NetworkPolicyPort", filler({ protocol: "TCP" })],
  ["io.k8s.api.networking.v1.IngressClassParametersReference", ingressClassParameters],
  ["io.k8s.api.storage.v1.StorageClass", filler({ reclaimPolicy: "Delete", volumeBindingMode: "Immediate" })],
  [admission("ValidatingWebhook"), filler(webhook)],
  [admission("MutatingWebhook"), filler({ ...webhook, reinvocationPolicy: "Never" })],
  [admission("RuleWithOperations"), filler({ scope: "*" })],
  [admission("NamedRuleWithOperations"), filler({ scope: "*" })],
  [admission("ServiceReference"), filler({ port: 443 })],
  [admission("ValidatingAdmissionPolicySpec"), filler({ failurePolicy: "Fail" })],
  [admission("MutatingAdmissionPolicySpec"), filler({ failurePolicy: "Fail" })],
  [admission("MatchResources"), filler({ matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} })],
];
