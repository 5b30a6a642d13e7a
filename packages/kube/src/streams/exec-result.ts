import { isObject, type JsonValue } from "@fairlead/apimachinery";
import { statusError } from "./handshake-error.ts";
import type { KubeError } from "../errors.ts";
import type { Status } from "../status.ts";
import type { StreamTarget } from "./target.ts";

export interface ExecResult {
  readonly exitCode: number;
  readonly status: Status;
}

/**
 * What the Status on the error channel says: the command's exit code, which a failure names in its cause `ExitCode`, or
 * the error that kept it from running.
 */
export function execResult(target: StreamTarget, status: Status): ExecResult | KubeError {
  if (status.status === "Success") return { exitCode: 0, status };
  const cause = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
  if (cause !== undefined && /^\d{1,9}$/.test(cause)) return { exitCode: Number(cause), status };
  return statusError(target, status);
}

/**
 * The Status in the text of the error channel. Kubelets leave out its kind and apiVersion, which are added. Undefined for
 * anything else.
 */
export function channelStatus(text: string): Status | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    if (!isObject(value) || (value["status"] !== "Success" && value["status"] !== "Failure")) return undefined;
    return { ...value, kind: "Status", apiVersion: "v1" } as Status;
  } catch {
    return undefined;
  }
}
