import { buildCommand } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { textFlag } from "./flags.ts";
import { groupFlag, type KindGroup } from "./kind-group.ts";

export interface SchemaFlags {
  readonly format: "crd" | "json-schema" | "openapi";
  readonly group: KindGroup;
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
      group: groupFlag,
      out: textFlag("Write one file per kind into this folder instead of printing", "folder"),
    },
    positional: {
      kind: "array",
      parameter: { brief: "Kinds; all of the group when none is named", parse: String, placeholder: "kind" },
    },
    aliases: { o: "format" },
  },
  docs: {
    brief: "Print the schemas of the kinds",
    fullDescription:
      "`fairlead schema | kubectl apply -f -` installs the kinds; `fairlead schema -o json-schema --out .schemas` feeds yaml-language-server. " +
      "`fairlead schema --group mesh` prints the kinds of a mesh: those of admiral.io, unchanged in shape, and MeshConfig.",
  },
});
