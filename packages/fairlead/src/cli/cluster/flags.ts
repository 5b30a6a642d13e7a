import type { FlagParametersForType } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { textFlag } from "../flags.ts";

/** What every command that reaches clusters takes. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: readonly string[];
  readonly namespace?: string;
  readonly as?: string;
  readonly asGroup?: readonly string[];
  readonly requestTimeout?: string;
}

const list = (brief: string, placeholder: string) =>
  ({ kind: "parsed", parse: String, variadic: true, optional: true, brief, placeholder }) as const;

export const clusterFlags: FlagParametersForType<ClusterFlags, CliContext> = {
  kubeconfig: textFlag("This kubeconfig, instead of KUBECONFIG or ~/.kube/config", "path"),
  context: textFlag("The context of the kubeconfig, instead of the current one", "name"),
  cluster: list("A context; given several times, the command works on several clusters at once", "name"),
  namespace: textFlag("The namespace, instead of the context's", "name"),
  as: textFlag("The user to impersonate", "user"),
  asGroup: list("A group to impersonate", "group"),
  requestTimeout: textFlag("How long one request may take, such as 30s", "duration"),
};

export const clusterAliases = { n: "namespace" } as const;
