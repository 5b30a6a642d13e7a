import { buildCommand } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { inputAliases, inputFlags, textFlag, type InputFlags } from "./flags.ts";

export interface SimulateFlags extends InputFlags {
  readonly for?: string;
  readonly seed?: number;
  readonly loseRegion?: readonly string[];
  readonly loseCluster?: readonly string[];
  readonly output: "text" | "json";
}

export const simulateCommand = buildCommand<SimulateFlags, [], CliContext>({
  loader: async () => (await import("./simulate.ts")).simulate,
  parameters: {
    flags: {
      ...inputFlags,
      for: textFlag("How long to look ahead; 10m unless told", "duration"),
      seed: {
        kind: "parsed",
        parse: wholeNumber,
        optional: true,
        brief: "Decides every choice; the same seed gives the same answer. 1 unless told",
        placeholder: "number",
      },
      loseRegion: list("Take a region away from the fleet in the folder -f, and say who serves whom then", "region"),
      loseCluster: list("Take a cluster away from the fleet in the folder -f", "name"),
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "A timeline, or json with all of it" },
    },
    aliases: { ...inputAliases, o: "output" },
  },
  docs: {
    brief: "Say what a change would do over time, on what was dumped from a cluster",
    fullDescription:
      "Loads the objects that were read from a cluster (`fairlead dump`: they have uids), applies the others as `fairlead apply` would, and lets the controllers of an embedded cluster work on a clock that is moved by hand. " +
      "Prints what changes when: objects, pods, endpoints that are ready. Exit code 0: every Service that had ready endpoints kept some; 1: one had none for a moment, or something was refused. " +
      "With --lose-region or --lose-cluster the folder -f is a fleet (one folder of manifests for each cluster), and what is printed is where requests go in its mesh, before and after; 1: some end nowhere.",
  },
});

function list(brief: string, placeholder: string) {
  return { kind: "parsed", parse: String, variadic: true, optional: true, brief, placeholder } as const;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new SyntaxError(`${JSON.stringify(text)} is no whole number`);
  return Number(text);
}
