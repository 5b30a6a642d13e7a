import { defineFindings } from "@fairlead/krm";

/** FL780–799: bringing an embedded fleet up. */
export const upFinding = defineFindings({
  FL780: {
    title: "The fleet is declared wrong",
    severity: "error",
    explanation: "`fleet.yaml` says which clusters `fairlead up` starts; it cannot be understood as it is.",
    remedy: "Write what the message asks for; docs/how-to/embedded-fleet.md shows a whole fleet.",
  },
  FL781: {
    title: "The fleet is up already",
    severity: "error",
    explanation: "Another process runs the clusters of this folder: only one can.",
    remedy: "Use it as it is, or end it with `fairlead down`.",
  },
  FL782: {
    title: "A kind is only kept",
    severity: "info",
    explanation:
      "The embedded clusters know Kubernetes' own kinds and Fairlead's. Objects of other kinds (an Argo Rollout, a KEDA ScaledObject) are stored as they are, and nothing acts on them.",
    remedy:
      "Nothing, if that is enough to try things out. Else bring the kind's CustomResourceDefinition in the folder.",
  },
  FL783: {
    title: "Not everything is ready",
    severity: "warning",
    explanation: "The fleet is up, but something that was applied has not become ready in time.",
    remedy: "`fairlead status` and `kubectl describe` say why; what was changed is tried again.",
  },
  FL784: {
    title: "The fleet is not up",
    severity: "error",
    explanation: "`down` and `up status` speak of the fleet of this folder, and none runs here.",
    remedy: "`fairlead up` starts it; --state names its folder if that is another one.",
  },
  FL785: {
    title: "The end of a cluster's log was cut off",
    severity: "warning",
    explanation:
      "The last write before the process ended was not written whole: it was never acknowledged, and is gone.",
    remedy: "Nothing. If it happens without a crash, the disk may be failing.",
  },
  FL786: {
    title: "The data of a cluster cannot be used",
    severity: "error",
    explanation:
      "An embedded cluster keeps its objects and credentials in the state folder. The file system refuses (the disk is full, the folder may not be written), or what lies there is damaged or of another version.",
    remedy:
      "Do what the message says of the folder: make room, allow writing, or name another one with --state. What is damaged can be removed if the clusters may begin anew; --ephemeral keeps nothing at all.",
  },
  FL787: {
    title: "An upgrade of Istio waits",
    severity: "warning",
    explanation:
      "`istio.upgradeTo` of `fleet.yaml` begins once everything that was applied is ready, so that what an upgrade does is not mixed up with a start that fails.",
    remedy:
      "See to what is not ready; with --watch the upgrade begins after the next change of the folder, if everything is ready then. A new `istio.version` without `upgradeTo` does not wait.",
  },
  FL788: {
    title: "Clusters change when the fleet comes up again",
    severity: "warning",
    explanation:
      "`up --watch` takes changes of declarations and of `istio`. Clusters and their nodes are as they were when the fleet came up.",
    remedy: "End it and start it again: what is in the clusters is kept.",
  },
});
