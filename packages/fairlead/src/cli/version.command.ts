import { buildCommand } from "@stricli/core";
import { version } from "../version.ts";
import type { CliContext } from "./context.ts";

export const versionCommand = buildCommand<object, [], CliContext>({
  func(this: CliContext) {
    this.process.stdout.write(`fairlead ${version}\n`);
  },
  parameters: {},
  docs: { brief: "Print the version" },
});
