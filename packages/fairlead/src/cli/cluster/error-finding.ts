import type { Finding } from "@fairlead/krm";
import { accessFindingOf, KubeError } from "@fairlead/kube";
import { clusterFinding } from "./findings.ts";

/** What an error of a cluster says, as a finding. Anything that is none of these is a mistake of ours and thrown. */
export function errorFinding(error: unknown): Finding {
  const finding = accessFindingOf(error);
  if (finding !== undefined) return finding;
  if (!(error instanceof KubeError)) throw error;
  const where =
    error.cluster === undefined || error.message.startsWith(`${error.cluster}: `) ? "" : `${error.cluster}: `;
  return clusterFinding(codeOf(error), {
    message: `${where}${error.message}`,
    ...(error.object === undefined || error.object.name === "" ? {} : { object: error.object }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

function codeOf({ code }: KubeError): "FL760" | "FL761" | "FL762" | "FL763" | "FL764" {
  switch (code) {
    case "connection":
    case "protocol":
    case "deadline":
    case "aborted":
    case "closed":
    case "unavailable":
    case "server-timeout":
      return "FL760";
    case "forbidden":
      return "FL761";
    case "not-found":
      return "FL763";
    case "unknown-kind":
      return "FL764";
    default:
      return "FL762";
  }
}
