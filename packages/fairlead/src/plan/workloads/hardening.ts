import type { PodSecurityContext, SecurityContext } from "@fairlead/apimachinery/k8s";
import type { AppContainer } from "../../kinds/container.ts";
import type { Hardening } from "../../kinds/shared.ts";
import { object, texts } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";

/**
 * Whether a secure default is on: what the workload says, else what the environment says, else yes. Compat mode adds
 * nothing to what the predecessor rendered.
 */
export function hardened(context: WorkloadContext, key: keyof Hardening): boolean {
  if (context.mode === "compat") return false;
  const own = object(context.spec.hardening);
  const shared: { readonly [name: string]: boolean } | undefined = object(context.world.environment.settings.hardening);
  return (own?.[key] ?? own?.default ?? shared?.[key] ?? shared?.["default"]) !== false;
}

/** Windows pods are refused when they carry settings of Linux. */
function isWindows(context: WorkloadContext): boolean {
  return object(context.spec.os)?.name === "windows";
}

/** The pod's security context: what is written, and the defaults where it says nothing. */
export function podSecurity(context: WorkloadContext): PodSecurityContext | undefined {
  const written = object(context.spec.securityContext);
  const result: PodSecurityContext = { ...written };
  if (hardened(context, "nonRoot") && written?.runAsNonRoot === undefined && written?.runAsUser !== 0) {
    result.runAsNonRoot = true;
  }
  if (hardened(context, "seccomp") && !isWindows(context)) result.seccompProfile ??= { type: "RuntimeDefault" };
  return written === undefined && Object.keys(result).length === 0 ? undefined : result;
}

/**
 * A container's security context. A container that says itself that it runs as root, or privileged, keeps that: the
 * defaults that contradict it (and that the API server would refuse beside it) are left out for it alone.
 */
export function containerSecurity(context: WorkloadContext, container: AppContainer): SecurityContext | undefined {
  const written = object(container.securityContext);
  const result: SecurityContext = { ...written };
  const root = written?.runAsUser === 0 && written.runAsNonRoot === undefined;
  if (root && podSecurity(context)?.runAsNonRoot === true && hardened(context, "nonRoot")) result.runAsNonRoot = false;
  if (!isWindows(context)) {
    const privileged = written?.privileged === true;
    const capabilities = object(written?.capabilities);
    const admin = texts(capabilities?.add).some((name) => /^(CAP_)?(SYS_ADMIN|ALL)$/.test(name));
    if (hardened(context, "readOnlyRootFilesystem")) result.readOnlyRootFilesystem ??= true;
    if (hardened(context, "noPrivilegeEscalation") && !privileged && !admin) result.allowPrivilegeEscalation ??= false;
    if (hardened(context, "dropCapabilities") && !privileged && capabilities?.drop === undefined) {
      result.capabilities = { ...capabilities, drop: ["ALL"] };
    }
  }
  return written === undefined && Object.keys(result).length === 0 ? undefined : result;
}

/** Pods that talk to no API server carry no token, unless they or their ServiceAccount say that they need one. */
export function mountsToken(context: WorkloadContext): boolean | undefined {
  const written = context.spec.automountServiceAccountToken;
  if (written !== undefined && written !== null) return written;
  if (!hardened(context, "noServiceAccountToken")) return undefined;
  return object(context.spec.serviceAccount)?.automountServiceAccountToken === true ? undefined : false;
}
