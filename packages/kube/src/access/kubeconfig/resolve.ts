import { hasErrors } from "@fairlead/krm";
import { combine } from "../credentials/combine.ts";
import { choose } from "./choose.ts";
import type { Kubeconfig } from "./kubeconfig.ts";
import { resolveCluster } from "./resolve-cluster.ts";
import { type AccessResult, newReport, type ResolveOptions } from "./resolve-options.ts";
import { resolveUser } from "./resolve-user.ts";

/**
 * What a kubeconfig says about one context, as access to its cluster: certificates and token files are read, exec
 * plugins are not run yet. Everything that is wrong is a finding at its place; only what this context uses is looked at.
 */
export async function resolveContext(config: Kubeconfig, options: ResolveOptions = {}): Promise<AccessResult> {
  const report = newReport();
  const choice = choose(config, options, report);
  if (choice === undefined || hasErrors(report.findings)) return { findings: report.findings };
  const cluster = await resolveCluster(choice.cluster, options, report);
  if (cluster === undefined) return { findings: report.findings };
  const user = await resolveUser(choice.user, cluster, choice.cluster?.settings, options, report);
  if (hasErrors(report.findings)) return { findings: report.findings };
  const { server, proxy, serverName, insecureSkipVerify } = cluster;
  const credentials = combine([...(cluster.ca === undefined ? [] : [cluster.ca]), ...user.sources], {
    headers: user.headers,
    ...(serverName === undefined ? {} : { serverName }),
    insecureSkipVerify,
  });
  return {
    access: {
      name: choice.name,
      server,
      namespace: choice.namespace,
      ...(proxy === undefined ? {} : { proxy }),
      credentials,
    },
    findings: report.findings,
  };
}
