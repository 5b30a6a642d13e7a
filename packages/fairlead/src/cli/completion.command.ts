import { buildCommand } from "@stricli/core";
import type { CliContext } from "./context.ts";

export const completionCommand = buildCommand<object, ["bash" | "zsh" | "fish"], CliContext>({
  loader: async () => (await import("./completion.ts")).completion,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ brief: "bash, zsh or fish", parse: parseShell, placeholder: "shell" }],
    },
  },
  docs: {
    brief: "Print a completion script for a shell",
    fullDescription:
      'bash: source <(fairlead completion bash); zsh: fairlead completion zsh > "${fpath[1]}/_fairlead"; fish: fairlead completion fish | source',
  },
});

function parseShell(input: string): "bash" | "zsh" | "fish" {
  if (input === "bash" || input === "zsh" || input === "fish") return input;
  throw new Error(`expected bash, zsh or fish, found ${JSON.stringify(input)}`);
}
