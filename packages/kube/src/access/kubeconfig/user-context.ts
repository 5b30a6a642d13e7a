import type { ClusterSettings, Entry, UserSettings } from "./kubeconfig.ts";
import type { ResolvedCluster } from "./resolve-cluster.ts";
import type { Report, ResolveOptions } from "./resolve-options.ts";

/** What one way to authenticate is resolved from. */
export interface UserContext {
  readonly entry: Entry<UserSettings>;
  readonly options: ResolveOptions;
  readonly report: Report;
  readonly cluster: ResolvedCluster;
  readonly clusterSettings: ClusterSettings | undefined;
}
