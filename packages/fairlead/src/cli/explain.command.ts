import { buildCommand } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";

export interface ExplainFlags {
  readonly resolved?: boolean;
  readonly file?: readonly string[];
  readonly environment?: string;
  readonly recursive?: boolean;
}

export const explainCommand = buildCommand<ExplainFlags, [string?], CliContext>({
  loader: async () => (await import("./explain.ts")).explain,
  parameters: {
    flags: {
      resolved: switchFlag(
        "Show a declaration of the input as it is after environments, extends and defaults: KIND/NAME or NAMESPACE/KIND/NAME",
      ),
      file: {
        kind: "parsed",
        parse: String,
        variadic: true,
        optional: true,
        brief: "Where the declarations of --resolved are",
        placeholder: "path",
      },
      environment: textFlag("The environment whose patches count", "name"),
      recursive: switchFlag("Show all fields below, names and types only"),
    },
    positional: {
      kind: "tuple",
      parameters: [
        {
          brief: "A kind, a field such as App.spec.scaling, or a finding code such as FL201",
          parse: String,
          optional: true,
          placeholder: "kind.field",
        },
      ],
    },
    aliases: { f: "file", e: "environment", r: "recursive" },
  },
  docs: {
    brief: "Say what a kind, a field or a finding means",
    fullDescription:
      "Without an argument it lists the kinds. The text comes from the same schema that validation uses.",
  },
});
