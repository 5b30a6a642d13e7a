import type { Clock } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import type { ClusterAccess } from "../access.ts";
import type { Place } from "./kubeconfig.ts";
import { accessFindings } from "./findings.ts";

/** What credentials need of the machine. All of it has a default: the process' own. */
export interface AccessOptions {
  readonly clock?: Clock;
  /** The environment of exec plugins, and where proxies are looked up (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). */
  readonly env?: { readonly [name: string]: string | undefined };
  /** Whether standard input is a terminal that exec plugins may ask at. */
  readonly terminal?: boolean;
  /** Milliseconds until a plugin that does not end is ended: one minute, at a terminal ten. */
  readonly execTimeoutMs?: number;
  /** Gets what went wrong later on and stops nothing, such as tokens that could not be written back. */
  readonly onWarning?: (message: string) => void;
}

/** What a command line may say besides the kubeconfig; it wins. Paths count from the working folder. */
export interface ResolveOptions extends AccessOptions {
  readonly context?: string;
  /** Names of entries. */
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly certificateAuthority?: string;
  readonly proxyUrl?: string;
  /** Any of these replaces all that the user's entry has to authenticate with. */
  readonly token?: string;
  readonly tokenFile?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroups?: readonly string[];
  readonly asUserExtra?: { readonly [key: string]: readonly string[] };
}

/** `access` is there unless a finding is an error. */
export interface AccessResult {
  readonly access?: ClusterAccess;
  readonly findings: readonly Finding[];
}

export type AccessCode = keyof typeof accessFindings.definitions;

/** Collects findings while something is resolved. */
export interface Report {
  readonly findings: Finding[];
  error(code: AccessCode, place: Place, message: string, hint?: string): void;
  warn(code: AccessCode, place: Place, message: string, hint?: string): void;
}

export function newReport(): Report {
  const findings: Finding[] = [];
  const add = (severity: "error" | "warning", code: AccessCode, place: Place, message: string, hint?: string): void => {
    findings.push(accessFindings(code, { severity, ...place, message, ...(hint === undefined ? {} : { hint }) }));
  };
  return {
    findings,
    error: (code, place, message, hint) => add("error", code, place, message, hint),
    warn: (code, place, message, hint) => add("warning", code, place, message, hint),
  };
}
