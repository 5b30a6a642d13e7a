import { defineFindings } from "@fairlead/krm";

/** FL880-FL889: the controller of the sidecars. */
export const sidecarRunFinding = defineFindings({
  FL880: {
    title: "A cluster whose sidecars are kept current does not answer",
    severity: "warning",
    explanation:
      "What was last known of it may be old, so nothing is restarted there; restarts that are under way count as such until it answers again. Other clusters go on.",
    remedy: "The message is the server's own: repair the connection, the credentials or the permissions.",
  },
  FL881: {
    title: "A cluster holds more than is read of one",
    severity: "error",
    explanation:
      "There is a limit to the size and number of objects that are read of one cluster, so that a broken or hostile one cannot exhaust the controller. Nothing is restarted there.",
    remedy: "Remove what fills the cluster, or raise `registry.limits`.",
  },
  FL882: {
    title: "An injector does not answer",
    severity: "warning",
    explanation:
      "What would be injected is what the injector says. Without its answer nobody knows whether a workload is outdated: those that it would inject are reported as unknown, and none of them is restarted. It is asked again after growing times.",
    remedy:
      "The message says what happened. Check that istiod runs, and that it can be reached from here; with `--ask dry-run` the API server is asked in its place.",
  },
  FL883: {
    title: "A control plane has been rolling out for long",
    severity: "warning",
    explanation:
      "While istiod rolls out, old and new answers mix. Workloads of its revision wait until its Deployment is rolled out.",
    remedy: "Look at the Deployment of istiod: `kubectl rollout status`.",
  },
  FL884: {
    title: "The journal cannot be written",
    severity: "warning",
    explanation:
      "Every restart is written into the journal before it is begun, so that it is remembered whoever goes on. While the ConfigMap cannot be written, nothing is restarted.",
    remedy:
      "The message is the server's own: check the rights on the ConfigMap, and whether a quota stands in the way.",
  },
  FL885: {
    title: "A command cannot be understood",
    severity: "warning",
    explanation: "Pauses and resumptions lie in the journal's ConfigMap. One that cannot be read is taken out.",
    remedy: "Use `fairlead sidecars pause` and `fairlead sidecars resume`.",
  },
  FL886: {
    title: "A restart was refused",
    severity: "warning",
    explanation:
      "The API server, or a webhook of it, answered a restart with an error. The workload is tried again after a while.",
    remedy: "The message is the server's own.",
  },
});
