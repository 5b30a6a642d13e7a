import { proposeCompletions, run } from "@stricli/core";
import { application } from "./application.ts";
import { exitCode, type CliContext } from "./context.ts";
import { joinCompatFlags } from "./mesh/flags.ts";

/** Runs one command line. Stricli's negative codes for misuse become 2 (3 for those that compare), a crash 1. */
export async function runCli(args: readonly string[], context: CliContext): Promise<void> {
  if (args[0] === "__complete") return complete(args.slice(1), context);
  await run(application, args.length === 0 ? ["--help"] : withVersion(joinCompatFlags(args)), context);
  const { process } = context;
  const code = Number(process.exitCode ?? 0);
  if (code >= 0) return;
  const misuse = code === -4 || code === -5;
  process.exitCode = misuse ? (compares(args) ? 3 : exitCode.misuse) : 1;
}

function compares([command, subcommand]: readonly string[]): boolean {
  return (
    command === "diff" ||
    ((command === "crds" || command === "mesh") && subcommand === "diff") ||
    (command === "mesh" && subcommand === "migrate")
  );
}

function withVersion(args: readonly string[]): readonly string[] {
  return args.length === 1 && (args[0] === "--version" || args[0] === "-V") ? ["version"] : args;
}

async function complete(words: readonly string[], context: CliContext): Promise<void> {
  const proposals = await proposeCompletions(application, words, context);
  context.process.stdout.write(proposals.map(({ completion }) => `${completion}\n`).join(""));
}
