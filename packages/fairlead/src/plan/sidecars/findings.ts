import { defineFindings } from "@fairlead/krm";

/** What can be wrong with workloads, their marks and the injectors of a cluster: FL860 to FL869. */
export const sidecarFinding = defineFindings({
  FL860: {
    title: "An annotation that says how a workload is restarted cannot be read",
    severity: "warning",
    explanation:
      "`sidecars.fairlead.dev/restart`, `/mode`, `/order` and `/window` on a workload, its pod template or its namespace say whether, how and when its pods are replaced. What one of them says is not understood, so the workload is reported and not restarted.",
    remedy:
      'Correct the value: `restart` is `"true"` or `"false"`, `mode` is `annotate`, `evict` or `report`, `order` is a whole number, `window` is such as `Sat-Sun 00:00-04:00 Europe/Berlin`, several separated by `;`.',
  },
  FL861: {
    title: "Several injectors are called for one pod",
    severity: "warning",
    explanation:
      "The selectors of several injection webhooks choose the same pods. Each injects in its turn, and the last one's proxy stays: which that is depends on the names of the webhook configurations.",
    remedy:
      "Leave one revision to the namespace: remove `istio-injection` or `istio.io/rev`, or the tag that is no longer used.",
  },
  FL862: {
    title: "Pods ask for a revision that no injector serves",
    severity: "warning",
    explanation:
      "Labels of the namespace or the pods ask for injection, and no webhook would be called for a new pod: it would come up without a proxy. As long as that is so its pods are left alone.",
    remedy:
      "Install the revision or tag that is asked for, or name another one in `istio.io/rev`; to take workloads out of the mesh, remove the labels.",
  },
  FL863: {
    title: "A pod template holds an old proxy",
    severity: "info",
    explanation:
      "The pod template holds the proxy itself, as manual injection and Istio's own gateways do, and it is of another version than the control plane. Nothing is injected when its pods are restarted; whoever writes the template renews the proxy: for a Gateway of the Gateway API that is istiod.",
    remedy: "For manual injection: inject again, or let the webhook do it.",
  },
  FL864: {
    title: "Istio's node agents are of another version than its control plane",
    severity: "warning",
    explanation:
      "ztunnel and the CNI agent run once on each node, and everything on the node goes through them. They are never restarted by Fairlead: Istio supports them up to one minor version behind the control plane, and they are upgraded with Istio itself.",
    remedy: "Upgrade the charts `ztunnel` and `cni` to the version of the control plane.",
  },
  FL865: {
    title: "The configuration of an injector cannot be read",
    severity: "warning",
    explanation:
      "The values in Istio's ConfigMap tell which image is injected: with them a change is known to be in force as soon as the injector says so. Without them it is waited for a fixed time.",
    remedy: "Correct the JSON of `data.values` in the ConfigMap.",
  },
  FL866: {
    title: "Images cannot be told apart",
    severity: "info",
    explanation:
      "The pod's image is pinned by digest and the expected one is named by a tag, or the other way round, and nothing says which digest the tag stands for. Such pods are reported, not restarted.",
    remedy: "Let the injector and whatever rewrites images name them in the same way.",
  },
});
