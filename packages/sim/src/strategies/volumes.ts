import { equal, get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { timeText } from "../api/registry/metadata.ts";
import type { Strategy } from "./strategy.ts";

export const claimStrategy: Strategy = {
  prepareForCreate: (claim) => {
    claim["status"] = { phase: "Pending" };
    if (isObject(claim["spec"])) completeSources(claim["spec"]);
  },
};

/** The older field takes claims and snapshots only; either field is filled in from the other. */
function completeSources(spec: JsonObject): void {
  const { dataSource, dataSourceRef } = spec;
  if (isObject(dataSource) && !isClaimOrSnapshot(dataSource)) delete spec["dataSource"];
  else if (isObject(dataSource) && dataSourceRef === undefined) spec["dataSourceRef"] = { ...dataSource };
  if (!isObject(dataSourceRef) || dataSource !== undefined) return;
  const { namespace = "", ...source } = dataSourceRef;
  if (namespace === "") spec["dataSource"] = source;
}

function isClaimOrSnapshot({ apiGroup = "", kind }: JsonObject): boolean {
  if (kind === "PersistentVolumeClaim") return apiGroup === "" || apiGroup === null;
  return kind === "VolumeSnapshot" && apiGroup === "snapshot.storage.k8s.io";
}

/** A PersistentVolume remembers when its phase was last another one. */
export const volumeStrategy: Strategy = {
  prepareForCreate: (volume, { now }) => {
    volume["status"] = { phase: "Pending", lastPhaseTransitionTime: timeText(now) };
  },
  prepareForUpdate: (volume, old, { subresource, now }) => {
    if (subresource !== "status") return;
    const status: JsonObject = isObject(volume["status"]) ? { ...volume["status"] } : {};
    const key = "lastPhaseTransitionTime";
    const before = get(old["status"], key);
    const isSame = equal(get(old["status"], "phase") ?? "", status["phase"] ?? "");
    if (isSame) {
      if (status[key] === undefined && before !== undefined) status[key] = before;
    } else if (status[key] === undefined || equal(status[key], before ?? null)) status[key] = timeText(now);
    volume["status"] = status;
  },
};
