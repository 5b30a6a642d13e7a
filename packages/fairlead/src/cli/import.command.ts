import { buildCommand } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { inputFlags, switchFlag, textFlag } from "./flags.ts";

export interface ImportFlags {
  readonly file: readonly string[];
  readonly out?: string;
  readonly compose?: boolean;
  readonly envFile?: readonly string[];
  readonly allowRemote?: boolean;
  readonly quiet?: boolean;
}

export const importCommand = buildCommand<ImportFlags, [], CliContext>({
  loader: async () => (await import("./import.ts")).importManifests,
  parameters: {
    flags: {
      file: inputFlags.file,
      out: textFlag("Write one file per App, Task and Route into this folder", "folder"),
      compose: switchFlag("The files are Docker Compose files; recognised by their content otherwise"),
      envFile: {
        kind: "parsed",
        parse: String,
        variadic: true,
        optional: true,
        brief: "Values for ${VARIABLES} of Compose files",
        placeholder: "path",
      },
      allowRemote: inputFlags.allowRemote,
      quiet: switchFlag("Print errors only, no warnings or hints"),
    },
    aliases: { f: "file", q: "quiet" },
  },
  docs: {
    brief: "Turn existing manifests or Compose files into App, Task and Route",
    fullDescription:
      "What comes out renders to the same objects again; what does not fit stays as it is and is reported.",
  },
});
