import { defineFindings } from "@fairlead/krm";

/** What can be wrong with services, policies and dependencies across clusters: FL800 to FL819, FL857 and FL858. */
export const meshFinding = defineFindings({
  FL800: {
    title: "Part of an object is not read",
    severity: "warning",
    explanation:
      "Objects are read within limits and by type, so that no cluster can harm the others: lists that are longer than anybody needs are cut, and fields of the wrong type count as absent.",
    remedy: "Correct or shorten the fields that are named.",
  },
  FL801: {
    title: "A workload has several identities",
    severity: "warning",
    explanation:
      "The key of the settings and the `identityLabel` of Dependencies find different identities on one workload. The one by the key of the settings counts, then the one by the first key in alphabetical order.",
    remedy: "Give the labels the same value, or leave all but one of them away.",
  },
  FL802: {
    title: "The configuration of a cluster's mesh cannot be read",
    severity: "warning",
    explanation:
      "Trust domain and DNS settings are taken from `meshConfig` in Istio's ConfigMap. While it cannot be read, the defaults stand in for it.",
    remedy: "Correct the YAML of `data.mesh` in the ConfigMap.",
  },
  FL803: {
    title: "Names do not resolve in a cluster",
    severity: "warning",
    explanation:
      "The names of the mesh are in no DNS server: Istio's proxies answer for them, where DNS capture is on. It is off in this cluster, so its workloads get no answer.",
    remedy:
      'Set `ISTIO_META_DNS_CAPTURE: "true"` in `meshConfig.defaultConfig.proxyMetadata`, or give clients without a sidecar a DNS configuration.',
  },
  FL804: {
    title: "A cluster has no gateway that others can reach",
    severity: "warning",
    explanation:
      "Requests from other clusters go through an east-west gateway. No Service that the settings select has an address, so what runs there serves its own cluster only.",
    remedy: "Install an east-west gateway, or name its address or labels in the MeshConfig.",
  },
  FL805: {
    title: "A cluster has no region",
    severity: "warning",
    explanation:
      "Policies and failover go by regions, which nodes name in the label `topology.kubernetes.io/region`. Without one its endpoints are nobody's nearest, and no policy can choose them.",
    remedy: "Label the nodes, or name the region of the cluster in the MeshConfig.",
  },
  FL806: {
    title: "An exported Service is not the same everywhere, or not there",
    severity: "warning",
    explanation:
      "A ServiceExport makes `NAME.NAMESPACE.svc.clusterset.local` a name of the Service in all clusters. Workloads of the mesh must be behind it, and its ports and protocols should be those of every cluster that exports it: where they differ, the oldest export counts, and requests fail at a cluster that does not serve their port.",
    remedy: "Give the Services the same ports, or delete the ServiceExport.",
  },
  FL807: {
    title: "Two namespaces claim one name in a cluster",
    severity: "warning",
    explanation:
      "A name belongs to the namespace whose workload was there first. Workloads of another namespace with the same identity and environment get no requests, so that nobody can take a name over by claiming it.",
    remedy:
      "Give one of them another identity or environment, or hand the name over: annotate the owner's workload or namespace with `fairlead.dev/hand-over: NAMESPACE`.",
  },
  FL808: {
    title: "Ports of a service differ between clusters",
    severity: "warning",
    explanation:
      "A name has the same ports everywhere. Where two clusters disagree on the protocol of a port, the oldest workload's counts; a cluster that lacks a port fails requests to it. Only TCP ports reach other clusters.",
    remedy: "Give the Services the same ports and protocols (`appProtocol`, or a port name such as `http-web`).",
  },
  FL809: {
    title: "A workload cannot be reached by its name",
    severity: "warning",
    explanation:
      "Requests go to a Service that selects the workload and has a TCP port; from other clusters they go through the gateway of its cluster.",
    remedy: "Add a Service that selects the pods, or an east-west gateway to the cluster.",
  },
  FL810: {
    title: "A policy says something that cannot be followed",
    severity: "warning",
    explanation:
      "What can be read of the policy is followed, the rest is not: unknown regions, weights that do not add up to 100, durations that are none, prefixes that are no host names.",
    remedy: "Correct the field.",
  },
  FL811: {
    title: "Virtual addresses cannot be allocated",
    severity: "error",
    explanation:
      "Each host has one virtual address that never changes and that no other host has. A store that cannot be read is left alone: nothing is allocated from it, and names keep the addresses they have.",
    remedy: "Restore the ConfigMap, or make the range larger.",
  },
  FL812: {
    title: "A name is no host name",
    severity: "error",
    explanation:
      "The identity and the environment become parts of a host: letters, digits and `-`, in parts of at most 63 characters between dots.",
    remedy: "Correct the identity or the environment of the workload.",
  },
  FL813: {
    title: "A cluster was not read yet",
    severity: "info",
    explanation:
      "It is registered and has not answered since the start. Its endpoints stay as they are written, and nothing is deleted anywhere until it has been read or removed.",
    remedy: "Wait, or remove the cluster if it is gone.",
  },
  FL814: {
    title: "A routing rule cannot be used",
    severity: "warning",
    explanation:
      "A RoutingPolicy with the built-in plug-in `routes` sends requests on by path, header, query or method. A rule that cannot be read, or that names a prefix or region that the service does not have in every cluster that calls it, is left out; the others hold.",
    remedy: "Correct the rule in `spec.config.rules`, or add the prefix to the GlobalTrafficPolicy.",
  },
  FL815: {
    title: "A VirtualService of a user takes the place of a policy",
    severity: "warning",
    explanation:
      "A proxy uses one VirtualService for a host. Where a user's own one is seen, none is written: the weights of regions and the rules that policies ask for do not hold there.",
    remedy: "Remove the VirtualService, or say what it says in a RoutingPolicy.",
  },
  FL816: {
    title: "Nobody is known to call a service",
    severity: "warning",
    explanation:
      "An AuthorizationPolicy without callers would lock everybody out. None is written until a Dependency names a caller that runs somewhere.",
    remedy: "Name the callers in Dependencies.",
  },
  FL817: {
    title: "A RoutingPolicy cannot become a filter",
    severity: "warning",
    explanation: "A filter needs the name of a plug-in, and the file of its code in `spec.config.wasmPath`.",
    remedy: "Name the plug-in in `spec.plugin` and its file in `spec.config.wasmPath`.",
  },
  FL818: {
    title: "A routing object of a user does not reach other clusters",
    severity: "info",
    explanation:
      "VirtualServices and DestinationRules for one host that everybody may see are copied to the clusters that call it. Of several whose copies would have one name the oldest is copied, then the first by namespace and name; the next one takes its place when it goes.",
    remedy: "Split it into one per host, or give it another name.",
  },
  FL819: {
    title: "A DependencyProxy cannot be followed",
    severity: "warning",
    explanation:
      "Names of one identity lead to another: the environment, the proxy's identity, and the destination's identity and suffix must be named, and the proxy must run somewhere. A name leads to one proxy: of several the oldest has it.",
    remedy: "Complete the DependencyProxy, deploy the proxy, or delete all but one.",
  },
  FL857: {
    title: "A canary has its share in its own VirtualService only",
    severity: "warning",
    explanation:
      "Names of the mesh lead to Services. Argo Rollouts with subsets of a DestinationRule keeps one Service for both versions, so that callers by a name of the mesh get the canary as often as it has pods among them, and not by its weight.",
    remedy:
      "Name a `stableService` and a `canaryService` in the Rollout: with them names of the mesh follow the weights, also beside subsets.",
  },
  FL858: {
    title: "Shares of regions are not moved step by step now",
    severity: "info",
    explanation:
      "A GlobalTrafficPolicy with the annotation `fairlead.dev/shift` moves shares by steps, from what is written. A step waits until every cluster that can be written has the last one, and until the regions that gain can serve. Files have no time, so a plan of files has the shares of the policy at once; an annotation that cannot be read moves nothing.",
    remedy: "Wait, or correct the annotation. Without it the shares of the policy take effect at once.",
  },
});
