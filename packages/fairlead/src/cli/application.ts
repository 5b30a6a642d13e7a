import {
  buildApplication,
  buildRouteMap,
  text_en,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
} from "@stricli/core";
import { applyCommand } from "./apply.command.ts";
import { completionCommand } from "./completion.command.ts";
import type { CliContext } from "./context.ts";
import { convertCommand } from "./convert.command.ts";
import { crdsCommand } from "./crds.command.ts";
import { deleteCommand } from "./delete.command.ts";
import { diffCommand } from "./diff.command.ts";
import { dumpCommand } from "./dump.command.ts";
import { explainCommand } from "./explain.command.ts";
import { fnCommand } from "./fn.command.ts";
import { importCommand } from "./import.command.ts";
import { initCommand } from "./init.command.ts";
import { logsCommand } from "./logs.command.ts";
import { meshCommand } from "./mesh.command.ts";
import { renderCommand } from "./render.command.ts";
import { runCommand } from "./run.command.ts";
import { schemaCommand } from "./schema.command.ts";
import { sidecarsCommand } from "./sidecars.command.ts";
import { simulateCommand } from "./simulate.command.ts";
import { statusCommand } from "./status.command.ts";
import { downCommand, upCommand } from "./up.command.ts";
import { validateCommand } from "./validate.command.ts";
import { versionCommand } from "./version.command.ts";
import { waitCommand } from "./wait.command.ts";

const routes = buildRouteMap<string, CliContext>({
  routes: {
    init: initCommand,
    up: upCommand,
    down: downCommand,
    render: renderCommand,
    validate: validateCommand,
    diff: diffCommand,
    apply: applyCommand,
    delete: deleteCommand,
    status: statusCommand,
    wait: waitCommand,
    logs: logsCommand,
    crds: crdsCommand,
    dump: dumpCommand,
    simulate: simulateCommand,
    run: runCommand,
    mesh: meshCommand,
    sidecars: sidecarsCommand,
    explain: explainCommand,
    import: importCommand,
    convert: convertCommand,
    schema: schemaCommand,
    fn: fnCommand,
    completion: completionCommand,
    version: versionCommand,
  },
  docs: {
    brief: "The service platform for Kubernetes and Istio: declare a service once, get correct Kubernetes objects",
  },
});

/** The command line. Every command's work is imported when it runs, so that start-up stays short. */
export const application = buildApplication(routes, {
  name: "fairlead",
  scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
  documentation: { caseStyle: "convert-camel-to-kebab", useAliasInUsageLine: false, disableAnsiColor: true },
  localization: {
    text: {
      ...text_en,
      exceptionWhileParsingArguments(error, ansiColor) {
        return howToNameInput(error) ?? text_en.exceptionWhileParsingArguments.call(this, error, ansiColor);
      },
      exceptionWhileRunningCommand: internalError,
      exceptionWhileLoadingCommandFunction: internalError,
    },
  },
});

/** A mistake of ours, not of the user: the one place where a stack is shown, and it asks for a report. */
function internalError(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `fairlead: internal error; please report it with the input that led here\n${stack}`;
}

/** Whoever leaves out -f, or gives a path without it, hears what to write instead. */
function howToNameInput(error: unknown): string | undefined {
  if (error instanceof UnsatisfiedFlagError && error.externalFlagName === "file" && error.nextFlagName === undefined)
    return "Name the input with -f: a file, a folder, a glob, or - for standard input, such as `-f .`";
  if (error instanceof UnexpectedPositionalError && error.expectedCount === 0)
    return `Unexpected ${JSON.stringify(error.input)}. Files and folders are named with -f, such as \`-f ${error.input}\``;
  return undefined;
}
