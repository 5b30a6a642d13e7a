import { compareText } from "@fairlead/apimachinery";
import type { FindingDefinition } from "@fairlead/krm";
import type { Definitions } from "../../packages/fairlead/src/findings.ts";

export function findingPage(code: string, { title, severity, explanation, remedy }: FindingDefinition): string {
  return `# ${code}: ${title}\n\nSeverity: ${severity}\n\n${explanation}\n\n**What to do.** ${remedy}\n`;
}

export function findingIndex(tables: readonly (readonly [string, Definitions])[]): string {
  let text =
    "# Findings\n\nEvery problem that Fairlead reports has a code. A code keeps its meaning for ever and is never reused.\n";
  for (const [capability, table] of tables) {
    text += `\n## ${capability}\n\n| code | severity | what it says |\n|---|---|---|\n`;
    for (const [code, { title, severity }] of Object.entries(table.definitions).sort(([a], [b]) => compareText(a, b))) {
      text += `| [${code}](${code.toLowerCase()}.md) | ${severity} | ${title} |\n`;
    }
  }
  return text;
}
