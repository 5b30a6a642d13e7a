import { equal, get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { timeText } from "../api/registry/metadata.ts";
import type { Strategy } from "./strategy.ts";

export const claimStrategy: Strategy = {
  prepareForCreate: (claim) => {
    claim["status"] = { phase: "Pending" };
  },
};

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
