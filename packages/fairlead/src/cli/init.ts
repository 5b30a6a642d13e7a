import { access } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline/promises";
import { nameProblem } from "../compile/names.ts";
import { newApp, type NewApp } from "../init/new-app.ts";
import type { CliContext } from "./context.ts";
import { cliFinding } from "./findings.ts";
import type { InitFlags } from "./init.command.ts";
import { refuse } from "./report.ts";
import { writeText } from "./write.ts";

export async function init(this: CliContext, flags: InitFlags, name?: string): Promise<void> {
  const ask = this.interactive && flags.yes !== true;
  const answers = ask ? await askAll(flags, name) : { ...flags, name: name ?? path.basename(this.cwd) };
  const problem = nameProblem(answers.name);
  if (problem !== undefined) {
    const { message, hint } = problem;
    return refuse(this, cliFinding("FL606", { message: message.replace("metadata.name", "the name"), hint }));
  }
  const text = newApp(answers as NewApp);
  if (flags.out === "-") {
    this.process.stdout.write(text);
    return;
  }
  const file = flags.out ?? `${answers.name}.yaml`;
  if (flags.force !== true && (await exists(path.resolve(this.cwd, file)))) {
    const hint = "choose another with --out, or overwrite it with --force";
    return refuse(this, cliFinding("FL604", { message: `${file} exists already`, hint }));
  }
  if (!(await writeText(this, file, text))) return;
  this.process.stderr.write(`Wrote ${file}. Next:\n${nextSteps(file)}`);
}

/** Commands to copy, each with what it is for. */
function nextSteps(file: string): string {
  const steps = [
    [`fairlead render -f ${file} -o tree`, "what it becomes; without -o tree the objects"],
    ["fairlead explain App.scaling", "what can be written"],
    ["fairlead schema -o json-schema --out .schemas", "completion in the editor"],
  ] as const;
  const width = Math.max(...steps.map(([command]) => command.length));
  return steps.map(([command, what]) => `  ${command.padEnd(width)}  # ${what}\n`).join("");
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

async function askAll(flags: InitFlags, given: string | undefined) {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ask = async (question: string, preset: string) => {
    const answer = (await terminal.question(`${question}${preset === "" ? "" : ` [${preset}]`}: `)).trim();
    return answer === "" ? preset : answer;
  };
  try {
    const name = given ?? (await ask("Name of the App", path.basename(process.cwd())));
    const image = flags.image ?? (await ask("Container image", `registry.example/${name}:1.0.0`));
    const port = flags.port ?? Number(await ask("Port that serves HTTP", "8080"));
    const health = flags.path ?? (await ask("Health endpoint", "/healthz"));
    const host = flags.host ?? (await ask("Host name to route to it (empty for none)", ""));
    return { ...flags, name, image, port, path: health, ...(host === "" ? {} : { host }) };
  } finally {
    terminal.close();
  }
}
