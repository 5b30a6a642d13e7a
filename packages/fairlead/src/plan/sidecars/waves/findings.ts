import { defineFindings } from "@fairlead/krm";

/** FL870-FL874: runs that bring sidecars up to date. */
export const wavesFinding = defineFindings({
  FL870: {
    title: "The journal of restarts cannot be read",
    severity: "error",
    explanation:
      "The journal holds what cannot be observed: pauses, failures, ends of rollouts, how far evictions have come. Without it something could be restarted that was paused or has been restarted already, so that nothing is restarted until somebody says so.",
    remedy:
      "Look at `fairlead sidecars status` and at who changed the ConfigMap, then `fairlead sidecars resume`: what the workloads themselves tell is not restarted again in any case.",
  },
  FL871: {
    title: "The journal of restarts does not hold everything",
    severity: "info",
    explanation:
      "A ConfigMap holds 1 MiB. The oldest entries of workloads that are finished were left out; marks on their templates still keep them from being restarted again for the same reason.",
    remedy: "Nothing needs to be done. A budget for the whole fleet keeps fewer workloads under way at the same time.",
  },
  FL872: {
    title: "Restarts are paused because too many failed",
    severity: "error",
    explanation:
      "As many workloads failed as the failure budget allows. Something may be wrong with the new configuration, so that nothing more is restarted until somebody resumes, or the configuration changes.",
    remedy:
      "`fairlead sidecars status` names the workloads and why they failed. Correct the cause, then `fairlead sidecars resume`.",
  },
  FL873: {
    title: "A workload still differs after its restart",
    severity: "warning",
    explanation:
      "Its new pods do not have what would be injected now, as another webhook changes them, or its rollout did not replace them. Restarting it again would not help, so that it is left alone until something else is expected of it.",
    remedy:
      "Compare the differences that are named with the pod, find out who else changes pods (`kubectl get mutatingwebhookconfigurations`), or have the field reported only by the policy.",
  },
  FL874: {
    title: "A workload cannot be restarted by its maintenance windows",
    severity: "warning",
    explanation:
      "The windows of the fleet, of its cluster, its namespace and its own annotation must all be open at the same time. One of them cannot be read, or never opens.",
    remedy: "Write windows as `Sat-Sun 00:00-04:00 Europe/Berlin; Wed 22:00-02:00`.",
  },
});
