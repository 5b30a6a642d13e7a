import { buildCommand } from "@stricli/core";
import { clusterAliases, clusterFlags, type ClusterFlags } from "./cluster/flags.ts";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";

export interface LogsFlags extends ClusterFlags {
  readonly follow?: boolean;
  readonly since?: string;
  readonly tail?: number;
  readonly previous?: boolean;
  readonly container?: string;
  readonly allContainers?: boolean;
  readonly timestamps?: boolean;
  readonly output: "text" | "json";
}

export const logsCommand = buildCommand<LogsFlags, [string, ...string[]], CliContext>({
  loader: async () => (await import("./logs.ts")).logs,
  parameters: {
    flags: {
      ...clusterFlags,
      follow: switchFlag("Go on with what comes, also from pods that come, until Ctrl-C"),
      since: textFlag("Only lines of this time, such as 10m", "duration"),
      tail: {
        kind: "parsed",
        parse: wholeNumber,
        optional: true,
        brief: "Only so many lines of each container",
        placeholder: "lines",
      },
      previous: switchFlag("Of the containers before their last restart"),
      container: textFlag("This container, instead of each pod's default one", "name"),
      allContainers: switchFlag("All containers of each pod"),
      timestamps: switchFlag("Begin each line with its time"),
      output: { kind: "enum", values: ["text", "json"], default: "text", brief: "Text, or a JSON object per line" },
    },
    positional: {
      kind: "array",
      parameter: { brief: "KIND/NAME, or the name of an App or Task", parse: String, placeholder: "object" },
      minimum: 1,
    },
    aliases: { ...clusterAliases, f: "follow", p: "previous", c: "container", o: "output" },
  },
  docs: {
    brief: "Print the logs of everything that belongs to an App or Task, or to any workload",
    fullDescription:
      "Finds the pods and prints their lines by time, each behind the name of its pod. With --follow lines are neither lost nor repeated " +
      "when connections break, logs are rotated or containers restart, and new pods join. Exit code 1 when nothing could be read; 2: misuse.",
  },
});

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new SyntaxError(`${JSON.stringify(text)} is not a whole number`);
}
