import { defineFindings } from "@fairlead/krm";

/** FL500-549: turning plain manifests into declarations. */
export const importFinding = defineFindings({
  FL500: {
    title: "hardening that an imported workload does without",
    severity: "info",
    explanation:
      "Fairlead's secure defaults would change the running workload, so import turned off those that it does not meet. What each does when it is on: nonRoot runs as a user other than root; readOnlyRootFilesystem makes the root file system read-only; noPrivilegeEscalation forbids privilege escalation; dropCapabilities drops all capabilities; seccomp uses the runtime's seccomp profile; noServiceAccountToken mounts no API token; topologySpread spreads replicas over zones and nodes; disruptionBudget adds a PodDisruptionBudget; preStop sleeps before stopping; resources, in the place of `unlimited`, requests and limits CPU and memory.",
    remedy:
      "Turn the switches on one by one, such as `nonRoot: true` beside `default: false`, and roll each out like any other change.",
  },
  FL501: {
    title: "object left as it is",
    severity: "info",
    explanation:
      "The object is of a kind that import knows, but a declaration could not reproduce it exactly, or it does not belong to one workload alone.",
    remedy: "Keep it beside the declarations: it passes through unchanged. The message says what stands in the way.",
  },
  FL502: {
    title: "fields of the cluster that were left out",
    severity: "info",
    explanation:
      "Status, uid, resourceVersion, managedFields and the like are written by the cluster. They are not part of what is wanted, and the API server sets them again.",
    remedy: "Nothing needs to be done.",
  },
  FL503: {
    title: "object that the input has twice",
    severity: "warning",
    explanation: "Two objects of the input have the same kind, namespace and name, and only one of them can exist.",
    remedy: "Remove one of them, or import the files separately.",
  },
  FL504: {
    title: "patch that keeps a field",
    severity: "info",
    explanation: "The object has a field that the kinds have no word for. A patch over the rendered object keeps it.",
    remedy: "Nothing needs to be done; drop the patch if the field is not needed.",
  },
  FL505: {
    title: "object that cannot be read",
    severity: "error",
    explanation: "The document is not a Kubernetes object with apiVersion, kind and metadata.",
    remedy: "Correct the document, or leave it out of the import.",
  },
});
export type ImportCode = keyof typeof importFinding.definitions;
