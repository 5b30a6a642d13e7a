import { buildCommand } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { textFlag } from "./flags.ts";

export interface SchemaFlags {
  readonly format: "crd" | "json-schema" | "openapi";
  readonly out?: string;
}

export const schemaCommand = buildCommand<SchemaFlags, string[], CliContext>({
  loader: async () => (await import("./schema.ts")).schema,
  parameters: {
    flags: {
      format: {
        kind: "enum",
        values: ["crd", "json-schema", "openapi"],
        default: "crd",
        brief: "CustomResourceDefinitions, JSON Schema for editors, or one OpenAPI 3 document",
      },
      out: textFlag("Write one file per kind into this folder instead of printing", "folder"),
    },
    positional: {
      kind: "array",
      parameter: { brief: "Kinds; all when none is named", parse: String, placeholder: "kind" },
    },
    aliases: { o: "format" },
  },
  docs: {
    brief: "Print the schemas of the kinds",
    fullDescription:
      "`fairlead schema | kubectl apply -f -` installs the kinds; `fairlead schema -o json-schema --out .schemas` feeds yaml-language-server.",
  },
});
