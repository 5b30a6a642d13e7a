import assert from "node:assert/strict";
import { test } from "node:test";
import { fairlead } from "../support/cli.ts";
import { findingsOf, told } from "./support/check-yaml.ts";
import { fencesOf, type Fence } from "./support/fences.ts";
import { pages, read } from "./support/repository.ts";

for (const file of pages()) {
  const fences = fencesOf(read(file));
  if (!fences.some(({ language }) => language === "yaml")) continue;
  test(`declarations in ${file} are valid, unless they show a mistake`, async () => {
    const files = new Map<string, string>();
    const wrong: string[] = [];
    for (const fence of fences) {
      if (fence.language === "yaml")
        wrong.push(...(await problemsOf(fence, files)).map((said) => `${file}:${fence.line}: ${said}`));
      const name = fence.info.get("file");
      if (name !== undefined) files.set(name, fence.body);
    }
    assert.deepEqual(wrong, []);
  });
}

async function problemsOf(fence: Fence, files: ReadonlyMap<string, string>): Promise<string[]> {
  const findings = await findingsOf(fence, files);
  if (findings === undefined) return [];
  const errors = findings.filter(({ severity }) => severity === "error").map(told);
  if (!fence.info.has("invalid")) return errors;
  return errors.length > 0 ? [] : ["shows no mistake"];
}

interface Usage {
  readonly place: string;
  readonly command: string;
  readonly options: readonly string[];
}

/** Each call of `fairlead` in the commands of a page. */
function usagesOf(file: string): Usage[] {
  return fencesOf(read(file)).flatMap(({ language, body, line }) => {
    if (language !== "sh" && language !== "console") return [];
    const commands = body.split("\n").filter((text) => language === "sh" || text.startsWith("$ "));
    return commands.flatMap((text) =>
      [...text.replace(/ +#.*/, "").matchAll(/\bfairlead ((?:mesh (?:clusters )?)?[a-z]+)([^|>"]*)/g)].map(
        ([, command = "", rest = ""]) => ({
          place: `${file}:${line}`,
          command,
          options: [...ours(rest).matchAll(/(?<= )--?[a-z][a-z-]*/g)].map(([option]) => option),
        }),
      ),
    );
  });
}

/** What follows `--compat-flags` are another program's options. */
function ours(rest: string): string {
  return rest.replace(/(?<= --compat-flags) .*/, "");
}

test("commands that pages name exist, with the options that are given there", async () => {
  const usages = pages().flatMap(usagesOf);
  const helps = new Map<string, string>();
  for (const name of new Set(usages.map(({ command }) => command))) {
    const { code, stdout } = await fairlead([...name.split(" "), "--help"]);
    if (code === 0) helps.set(name, stdout);
  }
  const wrong = usages.filter(({ command, options }) => {
    const help = helps.get(command);
    return help === undefined || !options.every((option) => new RegExp(`(?<![\\w-])${option}(?![\\w-])`).test(help));
  });
  assert.deepEqual(wrong, []);
  const unseen = ["init", "render", "validate", "diff", "explain", "import", "convert", "schema", "fn"];
  assert.deepEqual(
    unseen.filter((name) => !helps.has(name)),
    [],
  );
});
