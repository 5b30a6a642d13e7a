import { hasErrors } from "@fairlead/krm";
import { combine } from "../credentials/combine.ts";
import { choose, type Choice } from "./choose.ts";
import type { Kubeconfig } from "./kubeconfig.ts";
import { resolveCluster } from "./resolve-cluster.ts";
import { type AccessResult, newReport, type Report, type ResolveOptions } from "./resolve-options.ts";
import { resolveUser } from "./resolve-user.ts";

/**
 * What a kubeconfig says about one context, as access to its cluster: certificates and token files are read, exec
 * plugins are not run yet. Everything that is wrong is a finding at its place; only what this context uses is looked at.
 */
export async function resolveContext(config: Kubeconfig, options: ResolveOptions = {}): Promise<AccessResult> {
  const report = newReport();
  const choice = choose(config, options, report);
  if (choice === undefined || hasErrors(report.findings)) return { findings: report.findings };
  return accessFor(choice, options, report);
}

/** Access to what was chosen. */
export async function accessFor(choice: Choice, options: ResolveOptions, report: Report): Promise<AccessResult> {
  const { name, namespace } = choice;
  const cluster = await resolveCluster(choice.cluster, options, report);
  if (cluster === undefined) return { findings: report.findings };
  const user = await resolveUser(choice.user, cluster, choice.cluster?.settings, options, report);
  if (hasErrors(report.findings)) return { findings: report.findings };
  const { server, proxy, serverName, insecureSkipVerify } = cluster;
  const credentials = combine([...(cluster.ca === undefined ? [] : [cluster.ca]), ...user.sources], {
    cluster: name,
    headers: user.headers,
    ...(serverName === undefined ? {} : { serverName }),
    insecureSkipVerify,
  });
  const access = { name, server, namespace, ...(proxy === undefined ? {} : { proxy }), credentials };
  return { access, findings: report.findings };
}
