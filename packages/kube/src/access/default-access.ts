import { hasErrors } from "@fairlead/krm";
import { inClusterAccess, isInCluster, serviceAccountFolder } from "./in-cluster.ts";
import { type LoadKubeconfigOptions, loadKubeconfig } from "./kubeconfig/load.ts";
import { resolveContext } from "./kubeconfig/resolve.ts";
import type { AccessResult, ResolveOptions } from "./kubeconfig/resolve-options.ts";

export interface DefaultAccessOptions extends LoadKubeconfigOptions, ResolveOptions {
  /** Where the files of a Pod's service account are, if not in their usual place. */
  readonly serviceAccountFolder?: string;
}

/**
 * The access that kubectl would have: a kubeconfig, else the Pod's service account. As in client-go the service account
 * only counts when no file was named, nothing was chosen, and no kubeconfig has a current context.
 */
export async function defaultAccess(options: DefaultAccessOptions = {}): Promise<AccessResult> {
  const loaded = await loadKubeconfig(options);
  if (hasErrors(loaded.findings)) return { findings: loaded.findings };
  const { context, cluster, server } = options;
  const chosen = [context, cluster, server, loaded.config.currentContext].some((choice) => choice !== undefined);
  const named = options.paths !== undefined && options.paths.length > 0;
  const inPod = { ...options, folder: options.serviceAccountFolder ?? serviceAccountFolder };
  if (!chosen && !named && (await isInCluster(inPod))) return inClusterAccess(inPod);
  const { access, findings } = await resolveContext(loaded.config, options);
  return { ...(access === undefined ? {} : { access }), findings: [...loaded.findings, ...findings] };
}
