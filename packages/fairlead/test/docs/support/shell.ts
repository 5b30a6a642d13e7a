import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fairlead } from "../../support/cli.ts";

export interface Output {
  readonly code: number;
  readonly text: string;
}

/** Runs a program that is not ours; undefined where the page may not need any. */
export type RunProgram = (program: string, args: readonly string[], cwd: string) => Output | Promise<Output>;

export interface Shell {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly program: RunProgram | undefined;
  /** The exit code of the last command, for `echo $?`. */
  code: number;
  /** Ends what was begun with a `&` at the end of its line. */
  readonly background: (() => Promise<unknown>)[];
}

/** Splits a command line at spaces, quotes respected. No variables, pipes or substitutions. */
export function words(line: string): string[] {
  const found: string[] = [];
  for (const match of line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)) {
    found.push(match[0].replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double ?? ""));
  }
  return found;
}

type Builtin = (shell: Shell, args: readonly string[]) => string;

const builtins: { readonly [name: string]: Builtin } = {
  cat: ({ folder }, files) => files.map((file) => readFileSync(path.join(folder, file), "utf8")).join(""),
  ls: ({ folder }, [name = "."]) =>
    readdirSync(path.join(folder, name))
      .sort()
      .map((entry) => `${entry}\n`)
      .join(""),
  echo: ({ code }, args) => `${args.join(" ").replace("$?", String(code))}\n`,
  mkdir: ({ folder }, args) => {
    for (const name of args.filter((arg) => arg !== "-p")) mkdirSync(path.join(folder, name), { recursive: true });
    return "";
  },
  rm: ({ folder }, args) => {
    for (const name of args) rmSync(path.join(folder, name));
    return "";
  },
  cp: ({ folder }, args) => {
    const [from = "", to = ""] = args.filter((arg) => arg !== "-r");
    cpSync(path.join(folder, from), path.join(folder, to), { recursive: true });
    return "";
  },
  /** `sed -i 's/OLD/NEW/' FILE` with a plain text on each side, which has to occur. */
  sed: ({ folder }, [flag, command = "", file = ""]) => {
    const [, before = "", after = ""] = command.split(command[1] ?? "/");
    const text = readFileSync(path.join(folder, file), "utf8");
    if (flag !== "-i" || !text.includes(before)) throw new Error(`sed ${command} finds nothing in ${file}`);
    writeFileSync(
      path.join(folder, file),
      text.replace(before, () => after.replaceAll("\\n", "\n")),
    );
    return "";
  },
};

/** Runs one line of a console block in the page's folder. */
export async function runLine(shell: Shell, line: string): Promise<Output> {
  const output = await runWords(shell, words(line));
  shell.code = output.code;
  return output;
}

async function runWords(shell: Shell, all: readonly string[]): Promise<Output> {
  if (all.at(-1) === "&") {
    const ended = new AbortController();
    const context = { interrupted: () => ended.signal };
    const running = fairlead(all.slice(1, -1), { cwd: shell.folder, env: shell.env, context });
    shell.background.push(() => (ended.abort(), running));
    return { code: 0, text: "" };
  }
  const redirect = all.findIndex((word) => word === ">" || word === "<");
  const [program = "", ...args] = redirect < 0 ? all : all.slice(0, redirect);
  const target = redirect < 0 ? undefined : path.join(shell.folder, all[redirect + 1] ?? "");
  if (program === "fairlead") {
    const input = all[redirect] === "<" ? readFileSync(target!, "utf8") : "";
    const { code, stdout, stderr, output } = await fairlead(args, { cwd: shell.folder, env: shell.env, stdin: input });
    if (all[redirect] !== ">") return { code, text: output };
    writeFileSync(target!, stdout);
    return { code, text: stderr };
  }
  const builtin = Object.hasOwn(builtins, program) ? builtins[program] : undefined;
  if (builtin !== undefined) return { code: 0, text: builtin(shell, args) };
  if (shell.program !== undefined) return shell.program(program, args, shell.folder);
  throw new Error(`console blocks run fairlead and ${Object.keys(builtins).join(", ")}, not ${program}`);
}
