import { nearest } from "@fairlead/apimachinery";
import { isError, print, type Finding } from "@fairlead/krm";
import type { Declaration } from "../plan/declaration.ts";
import type { CliContext } from "./context.ts";
import type { ExplainFlags } from "./explain.command.ts";
import { cliFinding } from "./findings.ts";
import { kindByName } from "./kind-argument.ts";
import { load } from "./load.ts";
import { report } from "./report.ts";

/** Prints the declarations that `KIND/NAME` names as they are after environments, extends and defaults. */
export async function explainResolved(context: CliContext, flags: ExplainFlags, subject = ""): Promise<void> {
  const { file = ["."], environment } = flags;
  const { files, compiled } = await load(context, { file, ...(environment !== undefined && { environment }) });
  const found = compiled.declarations.filter(named(subject));
  if (found.length === 0) {
    const errors = compiled.findings.filter(isError);
    return void report(context, [...errors, notDeclared(subject, compiled.declarations)], files, false);
  }
  for (const { ref, metadata, spec } of found) {
    context.process.stdout.write(`---\n${print({ apiVersion: ref.apiVersion, kind: ref.kind, metadata, spec })}`);
  }
}

/** `NAME`, `KIND/NAME` or `NAMESPACE/KIND/NAME`. */
function named(subject: string): (declaration: Declaration) => boolean {
  const [name, written, namespace] = subject.split("/").reverse();
  const kind = written === undefined ? undefined : kindByName(written);
  return (one) =>
    one.name === name &&
    (kind === undefined || one.kind === kind) &&
    (namespace === undefined || one.namespace === namespace);
}

function notDeclared(subject: string, declarations: readonly Declaration[]): Finding {
  const names = declarations.map(({ kind, name }) => `${kind}/${name}`);
  const guess = nearest(subject, names);
  return cliFinding("FL605", {
    message: `the input declares no ${subject === "" ? "(name it as KIND/NAME)" : subject}`,
    hint:
      guess === undefined
        ? `the input declares ${names.slice(0, 12).join(", ") || "nothing"}`
        : `did you mean ${guess}?`,
  });
}
