import { buildCommand } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";
import { meshFlags, type MeshFlags } from "./mesh/flags.ts";

/** What `route` takes as every command of the mesh does; `--cluster` says where the caller is. */
export type RouteFlags = Omit<MeshFlags, "file"> & Omit<ClusterFlags, "cluster">;

const { file: _file, ...meshOnly } = meshFlags;
const { cluster: _cluster, ...clusterOnly } = clusterFlags;

export interface ExplainFlags extends RouteFlags {
  readonly resolved?: boolean;
  readonly file?: readonly string[];
  readonly environment?: string;
  readonly recursive?: boolean;
  readonly from?: string;
  readonly cluster?: string;
  readonly output: "text" | "json";
}

export const explainCommand = buildCommand<ExplainFlags, [string?, string?], CliContext>({
  loader: async () => (await import("./explain.ts")).explain,
  parameters: {
    flags: {
      ...meshOnly,
      ...clusterOnly,
      resolved: switchFlag(
        "Show a declaration of the input as it is after environments, extends and defaults: KIND/NAME or NAMESPACE/KIND/NAME",
      ),
      file: {
        kind: "parsed",
        parse: String,
        variadic: true,
        optional: true,
        brief: "Where the declarations of --resolved are, or the folder of the fleet for `route`",
        placeholder: "path",
      },
      environment: textFlag("The environment whose patches count", "name"),
      recursive: switchFlag("Show all fields below, names and types only"),
      from: textFlag("With `route`: who calls, by identity or NAMESPACE/WORKLOAD", "caller"),
      cluster: textFlag("With `route`: the cluster in which it calls; each one unless told", "name"),
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "With `route`: text, or json" },
    },
    positional: {
      kind: "tuple",
      parameters: [
        {
          brief: "A kind, a field such as App.spec.scaling, a finding code such as FL201, or `route`",
          parse: String,
          optional: true,
          placeholder: "kind.field",
        },
        { brief: "With `route`: what is called", parse: String, optional: true, placeholder: "url" },
      ],
    },
    aliases: { ...clusterAliases, q: "quiet", f: "file", e: "environment", r: "recursive", o: "output" },
  },
  docs: {
    brief: "Say what a kind, a field or a finding means, or where requests go",
    fullDescription:
      "Without an argument it lists the kinds. The text comes from the same schema that validation uses. " +
      "`explain route --from CALLER --cluster NAME URL` follows requests through the mesh: hops, shares, which object says so, and what happens when a region or a cluster is lost. " +
      "With -f the fleet is a folder with one folder of manifests for each cluster; the other flags are those of `fairlead mesh plan`.",
  },
});
