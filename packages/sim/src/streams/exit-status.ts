import type { JsonObject } from "@fairlead/apimachinery";
import type { ExitStatus } from "./exec-target.ts";

/** The Status on the error channel, as a kubelet with containerd writes it: without kind and apiVersion. */
export function exitStatus(exit: ExitStatus, command: readonly string[]): JsonObject {
  if (exit.kind === "failed") {
    const message = `error executing command in container: ${exit.message}`;
    return {
      metadata: {},
      status: "Failure",
      message: `Internal error occurred: ${message}`,
      reason: "InternalError",
      details: { causes: [{ message }] },
      code: 500,
    };
  }
  if (exit.code === 0) return { metadata: {}, status: "Success" };
  const { code } = exit;
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: error executing command [${command.join(" ")}], exit code ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}
