import { buildCommand } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { switchFlag, textFlag } from "./flags.ts";

export interface InitFlags {
  readonly image?: string;
  readonly port?: number;
  readonly path?: string;
  readonly host?: string;
  readonly namespace?: string;
  readonly out?: string;
  readonly yes?: boolean;
  readonly force?: boolean;
}

export const initCommand = buildCommand<InitFlags, [string?], CliContext>({
  loader: async () => (await import("./init.ts")).init,
  parameters: {
    flags: {
      image: textFlag("The container image", "image"),
      port: {
        kind: "parsed",
        parse: parsePort,
        optional: true,
        brief: "The port that serves HTTP",
        placeholder: "port",
      },
      path: textFlag("The health endpoint", "path"),
      host: textFlag("The host name of a Route", "name"),
      namespace: textFlag("The namespace", "name"),
      out: textFlag("The file to write; NAME.yaml unless said otherwise, - for stdout", "file"),
      yes: switchFlag("Ask nothing; take the flags and the defaults"),
      force: switchFlag("Overwrite the file if it exists"),
    },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "The name of the App", parse: String, optional: true, placeholder: "name" }],
    },
  },
  docs: { brief: "Write the file of a new App", fullDescription: "Asks on a terminal; takes flags elsewhere." },
});

function parsePort(input: string): number {
  const port = Number(input);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new Error(`expected a port between 1 and 65535, found ${JSON.stringify(input)}`);
}
