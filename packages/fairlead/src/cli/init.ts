import { access } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { nameProblem } from "../compile/names.ts";
import { compileText } from "../compile/text.ts";
import { checks, nameOfFolder, type Check } from "../init/answers.ts";
import { newApp, type NewApp } from "../init/new-app.ts";
import { exitCode, type CliContext } from "./context.ts";
import { cliFinding } from "./findings.ts";
import type { InitFlags } from "./init.command.ts";
import { refuse, report } from "./report.ts";
import { writeText } from "./write.ts";

export async function init(this: CliContext, flags: InitFlags, name?: string): Promise<void> {
  const ask = this.interactive && flags.yes !== true;
  const folder = nameOfFolder(path.basename(this.cwd));
  const answers = ask ? await askAll(flags, name, folder) : { ...flags, name: name ?? folder };
  if (answers === undefined) {
    this.process.stderr.write("\nNothing was written.\n");
    this.process.exitCode = exitCode.findings;
    return;
  }
  const problem = nameProblem(answers.name);
  if (problem !== undefined) {
    const { message, hint } = problem;
    return refuse(this, cliFinding("FL606", { message: message.replace("metadata.name", "the name"), hint }));
  }
  const text = newApp(answers as NewApp);
  const file = flags.out ?? `${answers.name}.yaml`;
  const { findings } = await compileText([{ name: file, text }]);
  if (report(this, findings, [{ name: file, text }], false)) return;
  if (flags.out === "-") {
    this.process.stdout.write(text);
    return;
  }
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

/**
 * Asks on the terminal. Lines are taken one by one, so that answers pasted ahead are not lost; the end of the input
 * (Ctrl+D, Ctrl+C) gives undefined.
 */
async function askAll(flags: InitFlags, given: string | undefined, folder: string): Promise<NewApp | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const lines = terminal[Symbol.asyncIterator]();
  const ask = async (question: string, preset: string, check: Check): Promise<string> => {
    process.stderr.write(`${question}${preset === "" ? "" : ` [${preset}]`}: `);
    const line = await lines.next();
    if (line.done === true) throw new EndOfAnswers();
    const answer = line.value.trim() || preset;
    const problem = check(answer);
    if (problem === undefined) return answer;
    process.stderr.write(`  ${JSON.stringify(answer)} will not do – ${problem}\n`);
    return ask(question, preset, check);
  };
  try {
    const name = given ?? (await ask("Name of the App", folder, checks.name));
    const image = flags.image ?? (await ask("Container image", `registry.example/${name}:1.0.0`, checks.image));
    const port = flags.port ?? Number(await ask("Port that serves HTTP", "8080", checks.port));
    const health = flags.path ?? (await ask("Health endpoint", "/healthz", checks.path));
    const host = flags.host ?? (await ask("Host name to route to it (empty for none)", "", checks.host));
    return { ...flags, name, image, port, path: health, ...(host === "" ? {} : { host }) };
  } catch (error) {
    if (error instanceof EndOfAnswers) return undefined;
    throw error;
  } finally {
    terminal.close();
  }
}

/** The person left before the last question. */
class EndOfAnswers extends Error {
  override readonly name = "EndOfAnswers";
}
