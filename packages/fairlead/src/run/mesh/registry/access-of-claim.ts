import { hasErrors, type Finding, type FindingDetails } from "@fairlead/krm";
import { readKubeconfig, resolveContext, type ClusterAccess, type Kubeconfig } from "@fairlead/kube";
import type { Clock } from "@fairlead/apimachinery";
import { meshRunFinding } from "../findings.ts";
import type { Claim } from "./claims.ts";

export interface ClaimAccess {
  /** Absent if there is an error among the findings. */
  readonly access?: ClusterAccess;
  readonly findings: readonly Finding[];
}

/**
 * How the cluster of a Secret is reached. The kubeconfig is somebody else's text: it cannot make this process read
 * files, run programs (unless that is allowed) or use its environment.
 */
export async function accessOfClaim(
  claim: Claim,
  { allowExec, clock }: { readonly allowExec: boolean; readonly clock: Clock },
): Promise<ClaimAccess> {
  const { name, secret } = claim;
  const about = (message: string): FindingDetails => ({ message: `cluster ${name}: ${message}`, object: secret });
  const { config, findings: read } = readKubeconfig(claim.kubeconfig);
  if (hasErrors(read)) return { findings: unusable(read, about) };
  const used = usedBy(config);
  if (!allowExec && used.program !== undefined) {
    return { findings: [meshRunFinding("FL842", about(`user ${used.program} would run a program or read files`))] };
  }
  if (used.program !== undefined && used.files.length > 0) {
    return { findings: [meshRunFinding("FL840", about(`${used.files.join(", ")} names a file`))] };
  }
  // Only a text with a place on this machine may run programs; it names no files, so the place means nothing.
  const runs = used.program === undefined ? undefined : readKubeconfig(claim.kubeconfig, { folder: "/" }).config;
  const env = runs === undefined ? {} : process.env;
  const { access, findings } = await resolveContext(runs ?? config, { env, clock, terminal: false });
  if (access === undefined || hasErrors(findings)) return { findings: unusable(findings, about) };
  const warnings = used.insecure
    ? [meshRunFinding("FL843", about("the certificate of its server is not checked"))]
    : [];
  return { access: { ...access, name }, findings: warnings };
}

/** What the current context uses that asks for a decision. */
function usedBy(config: Kubeconfig): {
  readonly program?: string;
  readonly insecure: boolean;
  readonly files: readonly string[];
} {
  const context = config.contexts.get(config.currentContext?.name ?? "")?.settings;
  const user = config.users.get(context?.user ?? "");
  const cluster = config.clusters.get(context?.cluster ?? "")?.settings;
  const program = user?.settings.exec !== undefined || user?.settings.authProvider !== undefined;
  const insecure = cluster?.insecureSkipTlsVerify === true || cluster?.server?.startsWith("http:") === true;
  const files = Object.entries({
    "certificate-authority": cluster?.certificateAuthority,
    "client-certificate": user?.settings.clientCertificate,
    "client-key": user?.settings.clientKey,
    tokenFile: user?.settings.tokenFile,
  }).flatMap(([field, file]) => (file === undefined ? [] : [field]));
  return { ...(program && { program: user!.name }), insecure, files };
}

function unusable(findings: readonly Finding[], about: (message: string) => FindingDetails): Finding[] {
  const errors = findings.filter(({ severity }) => severity === "error");
  return (errors.length > 0 ? errors : findings)
    .slice(0, 5)
    .map(({ message, hint }) => meshRunFinding("FL840", { ...about(message), ...(hint !== undefined && { hint }) }));
}
