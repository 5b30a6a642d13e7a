import { get, isObject, type JsonObject, type JsonValue } from "../json.ts";
import { edit, editItems, filler, fillIn, isUnset, size, type Defaulter } from "./defaulter.ts";
import { imageTag } from "./image.ts";
import { podLevelResources } from "./pod-resources.ts";

const core = (name: string): string => `io.k8s.api.core.v1.${name}`;

function pullPolicy(image: JsonValue | undefined): string {
  return imageTag(typeof image === "string" ? image : "") === "latest" ? "Always" : "IfNotPresent";
}

function container(object: JsonObject): void {
  fillIn(object, {
    imagePullPolicy: pullPolicy(object["image"]),
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  });
}

function requestsFromLimits(one: JsonObject): void {
  const { resources } = one;
  if (!isObject(resources) || !isObject(resources["limits"])) return;
  const { limits, requests } = resources;
  one["resources"] = { ...resources, requests: { ...limits, ...(isObject(requests) ? requests : {}) } };
}

function hostPorts(one: JsonObject): void {
  editItems(one, "ports", (port) => {
    if (isUnset(port["hostPort"]) && port["containerPort"] !== undefined) port["hostPort"] = port["containerPort"]!;
  });
}

/** Only a Pod gets these, not the template of a workload. */
function pod(object: JsonObject): void {
  edit(object, "spec", (spec) => {
    for (const list of ["containers", "initContainers"]) {
      editItems(spec, list, requestsFromLimits);
      if (spec["hostNetwork"] === true) editItems(spec, list, hostPorts);
    }
    podLevelResources(spec);
    fillIn(spec, { enableServiceLinks: true });
  });
}

function podSpec(spec: JsonObject): void {
  fillIn(spec, {
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: "default-scheduler",
  });
  if (Number(spec["terminationGracePeriodSeconds"]) < 0) spec["terminationGracePeriodSeconds"] = 1;
  // The deprecated name of the field is read when the other is missing, and always written.
  const account = isUnset(spec["serviceAccountName"]) ? spec["serviceAccount"] : spec["serviceAccountName"];
  if (account === undefined || isUnset(account)) return;
  spec["serviceAccountName"] = account;
  spec["serviceAccount"] = account;
}

function volume(object: JsonObject): void {
  if (!Object.keys(object).some((key) => key !== "name")) object["emptyDir"] = {};
}

function imageVolume(object: JsonObject): void {
  fillIn(object, { pullPolicy: pullPolicy(object["reference"]) });
}

function service(object: JsonObject): void {
  edit(object, "spec", (spec) => {
    fillIn(spec, { sessionAffinity: "None", type: "ClusterIP" });
    sessionAffinity(spec);
    editItems(spec, "ports", (port) => {
      fillIn(port, { protocol: "TCP" });
      const isSet = !isUnset(port["targetPort"]);
      if (!isSet && port["port"] !== undefined) port["targetPort"] = port["port"]!;
    });
    const { type } = spec;
    const external =
      type === "LoadBalancer" || type === "NodePort" || (type === "ClusterIP" && size(spec["externalIPs"]) > 0);
    if (external) fillIn(spec, { externalTrafficPolicy: "Cluster" });
    if (type !== "ExternalName") fillIn(spec, { internalTrafficPolicy: "Cluster" });
    if (type === "LoadBalancer") fillIn(spec, { allocateLoadBalancerNodePorts: true });
  });
  const { spec, status } = object;
  if (get(spec, "type") !== "LoadBalancer" || !isObject(get(status, "loadBalancer"))) return;
  edit(object, "status", (own) =>
    edit(own, "loadBalancer", (balancer) =>
      editItems(balancer, "ingress", (one) => {
        if (!isUnset(one["ip"])) fillIn(one, { ipMode: "VIP" });
      }),
    ),
  );
}

/** Two fields name the addresses of a node's pods; the older one, of one range, counts where they differ. */
function node(object: JsonObject): void {
  const { spec, status } = object;
  if (isObject(spec)) {
    const { podCIDR: range, podCIDRs } = spec;
    const list = Array.isArray(podCIDRs) ? podCIDRs : [];
    if (!isUnset(range) && list[0] !== range) edit(object, "spec", (own) => void (own["podCIDRs"] = [range!]));
    else if (isUnset(range) && list.length > 0) edit(object, "spec", (own) => void (own["podCIDR"] = list[0]!));
  }
  const capacity = get(status, "capacity");
  if (isObject(capacity)) edit(object, "status", (own) => fillIn(own, { allocatable: { ...capacity } }));
}

