import { get } from "@fairlead/apimachinery";
import { timeText } from "../api/registry/metadata.ts";
import type { Strategy } from "./strategy.ts";

/** What the server itself serves is available from the first moment; others have to answer first. */
export const apiServiceStrategy: Strategy = {
  prepareForCreate: (service, { now }) => {
    service["status"] = {};
    if (get(service["spec"], "service") !== undefined) return;
    const message = "Local APIServices are always available";
    const available = {
      type: "Available",
      status: "True",
      lastTransitionTime: timeText(now),
      reason: "Local",
      message,
    };
    service["status"] = { conditions: [available] };
  },
};
