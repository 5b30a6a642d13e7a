import { buildCommand } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";

export interface FnFlags {
  readonly compat?: boolean;
  readonly environment?: string;
  readonly validate?: boolean;
}

export const fnCommand = buildCommand<FnFlags, string[], CliContext>({
  loader: async () => (await import("./fn.ts")).fn,
  parameters: {
    flags: {
      compat: switchFlag("Render names, labels and order as krm-functions did"),
      environment: textFlag("The environment whose patches and settings count", "name"),
      validate: switchFlag("Check only; items are returned as they came"),
    },
    positional: {
      kind: "array",
      parameter: {
        brief: "Standalone use: a functionConfig file, then input files",
        parse: String,
        placeholder: "path",
      },
    },
    aliases: { e: "environment" },
  },
  docs: {
    brief: "Run as a KRM function: a ResourceList on stdin, one on stdout",
    fullDescription:
      "For `kustomize build` (generator, transformer, validator), `kpt fn` and everything that speaks the KRM Functions Specification.",
  },
});
