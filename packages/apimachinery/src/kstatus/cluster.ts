import type { JsonObject } from "../json.ts";
import { conditionStatus } from "./generic.ts";
import {
  at,
  conditionOf,
  conditionText,
  countText,
  current,
  failed,
  inProgress,
  numberAt,
  textAt,
  type ObjectStatus,
} from "./object-status.ts";

export function crdStatus(object: JsonObject): ObjectStatus {
  const names = conditionOf(object, "NamesAccepted");
  if (names?.status === "False") {
    return failed(names.reason || "NamesNotAccepted", conditionText(names, "its names are taken"));
  }
  const established = conditionOf(object, "Established");
  if (established?.status === "True") return current("Established", "the server serves its kind");
  if (established?.status === "False" && established.reason !== "Installing") {
    return failed(established.reason || "NotEstablished", conditionText(established, "its kind is not served"));
  }
  return inProgress("Installing", "the server does not serve its kind yet");
}

export function apiServiceStatus(object: JsonObject): ObjectStatus {
  return (
    conditionStatus(object, "Available") ?? inProgress("NotObserved", "it is not known yet whether it is available")
  );
}

export function namespaceStatus(object: JsonObject): ObjectStatus {
  const phase = textAt(object, "status", "phase");
  if (phase === "Terminating") {
    return { status: "Terminating", reason: "Terminating", message: "what is in it is being deleted" };
  }
  return phase === "Active" ? current("Active", "it is active") : inProgress("NotObserved", "it is not active yet");
}

export function claimStatus(object: JsonObject): ObjectStatus {
  const phase = textAt(object, "status", "phase");
  if (phase === "Bound") {
    const size = textAt(object, "status", "capacity", "storage");
    return current("Bound", `it is bound to a volume${size === "" ? "" : ` of ${size}`}`);
  }
  if (phase === "Lost") return failed("Lost", "its volume is gone");
  return inProgress("NotBound", "no volume is bound to it yet");
}

export function volumeStatus(object: JsonObject): ObjectStatus {
  const phase = textAt(object, "status", "phase");
  if (phase === "Failed") return failed("Failed", textAt(object, "status", "message") || "it could not be reclaimed");
  if (phase === "" || phase === "Pending") return inProgress("Pending", "it is not available yet");
  return current(phase, `it is ${phase.toLowerCase()}`);
}

export function budgetStatus(object: JsonObject): ObjectStatus {
  const allowed = conditionOf(object, "DisruptionAllowed");
  if (allowed?.reason === "SyncFailed") {
    return inProgress("SyncFailed", conditionText(allowed, "its pods cannot be counted"));
  }
  if (at(object, "status", "observedGeneration") === undefined) {
    return inProgress("NotObserved", "its controller has not seen it yet");
  }
  const count = (field: string): number => numberAt(object, ["status", field], 0);
  const healthy = countText(count("currentHealthy"), count("expectedPods"), "pod", "healthy");
  const disruptions = count("disruptionsAllowed");
  return current("Computed", `${healthy}, ${disruptions} disruption${disruptions === 1 ? "" : "s"} allowed`);
}

/** That there are no metrics keeps an autoscaler from scaling; what it scales runs all the same. */
export function autoscalerStatus(object: JsonObject): ObjectStatus {
  const able = conditionOf(object, "AbleToScale");
  if (able?.status === "False") {
    return inProgress(able.reason || "NotAbleToScale", conditionText(able, "it cannot scale"));
  }
  const active = conditionOf(object, "ScalingActive");
  if (active?.status === "False") {
    return current(active.reason || "ScalingInactive", `it does not scale: ${conditionText(active, "no metrics")}`);
  }
  const replicas = numberAt(object, ["status", "currentReplicas"], 0);
  const least = numberAt(object, ["spec", "minReplicas"], 1);
  const most = numberAt(object, ["spec", "maxReplicas"], least);
  return current("Scaling", `${replicas} replica${replicas === 1 ? "" : "s"} of ${least} to ${most}`);
}
