import { generateHelpTextForAllCommands, type Application, type CommandContext } from "@stricli/core";
import { application } from "../../packages/fairlead/src/cli/application.ts";

/** The help of every command on one page. */
export async function commandPage(): Promise<string> {
  let text =
    "# Command line\n\nExit codes: 0 success; 1 a finding of severity error; 2 misuse. `diff` and `crds diff`: 0 same, 1 different, 2 findings, 3 misuse.\n" +
    "`NO_COLOR` and `--quiet` do what they say; machine output goes to stdout, everything else to stderr.\n";
  for (const [command, help] of generateHelpTextForAllCommands(application as unknown as Application<CommandContext>)) {
    text += `\n## ${command}\n\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n`;
  }
  return text;
}