function sessionAffinity(spec: JsonObject): void {
  if (spec["sessionAffinity"] === "None") delete spec["sessionAffinityConfig"];
  if (spec["sessionAffinity"] !== "ClientIP") return;
  const config = spec["sessionAffinityConfig"];
  const client = isObject(config) ? config["clientIP"] : undefined;
  if (!isObject(client) || client["timeoutSeconds"] === undefined || client["timeoutSeconds"] === null) {
    spec["sessionAffinityConfig"] = { clientIP: { timeoutSeconds: 10800 } };
  }
}

function secret(object: JsonObject): void {
  fillIn(object, { type: "Opaque" });
  const { stringData } = object;
  if (!isObject(stringData)) return;
  const data: JsonObject = isObject(object["data"]) ? { ...object["data"] } : {};
  for (const [key, value] of Object.entries(stringData)) {
    if (value === null) data[key] = "";
    else if (typeof value === "string") data[key] = Buffer.from(value, "utf8").toString("base64");
  }
  object["data"] = data;
  delete object["stringData"];
}

function namespace(object: JsonObject): void {
  const { metadata } = object;
  const name = isObject(metadata) ? metadata["name"] : undefined;
  if (typeof name !== "string" || name === "") return;
  edit(object, "metadata", (meta) =>
    edit(meta, "labels", (labels) => void (labels["kubernetes.io/metadata.name"] = name)),
  );
}

function replicationController(object: JsonObject): void {
  const { spec } = object;
  const template = isObject(spec) ? spec["template"] : undefined;
  const meta = isObject(template) ? template["metadata"] : undefined;
  const labels = isObject(meta) ? meta["labels"] : undefined;
  if (!isObject(labels)) return;
  edit(object, "spec", (own) => {
    if (size(own["selector"]) === 0) own["selector"] = labels;
  });
  edit(object, "metadata", (own) => {
    if (size(own["labels"]) === 0) own["labels"] = labels;
  });
}

function limitRangeItem(object: JsonObject): void {
  if (object["type"] !== "Container") return;
  const part = (key: string): JsonObject => (isObject(object[key]) ? object[key] : {});
  const limits = { ...part("max"), ...part("default") };
  const requests = { ...part("min"), ...limits, ...part("defaultRequest") };
  if (size(limits) > 0) object["default"] = limits;
  if (size(requests) > 0) object["defaultRequest"] = requests;
}

const mode = { defaultMode: 0o644 };

export const coreDefaults: readonly (readonly [string, Defaulter])[] = [
  [core("Pod"), pod],
  [core("PodSpec"), podSpec],
  [core("Container"), container],
  [core("EphemeralContainer"), container],
  [core("Probe"), filler({ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })],
  [core("HTTPGetAction"), filler({ path: "/", scheme: "HTTP" })],
  [core("ObjectFieldSelector"), filler({ apiVersion: "v1" })],
  [core("ResourceFieldSelector"), filler({ divisor: "0" })],
  [core("Volume"), volume],
  [core("ImageVolumeSource"), imageVolume],
  [core("SecretVolumeSource"), filler(mode)],
  [core("ConfigMapVolumeSource"), filler(mode)],
  [core("DownwardAPIVolumeSource"), filler(mode)],
  [core("ProjectedVolumeSource"), filler(mode)],
  [core("ServiceAccountTokenProjection"), filler({ expirationSeconds: 3600 })],
  [core("HostPathVolumeSource"), filler({ type: "" })],
  [core("Service"), service],
  [core("Node"), node],
  [core("Secret"), secret],
  [core("Namespace"), namespace],
  [core("ReplicationController"), replicationController],
  [core("PersistentVolumeSpec"), filler({ persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" })],
  [core("PersistentVolumeClaimSpec"), filler({ volumeMode: "Filesystem" })],
  [core("EndpointPort"), filler({ protocol: "TCP" })],
  ["io.k8s.api.discovery.v1.EndpointPort", filler({ name: "", protocol: "TCP" })],
  [core("LimitRangeItem"), limitRangeItem],
];
