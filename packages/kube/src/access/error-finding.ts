import type { Finding } from "@fairlead/krm";
import { KubeError } from "../errors.ts";
import { accessFindings } from "./kubeconfig/findings.ts";

/**
 * What an error says about access to a cluster, as a finding: credentials that could not be got, a server that is not
 * trusted, a user whom it does not know. Undefined for every other error.
 */
export function accessFindingOf(error: unknown): Finding | undefined {
  if (!(error instanceof KubeError)) return undefined;
  const where =
    error.cluster === undefined || error.message.startsWith(`${error.cluster}: `) ? "" : `${error.cluster}: `;
  const details = { message: `${where}${error.message}`, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  if (error.code === "credentials") return accessFindings("FL736", details);
  if (error.code === "tls") return accessFindings("FL737", details);
  if (error.code === "unauthorized") return accessFindings("FL738", details);
  return undefined;
}
