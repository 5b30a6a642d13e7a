import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fencesOf, withBodies, type Fence } from "./fences.ts";
import { rewritten, shows } from "./output.ts";
import { root } from "./repository.ts";
import { runLine, type RunProgram, type Shell } from "./shell.ts";

/** Set to rewrite the pages instead of comparing: `UPDATE_DOCS=1 npm test -- packages/fairlead/test/docs`. */
export const updating = process.env["UPDATE_DOCS"] === "1";

/** The programs that a block needs: `console needs=kustomize`. */
export function needOf({ info }: Fence): string | undefined {
  return info.get("needs");
}

export interface Tools {
  /** Which blocks run: those that need one of these, and those that need nothing. */
  readonly needs: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly program: RunProgram;
  /** Makes of an output what it is in every run. */
  readonly normalize?: (text: string) => string;
}

/**
 * Runs the console blocks of a page in an empty folder, which the page's `yaml file=NAME` blocks fill on the way.
 * Blocks that need a program run only when `tools` are given.
 * @returns what differs, each with its line; empty after an update.
 */
export async function runPage(file: string, tools?: Tools): Promise<string[]> {
  const full = path.join(root, file);
  const page = readFileSync(full, "utf8");
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-docs-"));
  const shell: Shell = { folder, env: tools?.env ?? { PATH: "" }, program: tools?.program, code: 0, background: [] };
  const skips = (need: string | undefined) => need !== undefined && tools?.needs.includes(need) !== true;
  const problems: string[] = [];
  const updates = new Map<Fence, string>();
  const differs = (fence: Fence, body: string, problem: string) => {
    if (updating) updates.set(fence, body);
    else problems.push(`${file}:${fence.line}: ${problem}`);
  };
  try {
    for (const name of ["examples", "deploy"]) {
      if (page.includes(`${name}/`)) cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
    }
    for (const fence of fencesOf(page)) {
      const source = fence.info.get("from");
      if (source !== undefined) {
        const text = readFileSync(path.join(root, source), "utf8");
        if (text !== fence.body) differs(fence, text, `is not what ${source} says`);
      }
      const name = fence.info.get("file");
      if (name !== undefined) write(path.join(folder, name), updates.get(fence) ?? fence.body);
      if (fence.language !== "console" || skips(needOf(fence))) continue;
      const { body, code } = await runBlock(shell, fence, tools?.normalize);
      const wanted = Number(fence.info.get("exit") ?? 0);
      // An update writes what a command prints, not how it failed.
      if (code !== wanted)
        problems.push(`${file}:${fence.line}: exit code ${code}, not ${wanted}; the output is\n${body}`);
      else if (body !== fence.body) differs(fence, body, `the output is\n${body}`);
    }
  } finally {
    await Promise.all(shell.background.map((end) => end()));
    rmSync(folder, { recursive: true, force: true });
  }
  if (updates.size > 0) writeFileSync(full, withBodies(page, updates));
  return problems;
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** The block as it should be: unchanged where the output is what it shows. */
async function runBlock(
  shell: Shell,
  { body }: Fence,
  normalize = (text: string) => text,
): Promise<{ body: string; code: number }> {
  const lines = body === "" ? [] : body.slice(0, -1).split("\n");
  const result: string[] = [];
  let code = 0;
  for (let index = 0; index < lines.length;) {
    const command = lines[index]!;
    if (!command.startsWith("$ ")) throw new Error(`a console block begins with "$ ", not ${JSON.stringify(command)}`);
    const next = lines.findIndex((line, at) => at > index && line.startsWith("$ "));
    const expected = lines.slice(index + 1, next < 0 ? lines.length : next);
    const output = await runLine(shell, command.slice(2));
    if (!command.startsWith("$ echo")) code = output.code;
    const text = normalize(output.text);
    const actual = text === "" ? [] : text.replace(/\n$/, "").split("\n");
    result.push(command, ...(shows(expected, actual) ? expected : rewritten(expected, actual)));
    index = next < 0 ? lines.length : next;
  }
  return { body: result.map((line) => `${line}\n`).join(""), code };
}
