import { defineFindings } from "@fairlead/krm";

/** FL760-FL779: commands against clusters. */
export const clusterFinding = defineFindings({
  FL760: {
    title: "The cluster does not answer",
    severity: "error",
    explanation:
      "The API server could not be reached, or the connection broke, or it did not answer in time. What the command had done before stays done.",
    remedy:
      "Check the address in the kubeconfig, the network and the VPN; `--request-timeout` allows for slow servers.",
  },
  FL761: {
    title: "The cluster does not allow it",
    severity: "error",
    explanation: "The API server knows this user, but the user's roles do not permit what the command needs.",
    remedy: "Have the permission granted that the message names, or use another context or `--as`.",
  },
  FL762: {
    title: "The cluster refuses",
    severity: "error",
    explanation: "The API server answered with an error. The message is its own.",
    remedy: "Follow the message. `kubectl get --raw` with the same path shows the whole answer.",
  },
  FL763: {
    title: "There is no such object",
    severity: "error",
    explanation: "The cluster has no object of this kind and name in the namespace.",
    remedy: "Check the name, `--namespace` and `--context`.",
  },
  FL764: {
    title: "There is no such kind in the cluster",
    severity: "error",
    explanation: "What stands before the slash is no kind that the cluster serves, by any of its names.",
    remedy: "Write KIND/NAME, such as App/orders. Fairlead's kinds are installed with `fairlead crds install`.",
  },
  FL765: {
    title: "An argument cannot be understood",
    severity: "error",
    explanation: "A duration, a number or a reference to an object is not written as the command expects it.",
    remedy: "Durations are written 90s, 5m or 1h30m; objects KIND/NAME, or NAME for an App or Task.",
  },
  FL766: {
    title: "There are no pods",
    severity: "warning",
    explanation: "What was named exists, but no pod belongs to it: it may be scaled to zero, or not yet rolled out.",
    remedy: "`fairlead status` shows what has become of it.",
  },
  FL767: {
    title: "A log cannot be read",
    severity: "warning",
    explanation: "The server does not give the log of one container; the others are shown.",
    remedy: "Follow the message. A container that has not started has no log yet.",
  },
  FL768: {
    title: "There is nothing to look at",
    severity: "warning",
    explanation: "No declaration of Fairlead's kinds is in the namespace, and nothing that came from one.",
    remedy: "Check `--namespace` and `--context`, or name objects as KIND/NAME or files with -f.",
  },
  FL769: {
    title: "A definition belongs to others",
    severity: "error",
    explanation:
      "A CustomResourceDefinition of this name is in the cluster, and another manager owns fields that would be changed.",
    remedy: "Find out who installed it. `--adopt` takes the fields over.",
  },
  FL770: {
    title: "A command needs an object to work on",
    severity: "error",
    explanation: "Neither objects nor files were named.",
    remedy: "Name objects as KIND/NAME, or files with -f.",
  },
  FL771: {
    title: "Pruning needs a named set",
    severity: "error",
    explanation:
      "Everything that is applied without --set belongs to one unnamed set of the namespace. Pruning it for one folder would delete what came from another.",
    remedy:
      "Name what belongs together: `fairlead apply -f shop --set shop --prune`. Objects of the unnamed set may move.",
  },
  FL772: {
    title: "An object is not deleted because it is no member of the set",
    severity: "info",
    explanation: "It is gone already, or it was not applied by Fairlead under this set. Only members are deleted.",
    remedy: "Name the set that it belongs to with --set, or delete it with kubectl.",
  },
  FL773: {
    title: "An address cannot be listened on",
    severity: "error",
    explanation: "Another process listens there already, the address is none of this machine, or the port is reserved.",
    remedy: "Choose another address with --health; port 0 takes any free one and logs it.",
  },
});
