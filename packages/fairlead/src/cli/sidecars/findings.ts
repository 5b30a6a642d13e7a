import { defineFindings } from "@fairlead/krm";

/** FL890-FL899: commands of the sidecars. */
export const sidecarCliFinding = defineFindings({
  FL890: {
    title: "--set names no field",
    severity: "error",
    explanation:
      "`--set` takes one field of a SidecarPolicy's spec, with dots between the fields, and its value as YAML.",
    remedy: "Write it as `--set budget.fleet=3`; `fairlead explain SidecarPolicy` lists the fields.",
  },
  FL891: {
    title: "A file does not hold one SidecarPolicy",
    severity: "error",
    explanation: "`--config` takes a file with the one SidecarPolicy that counts.",
    remedy: "Name the file that holds it, or take the other objects out of it.",
  },
  FL892: {
    title: "No controller of sidecars keeps a journal here",
    severity: "error",
    explanation:
      "Status, pauses and history are kept in a ConfigMap beside the controller's Lease. There is none in this namespace of this cluster.",
    remedy: "Name the namespace with -n, or begin with `fairlead run sidecars` or `fairlead sidecars run`.",
  },
  FL893: {
    title: "Another process restarts workloads already",
    severity: "error",
    explanation: "One process at a time holds the Lease of the sidecars, so that no workload is restarted twice.",
    remedy: "Watch it with `fairlead sidecars status --watch`, or stop it first.",
  },
  FL894: {
    title: "The time is over before everything is current",
    severity: "error",
    explanation:
      "`--timeout` is over. What was rolling out goes on by itself; what waited is as it was, and the next run goes on there.",
    remedy: "Look at `fairlead sidecars status` for what was waited for, and run it again.",
  },
  FL895: {
    title: "A namespace is named without its cluster",
    severity: "error",
    explanation: "Namespaces of one name in several clusters are several namespaces; a pause holds one of them.",
    remedy: "Name the cluster, too: `fairlead sidecars pause --of east --in shop`.",
  },
});
